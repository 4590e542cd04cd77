import { Argument, Command, Option } from 'commander'
import { completionScripts, NAME_KINDS, type NameKind } from '../completion/completion-scripts.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** `holdfast completion`: a script for a shell, made from the commands themselves. */
export function completionCommand(whole: () => Promise<Command>): Command {
  return new Command('completion')
    .addArgument(new Argument('[shell]', 'which one').choices(SHELLS).default('bash'))
    .addOption(new Option('--names <kind>', 'for the scripts: names of what is there').choices(NAME_KINDS).hideHelp())
    .addHelpText(
      'after',
      `
Sessions and shells of the gateway, and logins, are completed by name: with the token of the command that is written, from
HOLDFAST_TOKEN or holdfast login, and for a second at most (HOLDFAST_COMPLETION_MS, in milliseconds).

Examples:
  $ source <(holdfast completion bash)       # in ~/.bashrc
  $ source <(holdfast completion zsh)        # in ~/.zshrc, after compinit
  $ holdfast completion fish | source        # in ~/.config/fish/config.fish`,
    )
    .action(async (shell: (typeof SHELLS)[number], { names }: { readonly names?: NameKind }) => {
      if (names !== undefined) return (await import('../completion/completion-names.ts')).printNames(names)
      process.stdout.write(completionScripts[shell](await whole()))
    })
}
