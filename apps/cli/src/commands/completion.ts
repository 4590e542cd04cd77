import { Argument, Command } from 'commander'
import { completionScripts } from '../completion-scripts.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** `holdfast completion`: a script for a shell, made from the commands themselves. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a completion script for bash, zsh or fish')
    .addArgument(new Argument('[shell]', 'which one').choices(SHELLS).default('bash'))
    .addHelpText(
      'after',
      `
Examples:
  $ source <(holdfast completion bash)       # in ~/.bashrc
  $ source <(holdfast completion zsh)        # in ~/.zshrc, after compinit
  $ holdfast completion fish | source        # in ~/.config/fish/config.fish`,
    )
    .action((shell: (typeof SHELLS)[number]) => void process.stdout.write(completionScripts[shell](program)))
}
