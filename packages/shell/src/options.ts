import {
  type Clock,
  type DialLimit,
  type Logger,
  type Random,
  type RetryChoice,
  randomId,
  systemClock,
  systemRandom,
  type Target,
  type Transport,
  type WakeSignals,
} from '@holdfast/core'
import { isShellId } from '@holdfast/protocol/shell'
import { parseCheckpoint, type ShellCheckpoint } from './checkpoint.ts'
import { ShellSessionError } from './errors.ts'
import type { LostInput } from './input.ts'

/** What a connect function is told beside the ids. */
export interface ConnectContext {
  /** Number of this dial in its outage, 1 for the first. */
  readonly attempt: number
  /** The server refused the credentials of the attempt before: bring new ones. */
  readonly refused: boolean
  readonly signal: AbortSignal
}

/**
 * Where to dial and with what, asked anew for every attempt. Both ids may differ from those of the options: the server
 * has the last word. The helpers `shellEndpoint()` and `presignedShell()` make such functions.
 */
export type ConnectShell = (shellId: string, sessionId: string, context: ConnectContext) => Target | Promise<Target>

/**
 * Rounds of attempts, as the AgentCore client brings a lost connection back. Times in milliseconds. Without it a session
 * goes by the presets of the engine (`retry`), which come back sooner and never give up.
 */
export interface ReconnectOptions {
  /** Attempts in one round; a first attach ends after one. @defaultValue 5 */
  readonly maxRetries?: number | undefined
  /** Attempts of `connect()` before it rejects. @defaultValue one round */
  readonly connectAttempts?: number | undefined
  /** Before the second attempt of a round; doubles with each. The first attempt of an outage is made at once. @defaultValue 1000 */
  readonly baseDelay?: number | undefined
  /** No delay inside a round is longer. @defaultValue 15000 */
  readonly maxDelay?: number | undefined
  /** An outage this long is given up; null: never. @defaultValue null */
  readonly reconnectWindow?: number | null | undefined
  /** Between rounds. @defaultValue 30000 */
  readonly outerLoopDelay?: number | undefined
  /** Dials of all causes together, in any window. @defaultValue 12 a minute and 30 in five minutes */
  readonly limits?: readonly DialLimit[] | undefined
  /** Dials that opened a link which did not last, together; it holds beside `limits`. @defaultValue none */
  readonly flapLimits?: readonly DialLimit[] | undefined
}

