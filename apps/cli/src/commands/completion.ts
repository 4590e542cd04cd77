import { Command } from 'commander'

/** `holdfast completion`: a script for the shell, made from the commands themselves. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a completion script for bash (or zsh, through bashcompinit)')
    .addHelpText('after', '\nExamples:\n  $ source <(holdfast completion)')
    .action(() => void process.stdout.write(scriptFor(program)))
}

function scriptFor(program: Command): string {
  const names = program.commands.map((command) => command.name())
  const cases = program.commands.map((command) => {
    const flags = command.options.map((option) => option.long).filter((flag) => flag !== undefined)
    const below = command.commands.map((child) => child.name())
    return `    ${command.name()}) words="${[...below, ...flags, '--help'].join(' ')}" ;;`
  })
  return `_holdfast() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="${names.join(' ')} --help" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _holdfast holdfast
`
}
