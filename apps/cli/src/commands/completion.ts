import { Argument, Command } from 'commander'
import { completionScripts } from '../completion-scripts.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** `holdfast completion`: a script for a shell, made from the commands themselves. */
export function completionCommand(whole: () => Promise<Command>): Command {
  return new Command('completion')
    .addArgument(new Argument('[shell]', 'which one').choices(SHELLS).default('bash'))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(holdfast completion bash)       # in ~/.bashrc
  $ source <(holdfast completion zsh)        # in ~/.zshrc, after compinit
  $ holdfast completion fish | source        # in ~/.config/fish/config.fish`,
    )
    .action(async (shell: (typeof SHELLS)[number]) => {
      process.stdout.write(completionScripts[shell](await whole()))
    })
}
