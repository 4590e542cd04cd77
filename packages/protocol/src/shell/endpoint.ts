import type { TerminalSize, TerminalSizing } from './generated/types.ts'
import { isLease, isShellId } from './shell-id.ts'
import { isShellName, MAX_SHELL_NAME } from './shell-name.ts'

/** The header and query parameter that name the session (shell §2). Header names compare without case. */
export const SESSION_ID_NAME = 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id'
/** The header of the 101 response that names the shell. */
export const SHELL_ID_HEADER = 'x-amzn-bedrock-agentcore-shell-id'

/** What happens when another client already writes to the shell (shell §6). */
export type OnConflict = 'takeover' | 'observe' | 'fail'

/** A program to run instead of the login shell: command and arguments as an array. */
export interface ProgramRequest {
  readonly command?: readonly string[] | undefined
  /** False: no terminal; stdin, stdout and stderr are pipes. @defaultValue true */
  readonly tty?: boolean | undefined
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly size?: TerminalSize | undefined
  /** A name for people; only used when the shell is made. See `isShellName()`. @defaultValue it has none */
  readonly name?: string | undefined
  /** Whose window decides the size; only used when the shell is made. @defaultValue 'writer' */
  readonly sizing?: TerminalSizing | undefined
  /** Records the shell on the server: its output, or its input as well. @defaultValue the server's setting */
  readonly record?: 'output' | 'input' | undefined
  /** A login shell, where no command is named. @defaultValue false */
  readonly login?: boolean | undefined
}

/** A client's parameters of the agentcore endpoints. */
export interface ShellTarget extends ProgramRequest {
  readonly shellId: string
  readonly sessionId?: string | undefined
  /** The runtime in the path; absent on the short path. */
  readonly runtime?: string | undefined
  readonly qualifier?: string | undefined
  /** Read only. */
  readonly observe?: boolean | undefined
  readonly onConflict?: OnConflict | undefined
  /** The client's lease, and the epoch and offset that it has received (shell §5). Known after a first confirmation. */
  readonly lease?: string | undefined
  /**
   * Names one client in memory, and is in no checkpoint: who comes with a lease and another instance while the old
   * connection answers is not that client, but one with a copy of its checkpoint.
   */
  readonly instance?: string | undefined
  readonly epoch?: string | undefined
  readonly received?: number | undefined
  /**
   * What arrives in place of output that is no longer available or older than this client: SCREEN frames with a picture
   * of the terminal, or nothing but the program's bytes. @defaultValue a picture sent as output, for a client that does
   * not know SCREEN frames
   */
  readonly screen?: 'frames' | 'none' | undefined
}

/** A client's parameters of the Kubernetes endpoint. */
export interface ExecTarget {
  readonly namespace: string
  readonly pod: string
  readonly container?: string | undefined
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
  /** An addition to Kubernetes: where it begins, and variables of its environment. */
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Attaches to what already runs in the pod; `command` is empty. @defaultValue false */
  readonly attach?: boolean | undefined
}

/** A request line, understood. `none`: not a path of the shell protocol. */
export type ShellRequest =
  | { readonly kind: 'shell'; readonly target: ShellTarget }
  | { readonly kind: 'exec'; readonly target: ExecTarget }
  | { readonly kind: 'invalid'; readonly issue: string }
  | { readonly kind: 'none' }

const SHELLS = /^\/shells\/?$/
const RUNTIME_SHELLS = /^\/runtimes\/([^/]+)\/ws\/shells\/?$/
const EXEC = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/(exec|attach)\/?$/
const SESSION_ID = /^[\x21-\x7e]{1,256}$/

/** True where {@link parseShellRequest} would understand the path. `path` is without base and query. */
export function isShellPath(path: string): boolean {
  return SHELLS.test(path) || RUNTIME_SHELLS.test(path) || EXEC.test(path)
}

