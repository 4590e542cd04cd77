import type { Command } from 'commander'

/** What may be written after a command. */
interface Place {
  /** The command with those before it, without the program's name: `track run`; empty for the program itself. */
  readonly path: string
  readonly words: readonly Word[]
}

interface Word {
  readonly text: string
  readonly description: string
}

/** Characters of a description. */
const WIDTH = 72

/** Scripts that complete commands and flags, by shell; values and programs are left to the shell's own completion. */
export const completionScripts: Readonly<Record<'bash' | 'zsh' | 'fish', (program: Command) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

function places(command: Command, path: readonly string[] = []): readonly Place[] {
  const help = command.createHelp()
  const children = help.visibleCommands(command)
  const flags = help.visibleOptions(command)
  const choices = command.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((text) => ({ text, description })),
  )
  const words = [
    ...children.map((child) => ({ text: child.name(), description: child.description() })),
    ...choices,
    ...flags.flatMap(({ long, description }) =>
      long === undefined || long === null ? [] : [{ text: long, description }],
    ),
  ]
  const below = command.commands.flatMap((child) => places(child, [...path, child.name()]))
  return [{ path: path.join(' '), words }, ...below]
}

/** Everything before `--` that is no flag leads, word by word, to the command that is being written. */
function bashScript(program: Command): string {
  return `_holdfast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" place="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${follow(program, 'return')}
  done
  case "$place" in
${words(program)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _holdfast holdfast
`
}

function zshScript(program: Command): string {
  return `_holdfast() {
  local place="" word
  local -a described
  for word in "\${(@)words[2,CURRENT-1]}"; do
${follow(program, '_default; return')}
  done
  case "$place" in
${places(program)
  .map(({ path, words }) => `    ${quoted(under(path))}) described=(${words.map(describedWord).join(' ')}) ;;`)
  .join('\n')}
  esac
  _describe -t commands holdfast described || _default
}
compdef _holdfast holdfast
`
}

function fishScript(program: Command): string {
  const lines = places(program).flatMap(({ path, words }) => {
    const condition = quoted(`__holdfast_at ${path}`)
    return words.map(({ text, description }) => {
      const what = text.startsWith('--') ? `-l ${text.slice(2)}` : `-f -a ${text}`
      return `complete -c holdfast -n ${condition} ${what} -d ${quoted(brief(description))}`
    })
  })
  const known = places(program)
    .map(({ path }) => path)
    .filter((path) => path !== '')
  return `function __holdfast_at
  set -l place
  for word in (commandline -opc)[2..]
    test "$word" = --; and return 1
    string match -q -- '-*' $word; and continue
    contains -- "$(string join ' ' $place $word)" ${known.map(quoted).join(' ')}; and set -a place $word
  end
  test "$place" = "$argv"
end
${lines.join('\n')}
`
}

/** One word further: to the command that it leads to. `last`: what is done after a `--`. */
function follow(program: Command, last: string): string {
  const paths = places(program).filter(({ path }) => path !== '')
  return `    case "$word" in
      --) ${last} ;;
      -*) continue ;;
    esac
    case "$place $word" in
${paths.map(({ path }) => `      ${quoted(under(path))}) place=${quoted(under(path))} ;;`).join('\n')}
    esac`
}

function words(program: Command): string {
  return places(program)
    .map(({ path, words }) => `    ${quoted(under(path))}) words=${quoted(words.map(({ text }) => text).join(' '))} ;;`)
    .join('\n')
}

/** As the scripts remember it: every word with a blank before it. */
function under(path: string): string {
  return path === '' ? '' : ` ${path}`
}

function describedWord({ text, description }: Word): string {
  return quoted(`${text.replaceAll(':', '\\:')}:${brief(description)}`)
}

/** The first part, no wider than a list has room for: what follows a semicolon or a bracket says more, or a default. */
function brief(description: string): string {
  const first = (description.split(/[;(]/, 1)[0] ?? '').trim()
  return first.length <= WIDTH ? first : `${first.slice(0, first.lastIndexOf(' ', WIDTH))} …`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
