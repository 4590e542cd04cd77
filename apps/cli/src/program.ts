import { Command } from 'commander'
import { backupCommand } from './commands/backup.ts'
import { completionCommand } from './commands/completion.ts'
import { controlCommand } from './commands/control.ts'
import { doctorCommand } from './commands/doctor.ts'
import { grantCommand } from './commands/grant.ts'
import { leadCommand } from './commands/lead.ts'
import { observeCommand } from './commands/observe.ts'
import { serveCommand } from './commands/serve.ts'
import { shellCommand } from './commands/shell.ts'
import { storeCommand } from './commands/store.ts'
import { trackCommand } from './commands/track.ts'
import { EXIT_HELP } from './exit-codes.ts'

/** The whole command line. */
export function buildProgram(): Command {
  const program = new Command('holdfast')
    .description('sessions and shells that survive dropped connections, sleep and server restarts')
    .addHelpText('after', `\n${EXIT_HELP}`)
  const commands = [
    serveCommand(),
    shellCommand(),
    observeCommand(),
    leadCommand(),
    controlCommand(),
    trackCommand(),
    grantCommand(),
    doctorCommand(),
    backupCommand(),
    storeCommand(),
    completionCommand(program),
  ]
  for (const command of commands) program.addCommand(command)
  prepare(program, 'holdfast')
  return program
}

/** Errors say where to read on, and are thrown, so that there is one place that ends the process. */
function prepare(command: Command, path: string): void {
  command.showHelpAfterError(`Try: ${path} --help`).exitOverride()
  for (const child of command.commands) prepare(child, `${path} ${child.name()}`)
}
