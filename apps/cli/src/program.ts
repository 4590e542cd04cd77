import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { COMMANDS } from './commands.ts'
import { EXIT_HELP } from './exit-codes.ts'

/** The command line as these words need it: the command that they ask for in full, of all others the name and what it is for. */
export function buildProgram(words: readonly string[]): Promise<Command> {
  const [first, second] = words.filter((word) => !word.startsWith('-'))
  const asked = first === 'help' ? second : first
  const after = asked === undefined ? [] : words.slice(words.indexOf(asked) + 1)
  return withCommands((name) => name === asked, after)
}

/** The command line with every command in full. */
function wholeProgram(): Promise<Command> {
  return withCommands(() => true, [])
}

async function withCommands(isWanted: (name: string) => boolean, words: readonly string[]): Promise<Command> {
  const program = new Command('holdfast')
    .description('sessions and shells that survive dropped connections, sleep and server restarts')
    .version(versionOf(), '-V, --version', 'print the version')
    .addHelpText('after', `\n${EXIT_HELP}`)
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = isWanted(name) ? await load({ words, whole: wholeProgram }) : new Command(name)
    program.addCommand(command.description(description))
  }
  prepare(program, 'holdfast')
  return program
}

function versionOf(): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return `holdfast ${version} (Node ${process.versions.node})`
}

/** Errors say where to read on, and are thrown, so that there is one place that ends the process. */
function prepare(command: Command, path: string): void {
  command.showHelpAfterError(`Try: ${path} --help`).exitOverride()
  for (const child of command.commands) prepare(child, `${path} ${child.name()}`)
}
