import { readFileSync } from 'node:fs'
import { commandName } from '@holdfast/app-gateway/command-name'
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
  prepare(program, commandName())
  return program
}

function versionOf(): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return `holdfast ${version} (Node ${process.versions.node})`
}

/**
 * Errors say where to read on, and are thrown, so that there is one place that ends the process. Help names the command as it
 * can be typed here.
 */
function prepare(command: Command, name: string, path: string = name): void {
  command.showHelpAfterError(`Try: ${path} --help`).exitOverride()
  command.configureOutput({ writeOut: (text) => void process.stdout.write(asTyped(text, name)) })
  for (const child of command.commands) prepare(child, name, `${path} ${child.name()}`)
}

/** A text with our commands as they can be typed: where the name alone is not found, each has its full one. */
function asTyped(text: string, name: string): string {
  const ours = new RegExp(`(?<![\\w-])holdfast (?=(?:${Object.keys(COMMANDS).join('|')}|--|\\[)(?![\\w-]))`, 'g')
  return text.replace(ours, `${name} `)
}