/** Everything but `transport` and `connect` has a default. */
export interface ShellSessionOptions {
  /** `nodeWebSocket()`, `browserWebSocket()`. */
  readonly transport: Transport
  readonly connect: ConnectShell
  /** 1–128 letters, digits, `_` and `-`. The same id again is the same shell. @defaultValue a random one */
  readonly shellId?: string | undefined
  /**
   * `null`: none is sent until the server has named one, so that a shell is found by its own id alone; `connect` is given
   * an empty text until then. @defaultValue a random one
   */
  readonly sessionId?: string | null | undefined
  /** What `checkpoint()` returned before a reload. Its ids are used. */
  readonly checkpoint?: ShellCheckpoint | undefined
  /** How an outage is retried. @defaultValue the preset `eager`, for ever */
  readonly retry?: RetryChoice | undefined
  readonly reconnect?: ReconnectOptions | undefined
  /**
   * The server has forgotten the shell, and a return got another one: `end` the session as `lost` (`shell/expired`), or go
   * on with the `new` one, which `onReconnect(false)` tells. Input that was held for the old one is rejected either way.
   * @defaultValue 'end'
   */
  readonly onExpired?: 'end' | 'new' | undefined
  /** Called after every reconnect; true when the same shell goes on. May send. A failure is told as `problem`. */
  readonly onReconnect?: ((reconnected: boolean) => void | Promise<void>) | undefined
  /** Input that will not arrive, or may not have. */
  readonly onInputLost?: ((lost: LostInput) => void) | undefined
  /** Time for the confirmation. In milliseconds. @defaultValue 10000 */
  readonly metadataTimeoutMs?: number | undefined
  /** Between pings, in milliseconds; two intervals without a pong end the connection. 0: none. @defaultValue 30000 */
  readonly keepaliveIntervalMs?: number | undefined
  /** Input that may be unacknowledged before `send()` waits, in bytes. @defaultValue 65536 */
  readonly inputBufferBytes?: number | undefined
  /**
   * `read`: somebody iterates the session; unread output holds the program back. `discard`: nobody does, and what
   * comes is dropped. @defaultValue 'read'
   */
  readonly output?: 'read' | 'discard' | undefined
  /** How long `close()` tries to kill a shell that cannot be reached. In milliseconds. @defaultValue 15000 */
  readonly closeTimeoutMs?: number | undefined
  /** Hints that the network may have changed (`browserWakeSignals()`). */
  readonly signals?: WakeSignals | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/** Every default number of a session. Milliseconds and bytes. */
export const SHELL_SESSION_DEFAULTS: {
  readonly maxRetries: number
  readonly baseDelay: number
  readonly maxDelay: number
  readonly outerLoopDelay: number
  readonly metadataTimeoutMs: number
  readonly keepaliveIntervalMs: number
  readonly inputBufferBytes: number
  readonly closeTimeoutMs: number
} = {
  maxRetries: 5,
  baseDelay: 1_000,
  maxDelay: 15_000,
  outerLoopDelay: 30_000,
  metadataTimeoutMs: 10_000,
  keepaliveIntervalMs: 30_000,
  inputBufferBytes: 65_536,
  closeTimeoutMs: 15_000,
}

/** A quarter more or less, so that clients that were lost together do not come back together. */
const JITTER = 0.25

/** Options with every default filled in. */
export interface ResolvedShellOptions {
  readonly shellId: string
  readonly sessionId: string
  readonly checkpoint: ShellCheckpoint | undefined
  readonly connectAttempts: number
  readonly reconnectWindowMs: number
  readonly metadataTimeoutMs: number
  readonly keepaliveIntervalMs: number
  readonly inputBufferBytes: number
  readonly closeTimeoutMs: number
  readonly clock: Clock
  readonly random: Random
}

/** @throws `shell/invalid_option` naming the option and what is allowed. */
export function resolveShellOptions(options: ShellSessionOptions): ResolvedShellOptions {
  const random = options.random ?? systemRandom
  const checkpoint = options.checkpoint === undefined ? undefined : parseCheckpoint(options.checkpoint)
  const shellId = checkpoint?.shellId ?? options.shellId ?? `sh-${randomId(random)}`
  if (!isShellId(shellId)) throw invalid('shellId', '1 to 128 of A-Z a-z 0-9 _ -, first a letter or digit')
  if (typeof options.connect !== 'function') throw invalid('connect', 'a function, such as shellEndpoint({ url })')
  const defaults = SHELL_SESSION_DEFAULTS
  const { maxRetries = defaults.maxRetries, connectAttempts = maxRetries } = options.reconnect ?? {}
  return {
    shellId,
    sessionId: checkpoint?.sessionId ?? (options.sessionId === null ? '' : (options.sessionId ?? crypto.randomUUID())),
    checkpoint,
    connectAttempts:
      options.reconnect === undefined
        ? Number.POSITIVE_INFINITY
        : atLeast('reconnect.connectAttempts', connectAttempts, 1),
    reconnectWindowMs: windowOf(options.reconnect),
    metadataTimeoutMs: atLeast('metadataTimeoutMs', options.metadataTimeoutMs ?? defaults.metadataTimeoutMs, 1),
    keepaliveIntervalMs: atLeast('keepaliveIntervalMs', options.keepaliveIntervalMs ?? defaults.keepaliveIntervalMs, 0),
    inputBufferBytes: atLeast('inputBufferBytes', options.inputBufferBytes ?? defaults.inputBufferBytes, 1_024),
    closeTimeoutMs: atLeast('closeTimeoutMs', options.closeTimeoutMs ?? defaults.closeTimeoutMs, 0),
    clock: options.clock ?? systemClock,
    random,
  }
}

/** What the engine is told of retries. `hurry`: the user waits for `close()`. */
export function retryOf({ reconnect, retry }: ShellSessionOptions, hurry: () => boolean): RetryChoice {
  return reconnect === undefined ? { ...retry } : { ...reconnectSchedule(reconnect, hurry), ...retry }
}

/**
 * The rounds of shell §4 as a schedule of the engine: at once, then base, 2·base … up to the cap; between rounds a
 * longer pause. `hurry`: the user waits for `close()`, so there are no pauses between rounds.
 */
export function reconnectSchedule(options: ReconnectOptions = {}, hurry: () => boolean = () => false): RetryChoice {
  const defaults = SHELL_SESSION_DEFAULTS
  const rounds = atLeast('reconnect.maxRetries', options.maxRetries ?? defaults.maxRetries, 1)
  const base = atLeast('reconnect.baseDelay', options.baseDelay ?? defaults.baseDelay, 0)
  const cap = atLeast('reconnect.maxDelay', options.maxDelay ?? defaults.maxDelay, 0)
  const pause = atLeast('reconnect.outerLoopDelay', options.outerLoopDelay ?? defaults.outerLoopDelay, 0)
  const delay = (n: number): number => {
    const inRound = (n - 1) % rounds
    if (inRound > 0) return Math.min(cap, base * 2 ** (inRound - 1))
    if (n === 1) return 0
    return hurry() ? base : pause
  }
  return {
    preset: 'fleet',
    schedule: (n) => delay(n) * (1 + JITTER),
    // The engine draws from the upper part of the window: from ¾ to 5⁄4 of the delay.
    jitter: (2 * JITTER) / (1 + JITTER),
    floorMs: 0,
    capMs: Math.max(cap, pause) * (1 + JITTER),
    giveUpAfterMs: windowOf(options),
    onExhausted: 'close',
    limits: options.limits,
    flapLimits: options.flapLimits,
  }
}

/** How long an outage may last; by default, and with null, for ever. In milliseconds. */
function windowOf({ reconnectWindow: window = null }: ReconnectOptions = {}): number {
  return window === null ? Number.POSITIVE_INFINITY : atLeast('reconnect.reconnectWindow', window, 0)
}

function atLeast(name: string, value: number, minimum: number): number {
  if (typeof value === 'number' && value >= minimum) return value
  throw invalid(name, `a number of at least ${minimum}`)
}

function invalid(name: string, expected: string): ShellSessionError {
  return new ShellSessionError('shell/invalid_option', `Option ${name}: expected ${expected}.`, {
    details: { option: name },
  })
}