/** Path and query of the agentcore endpoint; the runtime, if any, is encoded into the path. */
export function shellPath(target: ShellTarget): string {
  const query = new URLSearchParams({ shellId: target.shellId })
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) query.set(name, String(value))
  }
  set('qualifier', target.qualifier)
  set(SESSION_ID_NAME, target.sessionId)
  set('mode', target.observe === true ? 'observe' : undefined)
  set('onConflict', target.onConflict)
  set('lease', target.lease)
  set('instance', target.instance)
  set('epoch', target.epoch)
  set('received', target.received)
  set('screen', target.screen)
  set('sizing', target.sizing)
  set('tty', target.tty === false ? 'false' : undefined)
  set('login', target.login === true ? 'true' : undefined)
  set('name', target.name)
  set('record', target.record)
  set('cwd', target.cwd)
  set('width', target.size?.width)
  set('height', target.size?.height)
  for (const argument of target.command ?? []) query.append('command', argument)
  for (const [name, value] of Object.entries(target.env ?? {})) query.append('env', `${name}=${value}`)
  const path = target.runtime === undefined ? '/shells' : `/runtimes/${encodeURIComponent(target.runtime)}/ws/shells`
  return `${path}?${query}`
}

/** Path and query of the Kubernetes endpoint. */
export function execPath(target: ExecTarget): string {
  const query = new URLSearchParams()
  for (const argument of target.command) query.append('command', argument)
  for (const name of ['stdin', 'stdout', 'stderr', 'tty'] as const) query.set(name, String(target[name]))
  if (target.container !== undefined) query.set('container', target.container)
  if (target.cwd !== undefined) query.set('cwd', target.cwd)
  for (const [name, value] of Object.entries(target.env ?? {})) query.append('env', `${name}=${value}`)
  const [namespace, pod] = [encodeURIComponent(target.namespace), encodeURIComponent(target.pod)]
  return `/api/v1/namespaces/${namespace}/pods/${pod}/${target.attach === true ? 'attach' : 'exec'}?${query}`
}

/**
 * Parses a request. `path` is without base and query; `sessionHeader` is the value of the session header. Malformed ids
 * and values are `invalid`, with one line that says what was expected.
 */
export function parseShellRequest(
  path: string,
  query: URLSearchParams,
  sessionHeader?: string | undefined,
): ShellRequest {
  const exec = EXEC.exec(path)
  if (exec !== null) return parseExec(exec[1] ?? '', exec[2] ?? '', exec[3] === 'attach', query)
  const runtime = RUNTIME_SHELLS.exec(path)
  if (runtime === null && !SHELLS.test(path)) return { kind: 'none' }
  return parseShell(runtime?.[1], query, sessionHeader)
}

function parseExec(namespace: string, pod: string, attach: boolean, query: URLSearchParams): ShellRequest {
  const names = [decodeSegment(namespace), decodeSegment(pod)] as const
  if (names[0] === undefined || names[1] === undefined) return invalid('the path is not valid percent-encoding')
  const command = attach ? [] : query.getAll('command')
  if (command.length === 0 && !attach) return invalid('expected at least one command parameter')
  const env = parseEnv(query)
  if (typeof env === 'string') return invalid(env)
  return {
    kind: 'exec',
    target: {
      namespace: names[0],
      pod: names[1],
      attach: attach ? true : undefined,
      container: query.get('container') ?? undefined,
      command,
      stdin: isOn(query, 'stdin'),
      stdout: isOn(query, 'stdout'),
      stderr: isOn(query, 'stderr'),
      tty: isOn(query, 'tty'),
      cwd: query.get('cwd') ?? undefined,
      env,
    },
  }
}

