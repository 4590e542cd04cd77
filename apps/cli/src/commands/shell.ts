import { Command } from 'commander'
import { endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { DEFAULT_PREFIX } from '../escape-keys.ts'
import { runOnce } from '../shell-exec.ts'
import { interactiveShell } from '../shell-interactive.ts'
import type { ShellCommandOptions } from '../shell-options.ts'

/** `holdfast shell`: a terminal that survives drops, or one command in pipes. */
export function shellCommand(): Command {
  return new Command('shell')
    .description('open a shell, come back to one, or run one command')
    .argument('[command...]', 'after --: run this instead, with its own output, error output and exit code')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--id <id>', 'the shell to come back to, or the name of a new one')
    .option('--session <id>', 'the session it belongs to')
    .option('--observe', 'watch only')
    .option('--if-free', 'fail where another client writes to it, instead of taking over')
    .option('-t, --tty', 'give the command a terminal; it then survives drops too')
    .option('--detach-keys <key>', 'the key that talks to holdfast itself', DEFAULT_PREFIX)
    .option('--json', 'one JSON object a line instead of plain output')
    .addHelpText(
      'after',
      `
In a terminal: ${DEFAULT_PREFIX} then d detaches, k kills, ? helps. The exit code is the shell's.

Examples:
  $ holdfast shell                       a new shell
  $ holdfast shell --id build            the shell "build", new or as it was left
  $ holdfast shell --id build --observe  watch it from elsewhere
  $ holdfast shell -- make test          one command, in pipes
  $ holdfast shell -t -- htop            one command, in a terminal`,
    )
    .action(async (command: readonly string[], options: ShellCommandOptions) => {
      const checked = { ...options, ...endpointOf(options) }
      const once = command.length > 0 && options.tty !== true
      process.exitCode = once ? await runOnce(checked, command) : await interactiveShell(checked, command)
    })
}
