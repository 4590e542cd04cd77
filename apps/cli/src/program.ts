import { Command } from 'commander'
import { serveCommand } from './commands/serve.ts'
import { shellCommand } from './commands/shell.ts'
import { EXIT_HELP } from './exit-codes.ts'

/** The whole command line. */
export function buildProgram(): Command {
  const program = new Command('holdfast')
    .description('sessions and shells that survive dropped connections, sleep and server restarts')
    .showHelpAfterError('(add --help for more)')
    .addHelpText('after', `\n${EXIT_HELP}`)
  for (const command of [serveCommand(), shellCommand()]) program.addCommand(command)
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: (text) => void process.stderr.write(text) })
  }
  return program
}
