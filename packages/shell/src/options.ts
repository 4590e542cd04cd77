import { type AttemptContext, type Clock, systemClock, type Target } from '@holdfast/core'
import { type ClientOptions, isGiven, type ListenersOf } from '@holdfast/core/client'
import { type Random, randomId, systemRandom } from '@holdfast/core/contract'
import { SENTENCES } from '@holdfast/core/words'
import { isShellId } from '@holdfast/protocol/shell'
import { parseCheckpoint, type ShellCheckpoint } from './checkpoint.ts'
import { ShellSessionError } from './errors.ts'
import type { ShellSessionEvents } from './session-events.ts'

/**
 * Returns where to dial and with what; called again for every attempt. Both ids may differ from those of the options:
 * the server assigns them. `shellEndpoint()` and `presignedShell()` make such functions.
 */
export type ConnectShell = (shellId: string, sessionId: string, context: AttemptContext) => Target | Promise<Target>

/** Everything but `transport`, and `url` or `target`, has a default. */
export interface ShellSessionOptions extends Omit<ClientOptions, 'concurrency'>, ListenersOf<ShellSessionEvents> {
  /** Replaces `url` and `token`: further parameters of the endpoint, or a function that makes the whole target. */
  readonly target?: ConnectShell | undefined
  /** 1–128 letters, digits, `_` and `-`. The same id again is the same shell. @defaultValue a random one */
  readonly shellId?: string | undefined
  /**
   * `null`: none is sent until the server has named one, so that a shell is found by its own id alone; `target` is given
   * an empty text until then. @defaultValue a random one
   */
  readonly sessionId?: string | null | undefined
  /** What `checkpoint()` returned before a reload. Its ids are used. */
  readonly checkpoint?: ShellCheckpoint | undefined
  /** Attempts of the first `connect()` before the session is `lost`. @defaultValue Infinity */
  readonly connectAttempts?: number | undefined
  /**
   * What happens when the server no longer has the shell and a reconnect started another one: `end` the session as
   * `lost` (`shell/expired`), or continue with the `new` one, which the event `reconnected` reports. Pending input for
   * the old one is rejected either way.
   * @defaultValue 'end'
   */
  readonly onExpired?: 'end' | 'new' | undefined
  /**
   * Pings every `intervalMs`, and a link without a pong for `timeoutMs` is dead.
   * @defaultValue {@link SHELL_SESSION_DEFAULTS}`.livenessIntervalMs`, and twice the interval
   */
  readonly liveness?: ClientOptions['liveness']
  /** Unacknowledged input, in bytes, above which `send()` waits. @defaultValue {@link SHELL_SESSION_DEFAULTS}`.queueBytes` */
  readonly queue?: Omit<NonNullable<ClientOptions['queue']>, 'maxCount'> | undefined
  /**
   * `read`: the app iterates the session or listens for messages; unread output pauses the program. `discard`: output
   * is dropped on arrival. @defaultValue 'read'
   */
  readonly output?: 'read' | 'discard' | undefined
  /**
   * What arrives in place of output that is no longer available, or was printed before this client first attached.
   * `frames`: frames with `channel: 'screen'` that paint the present screen of the terminal, followed by output; for a
   * terminal. `none`: the bytes that are kept, and a gap. `unsaid`: the parameter is not sent to the server.
   * @defaultValue 'none'
   */
  readonly screen?: 'frames' | 'none' | 'unsaid' | undefined
  /** How long `kill()` tries to reach the shell. @defaultValue {@link SHELL_SESSION_DEFAULTS}`.killTimeoutMs` */
  readonly killTimeoutMs?: number | undefined
}

/** Every default number of a session. Milliseconds and bytes. */
export const SHELL_SESSION_DEFAULTS: {
  readonly livenessIntervalMs: number
  readonly queueBytes: number
  readonly killTimeoutMs: number
} = {
  livenessIntervalMs: 30_000,
  queueBytes: 65_536,
  killTimeoutMs: 15_000,
}

/** Intervals without a pong, and the link is dead (shell §3: 60 s at the default of 30). */
export const PONG_INTERVALS = 2

/** Options with every default filled in. */
export interface ResolvedShellOptions {
  readonly shellId: string
  readonly sessionId: string
  readonly checkpoint: ShellCheckpoint | undefined
  readonly connectAttempts: number
  readonly giveUpAfterMs: number
  readonly liveness: { readonly intervalMs: number; readonly timeoutMs: number }
  readonly queueBytes: number
  readonly killTimeoutMs: number
  readonly clock: Clock
  readonly random: Random
}

/** Applies the defaults and checks every option. @throws `shell/invalid_option` with the option and what is allowed */
export function resolveShellOptions(options: ShellSessionOptions): ResolvedShellOptions {
  const { clock = systemClock, random = systemRandom, retry, sessionId, target, url } = options
  const checkpoint = options.checkpoint === undefined ? undefined : parseCheckpoint(options.checkpoint)
  const shellId = checkpoint?.shellId ?? options.shellId ?? `sh-${randomId(random)}`
  if (!isShellId(shellId)) throw invalid('shellId', SENTENCES && '1 to 128 of A-Z a-z 0-9 _ -, first a letter or digit')
  if (target === undefined && !isGiven(url)) throw invalid('url', SENTENCES && 'the base of the server, or target')
  if (target !== undefined && typeof target !== 'function')
    throw invalid('target', SENTENCES && 'a function, such as shellEndpoint()')
  const defaults = SHELL_SESSION_DEFAULTS
  const { intervalMs = defaults.livenessIntervalMs, timeoutMs = intervalMs * PONG_INTERVALS } = options.liveness ?? {}
  const forEver = Number.POSITIVE_INFINITY
  return {
    shellId,
    sessionId: checkpoint?.sessionId ?? (sessionId === null ? '' : (sessionId ?? crypto.randomUUID())),
    checkpoint,
    connectAttempts: atLeast('connectAttempts', options.connectAttempts ?? forEver, 1),
    giveUpAfterMs: retry?.giveUpAfterMs ?? forEver,
    liveness: {
      intervalMs: atLeast('liveness.intervalMs', intervalMs, 1),
      timeoutMs: atLeast('liveness.timeoutMs', timeoutMs, 1),
    },
    queueBytes: atLeast('queue.maxBytes', options.queue?.maxBytes ?? defaults.queueBytes, 1_024),
    killTimeoutMs: atLeast('killTimeoutMs', options.killTimeoutMs ?? defaults.killTimeoutMs, 0),
    clock,
    random,
  }
}

/** @throws `shell/invalid_option` */
export function atLeast(name: string, value: number, minimum: number): number {
  if (typeof value === 'number' && value >= minimum) return value
  throw invalid(name, SENTENCES && `a number of at least ${minimum}`)
}

function invalid(name: string, expected: string | false): ShellSessionError {
  return new ShellSessionError('shell/invalid_option', SENTENCES ? `Option ${name}: expected ${expected}.` : name, {
    details: { option: name },
  })
}
