import { Command } from 'commander'
import { completionCommand } from './commands/completion.ts'
import { controlCommand } from './commands/control.ts'
import { doctorCommand } from './commands/doctor.ts'
import { leadCommand } from './commands/lead.ts'
import { observeCommand } from './commands/observe.ts'
import { serveCommand } from './commands/serve.ts'
import { shellCommand } from './commands/shell.ts'
import { trackCommand } from './commands/track.ts'
import { EXIT_HELP } from './exit-codes.ts'

/** The whole command line. */
export function buildProgram(): Command {
  const program = new Command('holdfast')
    .description('sessions and shells that survive dropped connections, sleep and server restarts')
    .showHelpAfterError('(add --help for more)')
    .addHelpText('after', `\n${EXIT_HELP}`)
  const commands = [
    serveCommand(),
    shellCommand(),
    observeCommand(),
    leadCommand(),
    controlCommand(),
    trackCommand(),
    doctorCommand(),
    completionCommand(program),
  ]
  for (const command of commands) program.addCommand(command)
  // Errors are thrown, so that there is one place that ends the process.
  throwing(program)
  return program
}

function throwing(command: Command): void {
  command.exitOverride()
  for (const child of command.commands) throwing(child)
}
