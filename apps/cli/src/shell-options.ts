import { isShellId } from '@holdfast/protocol/shell'
import type { PredictionMode } from '@holdfast/terminal'
import type { EndpointOptions } from './endpoint.ts'
import { ownCommand } from './own-command.ts'
import { UserError } from './user-error.ts'

/** Options of `holdfast shell`. */
export interface ShellCommandOptions extends EndpointOptions {
  readonly id?: string | undefined
  readonly session?: string | undefined
  readonly observe?: boolean | undefined
  readonly ifFree?: boolean | undefined
  readonly tty?: boolean | undefined
  readonly shell?: string | undefined
  readonly login?: boolean | undefined
  readonly cwd?: string | undefined
  /** `NAME=VALUE`. */
  readonly env?: readonly string[] | undefined
  readonly name?: string | undefined
  /** Whose window decides the size of a new shell. */
  readonly size?: 'writer' | 'smallest' | undefined
  /** True: its output; `input`: what is typed, too. */
  readonly record?: true | 'output' | 'input' | undefined
  readonly detachKeys: string
  /** @defaultValue 'auto' */
  readonly predict?: PredictionMode | undefined
  readonly json?: boolean | undefined
}

/** What is of a shell that people come back to. */
const OF_A_SHELL = {
  id: '--id',
  session: '--session',
  observe: '--observe',
  ifFree: '--if-free',
  name: '--name',
} as const
/** What makes a new shell. */
const OF_A_NEW_ONE = {
  shell: '--shell',
  login: '--login',
  cwd: '--cwd',
  env: '--env',
  name: '--name',
  size: '--size',
} as const

/** @throws UserError for options that do not go together, or an id that no shell has */
export function demandFitting(options: Omit<ShellCommandOptions, 'url'>, command: readonly string[]): void {
  const { id, observe, ifFree, tty } = options
  if (id !== undefined && !isShellId(id)) {
    throw new UserError('--id: expected 1 to 128 letters, digits, - and _, a letter or digit first.')
  }
  const [shellOption] = given(options, OF_A_SHELL)
  if (command.length > 0 && tty !== true && shellOption !== undefined) {
    throw new UserError(
      `${shellOption} is for a shell; a command in pipes has none. Add -t, or leave out ${shellOption}.`,
    )
  }
  if (observe !== true) return
  if (ifFree === true) throw new UserError('--observe writes to nothing: leave out --if-free.')
  const [newOption = command.length > 0 ? 'a command' : undefined] = given(options, OF_A_NEW_ONE)
  if (newOption !== undefined) throw new UserError(`--observe watches a shell that is there: leave out ${newOption}.`)
  if (id === undefined)
    throw new UserError(`--observe: say which shell with --id. Those that are there: ${ownCommand('shell ls')}`)
}

/** Those of these options that were given, as they are written. */
function given<Name extends keyof ShellCommandOptions>(
  options: Omit<ShellCommandOptions, 'url'>,
  names: Readonly<Partial<Record<Name, string>>>,
): readonly string[] {
  const found: Readonly<Record<string, unknown>> = { ...options }
  return Object.entries(names).flatMap(([name, written]) =>
    found[name] === undefined || typeof written !== 'string' ? [] : [written],
  )
}