function parseShell(segment: string | undefined, query: URLSearchParams, sessionHeader?: string): ShellRequest {
  const runtime = segment === undefined ? undefined : decodeSegment(segment)
  if (segment !== undefined && runtime === undefined) return invalid('the runtime is not valid percent-encoding')
  const shellId = query.get('shellId')
  if (!isShellId(shellId)) return invalid('shellId: expected 1 to 128 of A-Z a-z 0-9 _ -, first a letter or digit')
  const sessionId = sessionHeader ?? query.get(SESSION_ID_NAME) ?? undefined
  if (sessionId !== undefined && !SESSION_ID.test(sessionId))
    return invalid('session id: expected 1 to 256 visible ASCII')
  const onConflict = query.get('onConflict') ?? undefined
  if (onConflict !== undefined && onConflict !== 'takeover' && onConflict !== 'observe' && onConflict !== 'fail') {
    return invalid('onConflict: expected takeover, observe or fail')
  }
  const mode = query.get('mode') ?? 'write'
  if (mode !== 'write' && mode !== 'observe') return invalid('mode: expected write or observe')
  const lease = query.get('lease') ?? undefined
  if (lease !== undefined && !isLease(lease)) return invalid('lease: expected 1 to 64 of A-Z a-z 0-9 _ -')
  const instance = query.get('instance') ?? undefined
  if (instance !== undefined && !isLease(instance)) return invalid('instance: expected 1 to 64 of A-Z a-z 0-9 _ -')
  const received = integer(query.get('received'), 0, Number.MAX_SAFE_INTEGER)
  if (received === null) return invalid('received: expected a byte offset')
  const epoch = query.get('epoch') ?? undefined
  const screen = query.get('screen') ?? undefined
  if (screen !== undefined && screen !== 'frames' && screen !== 'none')
    return invalid('screen: expected frames or none')
  const program = parseProgram(query)
  if (typeof program === 'string') return invalid(program)
  const qualifier = query.get('qualifier') ?? undefined
  const ids = { shellId, sessionId, runtime, qualifier }
  return {
    kind: 'shell',
    target: { ...ids, ...program, observe: mode === 'observe', onConflict, lease, instance, epoch, received, screen },
  }
}

/** The program asked for, or one line that says what is wrong with it. */
function parseProgram(query: URLSearchParams): ProgramRequest | string {
  const width = integer(query.get('width'), 1, 65_535)
  const height = integer(query.get('height'), 1, 65_535)
  if (width === null || height === null) return 'width and height: expected integers from 1 to 65535'
  const env = parseEnv(query)
  if (typeof env === 'string') return env
  const name = query.get('name') ?? undefined
  if (name !== undefined && !isShellName(name))
    return `name: expected 1 to ${MAX_SHELL_NAME} characters that can be seen`
  const sizing = query.get('sizing') ?? undefined
  if (sizing !== undefined && sizing !== 'writer' && sizing !== 'smallest') return 'sizing: expected writer or smallest'
  const record = query.get('record') ?? undefined
  if (record !== undefined && record !== 'output' && record !== 'input') return 'record: expected output or input'
  const command = query.getAll('command')
  return {
    name,
    record,
    sizing,
    login: isOn(query, 'login') ? true : undefined,
    command: command.length === 0 ? undefined : command,
    tty: query.get('tty') !== 'false',
    cwd: query.get('cwd') ?? undefined,
    env,
    size: width === undefined || height === undefined ? undefined : { width, height },
  }
}

/** The variables asked for, or one line that says what is wrong with them. */
function parseEnv(query: URLSearchParams): Readonly<Record<string, string>> | undefined | string {
  const env: [string, string][] = []
  for (const entry of query.getAll('env')) {
    const at = entry.indexOf('=')
    if (at < 1) return 'env: expected NAME=value'
    env.push([entry.slice(0, at), entry.slice(at + 1)])
  }
  return env.length === 0 ? undefined : Object.fromEntries(env)
}

/** `undefined` where the parameter is absent, `null` where it is malformed. */
function integer(text: string | null, minimum: number, maximum: number): number | undefined | null {
  if (text === null) return undefined
  if (!/^\d{1,16}$/.test(text)) return null
  const value = Number(text)
  return value >= minimum && value <= maximum ? value : null
}

/** A flag is on when it is present and not `false` or `0`. */
function isOn(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)
  return value !== null && value !== 'false' && value !== '0'
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function invalid(issue: string): ShellRequest {
  return { kind: 'invalid', issue }
}
