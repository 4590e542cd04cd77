import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { HoldfastError } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate/internals'
import type { TerminalSize } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'
import type { ShellUser } from '../pty/shell-user.ts'
import { shellEnvironment } from './environment.ts'
import { userAndHome } from './user-and-home.ts'

/** What shells say of a command that is not there, and of one that cannot be run (POSIX, Shell Command Language §2.8.2). */
const NOT_FOUND = 127
const NOT_RUN = 126

/** What a client asks to run. Nothing of it has been checked. */
export interface SpawnRequest {
  readonly principal: Principal
  readonly shellId: string
  /** Absent: the shell. */
  readonly command?: readonly string[] | undefined
  /** The shell begins as at a login: it reads the profile. Of no meaning with a command. */
  readonly login?: boolean | undefined
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly tty: boolean
  readonly size: TerminalSize
  /** Where the path named them: AgentCore's runtime and qualifier, Kubernetes' namespace, pod and container. */
  readonly runtime?: string | undefined
  readonly qualifier?: string | undefined
  readonly namespace?: string | undefined
  readonly pod?: string | undefined
  readonly container?: string | undefined
}

/** What will be run. `file` may be a bare name, which is looked for in the environment's PATH. */
export interface SpawnDecision {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Whose program it becomes, see {@link shellUser}. @defaultValue that of the server */
  readonly user?: ShellUser | undefined
}

/** Decides over every spawn. A refusal is a thrown `shell/not_allowed`. */
export type SpawnPolicy = (request: SpawnRequest) => SpawnDecision | Promise<SpawnDecision>

/** Options of {@link defaultPolicy}. */
export interface DefaultPolicyOptions {
  /** The shell. @defaultValue '/bin/bash' where it exists, else '/bin/sh' */
  readonly shell?: string | undefined
  /** Arguments of the shell. @defaultValue none */
  readonly shellArgs?: readonly string[] | undefined
  /** Whether clients may name a command. @defaultValue true */
  readonly commands?: boolean | undefined
  /** Where shells begin. @defaultValue the user's home, or the nearest folder that exists */
  readonly cwd?: string | undefined
  /** Added to every environment. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Whose shells they are, see {@link shellUser}. @defaultValue the server's own user */
  readonly user?: ShellUser | undefined
  /** Names that clients may set. @defaultValue any, where clients may name commands; else see {@link shellEnvironment} */
  readonly allowedEnv?: ((name: string) => boolean) | undefined
}

/** Runs the shell, or the client's command as an array, in an environment built from nothing. */
export function defaultPolicy(options: DefaultPolicyOptions = {}): SpawnPolicy {
  return (request) => {
    const shell = options.shell ?? (isExecutable('/bin/bash') ? '/bin/bash' : '/bin/sh')
    if (request.command !== undefined && options.commands === false) {
      throw shellError('shell/not_allowed', 'This server runs its login shell only, and a command was asked for.')
    }
    const { shellArgs = [] } = options
    const own = request.login === true ? asLogin(shellArgs) : shellArgs
    const [file = shell, ...args] = request.command ?? [shell, ...own]
    const { user } = options
    const { user: name, home } = user === undefined ? userAndHome() : surroundingsOf(user)
    // A client that may name a command may name `env`: only what would change the shell's own start is refused.
    const { env: server, allowedEnv: allowed = options.commands === false ? undefined : () => true } = options
    const env = shellEnvironment({ shell, user: name, home, server, client: request.env, allowed })
    return { file, args, cwd: request.cwd ?? options.cwd ?? home, env, ...(user === undefined ? {} : { user }) }
  }
}

/**
 * The arguments with which a shell begins as at a login. bash takes its long options only in front of the others; those
 * that have none (dash, ksh) know the short form alone.
 */
function asLogin(args: readonly string[]): readonly string[] {
  const end = args.findIndex((arg) => !arg.startsWith('-') || arg === '--')
  const options = end < 0 ? args : args.slice(0, end)
  return [options.some((option) => option.startsWith('--')) ? '--login' : '-l', ...args]
}

/** A home that was never made is none. */
function surroundingsOf({ name, home }: ShellUser): { readonly user: string; readonly home: string } {
  return { user: name, home: statSync(home, { throwIfNoEntry: false })?.isDirectory() === true ? home : '/' }
}

/**
 * The decision with an absolute program, checked: a spawn that is bound to fail is refused before there is a terminal.
 * @throws `shell/spawn_failed`
 */
export function checkedDecision(decision: SpawnDecision): SpawnDecision {
  const cwd = statSync(decision.cwd, { throwIfNoEntry: false })
  if (cwd?.isDirectory() !== true) throw cannotRun(`${decision.cwd} is not a directory.`)
  for (const text of [decision.file, ...decision.args]) {
    if (text.includes('\0')) throw cannotRun('A command may not contain a NUL byte.')
  }
  return { ...decision, file: resolveProgram(decision) }
}

function resolveProgram(decision: SpawnDecision): string {
  const { file } = decision
  const candidates = isAbsolute(file)
    ? [file]
    : file.includes('/')
      ? [join(decision.cwd, file)]
      : (decision.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, file))
  const found = candidates.find(isExecutable)
  if (found !== undefined) return found
  const isThere = candidates.some((one) => statSync(one, { throwIfNoEntry: false }) !== undefined)
  if (isThere) throw cannotRun(`${file} is not an executable program.`)
  throw shellError('shell/spawn_failed', `${file} is not an executable program: there is none of that name.`, {
    details: { exitCode: NOT_FOUND },
  })
}

function cannotRun(message: string): HoldfastError {
  return shellError('shell/spawn_failed', message, { details: { exitCode: NOT_RUN } })
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
