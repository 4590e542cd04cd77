import { commandWords } from '@holdfast/app-gateway/surface'
import { isSecretName } from '@holdfast/core/contract'
import { isShellName, MAX_SHELL_NAME, type ProgramRequest } from '@holdfast/protocol/shell'
import { type ConnectShell, shellEndpoint } from '@holdfast/shell'
import type { ShellCommandOptions } from './shell-options.ts'
import { UserError } from './user-error.ts'

/** What travels by itself, as with ssh: of the terminal only where there is one. */
const OF_PLACE = /^(LANG|LANGUAGE|LC_[A-Z]+|TZ)$/
const OF_TERMINAL = /^(TERM|COLORTERM)$/
/** What is longer, or has controls in it, is no such setting. */
const PLAIN_VALUE = /^[^\p{Cc}]{1,256}$/u

/**
 * What is to be run, and with which surroundings. `program` is what stands after `--`.
 * @throws UserError for options that contradict each other or cannot be understood
 */
export function shellRequest(
  options: ShellCommandOptions,
  program: readonly string[],
  surroundings: { readonly environment: NodeJS.ProcessEnv; readonly hasTerminal: boolean },
): ProgramRequest {
  const { shell, login, cwd, name } = options
  const words = shell === undefined ? [] : wordsOf(shell)
  if (words.length > 0 && program.length > 0) throw new UserError('Give --shell, or a command after --, not both.')
  if (login === true && (words.length > 0 || program.length > 0)) {
    throw new UserError('--login is for the shell of the gateway. Of another one: --shell "zsh -l".')
  }
  if (name !== undefined && !isShellName(name)) {
    throw new UserError(`--name: expected 1 to ${MAX_SHELL_NAME} characters that can be seen.`)
  }
  const command = program.length > 0 ? program : words
  return {
    command: command.length === 0 ? undefined : command,
    login: login === true ? true : undefined,
    cwd,
    name,
    sizing: options.size,
    record: options.record === true ? 'output' : options.record,
    env: { ...travelling(surroundings), ...asked(options.env ?? []) },
  }
}

/** Where and as what a shell is dialed, in the size of this window. */
export function shellDial(options: ShellCommandOptions, command: readonly string[]): ConnectShell {
  const { url, token, observe, ifFree } = options
  const { columns, rows } = process.stdout
  return shellEndpoint({
    url,
    token,
    observe,
    onConflict: ifFree === true ? 'fail' : undefined,
    ...shellRequest(options, command, { environment: process.env, hasTerminal: process.stdin.isTTY === true }),
    size: columns > 0 && rows > 0 ? { width: columns, height: rows } : undefined,
  })
}

function wordsOf(shell: string): readonly string[] {
  const words = commandWords(shell)
  if (words !== undefined && words.length > 0) return words
  throw new UserError('--shell: expected a program with its arguments, such as "bash -l".')
}

function travelling({
  environment,
  hasTerminal,
}: {
  readonly environment: NodeJS.ProcessEnv
  readonly hasTerminal: boolean
}): Readonly<Record<string, string>> {
  const env: Record<string, string> = {}
  for (const [name, value = ''] of Object.entries(environment)) {
    const travels = OF_PLACE.test(name) || (hasTerminal && OF_TERMINAL.test(name))
    if (travels && PLAIN_VALUE.test(value)) env[name] = value
  }
  return env
}

function asked(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      const name = pair.slice(0, at)
      if (at < 1 || !/^[A-Za-z_]\w*$/.test(name)) throw new UserError('--env: expected NAME=VALUE.')
      if (!isSecretName(name)) return [name, pair.slice(at + 1)]
      throw new UserError(`--env ${name}: addresses end up in logs, and this would be in one. Set it inside the shell.`)
    }),
  )
}
