import type { Command } from 'commander'

/** What can be completed by name. `shared`: what can be shared, sessions and shells. */
export const NAME_KINDS = ['sessions', 'shells', 'shared', 'logins'] as const

/** One of {@link NAME_KINDS}. */
export type NameKind = (typeof NAME_KINDS)[number]

/** What may be written after a command. */
interface Place {
  /** The command with those before it, without the program's name: `track run`; empty for the program itself. */
  readonly path: string
  readonly words: readonly Word[]
  /** What its argument names. */
  readonly names: NameKind | undefined
}

interface Word {
  readonly text: string
  readonly description: string
}

/** What arguments name, by what they are called in help. */
const ARGUMENTS: Readonly<Record<string, NameKind>> = {
  session: 'sessions',
  shell: 'shells',
  recording: 'shells',
  id: 'shared',
  name: 'logins',
}
/** What the values of options name. */
const OPTIONS: Readonly<Record<string, NameKind>> = { '--session': 'sessions', '--id': 'shells', '--url': 'logins' }

/** Characters of a description. */
const WIDTH = 72

/**
 * Scripts that complete commands and flags, and ask `completion --names` for sessions, shells and logins, by shell. Other values,
 * and programs, are left to the shell's own completion.
 */
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
  // Of the first: what comes after it is text.
  const names = ARGUMENTS[command.registeredArguments[0]?.name() ?? '']
  return [{ path: path.join(' '), words, names }, ...below]
}

/** Everything before `--` that is no flag leads, word by word, to the command that is being written. */
function bashScript(program: Command): string {
  return `_holdfast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" place="" previous="" url="$HOLDFAST_URL" names="" word words rest
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${follow(program, 'return')}
  done
  case "$place" in
${eachPlace(program, ({ words, names = '' }) => `words=${quoted(words.map(({ text }) => text).join(' '))} names=${quoted(names)}`)}
  esac
${namesOfOption("words=''")}
  if [[ -n "$names" && "$current" != -* ]]; then
    while IFS=$'\t' read -r word rest; do
      words+=" $word"
    done < <(HOLDFAST_URL="$url" "\${COMP_WORDS[0]}" completion --names "$names" 2>/dev/null)
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _holdfast holdfast
`
}

function zshScript(program: Command): string {
  return `_holdfast() {
  local place="" previous="" url="$HOLDFAST_URL" names="" word
  local -a described
  for word in "\${(@)words[2,CURRENT-1]}"; do
${follow(program, '_default; return')}
  done
  case "$place" in
${eachPlace(program, ({ words, names = '' }) => `described=(${words.map(describedWord).join(' ')}) names=${quoted(names)}`)}
  esac
${namesOfOption('described=()')}
  if [[ -n "$names" && "\${words[CURRENT]}" != -* ]]; then
    for word in "\${(@f)$(HOLDFAST_URL="$url" "\${words[1]}" completion --names "$names" 2>/dev/null)}"; do
      [[ -n "$word" ]] && described+=("\${word%%$'\t'*}:\${word#*$'\t'}")
    done
  fi
  _describe -t commands holdfast described || _default
}
compdef _holdfast holdfast
`
}

function fishScript(program: Command): string {
  const lines = places(program).flatMap(({ path, words, names }) => {
    const condition = quoted(`__holdfast_at ${path}`)
    const given = words.map(({ text, description }) => {
      const what = text.startsWith('--') ? `-l ${text.slice(2)}` : `-f -a ${text}`
      const kind = OPTIONS[text]
      const value = kind === undefined ? '' : ` -r -f -a '(__holdfast_names ${kind})'`
      return `complete -c holdfast -n ${condition} ${what}${value} -d ${quoted(brief(description))}`
    })
    if (names === undefined) return given
    return [...given, `complete -c holdfast -n ${condition} -f -a '(__holdfast_names ${names})'`]
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
function __holdfast_names
  set -l words (commandline -opc)
  set -l url $HOLDFAST_URL
  set -l at (contains -i -- --url $words); and set url $words[(math $at + 1)]
  HOLDFAST_URL="$url" command $words[1] completion --names $argv[1] 2>/dev/null
end
${lines.join('\n')}
`
}

/** One word further: to the command that it leads to. `last`: what is done after a `--`. */
function follow(program: Command, last: string): string {
  const paths = places(program).filter(({ path }) => path !== '')
  return `    [[ "$previous" == --url ]] && url="$word"
    previous="$word"
    case "$word" in
      --) ${last} ;;
      -*) continue ;;
    esac
    case "$place $word" in
${paths.map(({ path }) => `      ${quoted(under(path))}) place=${quoted(under(path))} ;;`).join('\n')}
    esac`
}

/** What is known at each place, as the arms of a `case`. */
function eachPlace(program: Command, known: (place: Place) => string): string {
  return places(program)
    .map((place) => `    ${quoted(under(place.path))}) ${known(place)} ;;`)
    .join('\n')
}

/** The value of an option is nothing else: `forget` forgets the words of the place. */
function namesOfOption(forget: string): string {
  const arms = Object.entries(OPTIONS).map(([option, kind]) => `    ${option}) ${forget} names='${kind}' ;;`)
  return `  case "$previous" in\n${arms.join('\n')}\n  esac`
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
