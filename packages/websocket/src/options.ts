import {
  type ClientProtocol,
  type Clock,
  type ConnectionOptions,
  type HandshakeResult,
  HoldfastError,
  type Logger,
  type RetryChoice,
  type Transport,
  type WakeSignals,
  type WebSocketFrame,
} from '@holdfast/core'
import type { Random } from '@holdfast/core/contract'
import { messageOf, SENTENCES } from '@holdfast/core/words'
import type { WebSocketConstructor } from '@holdfast/transport-browser'
import type { SocketCloseEvent } from './events.ts'
import type { HeadersProvider } from './socket-target.ts'

/** Options of both sockets. */
export interface SocketOptions {
  /** How long a dial may take, in milliseconds. @defaultValue {@link WEBSOCKET_DEFAULTS}`.connectionTimeout` */
  readonly connectionTimeout?: number | undefined
  /** A WebSocket class to dial with (`ws`, one of a test). @defaultValue the runtime's; in Node.js `nodeWebSocket()` */
  readonly WebSocket?: WebSocketConstructor | undefined
  /** What dials, in place of the runtime's default: `nodeWebSocket({ proxy, tls })`, a fallback, one of your own. */
  readonly transport?: Transport | undefined
  /** Headers of the upgrade, or a function that is asked before every dial. Not in browsers. @defaultValue none */
  readonly headers?: HeadersProvider | undefined
  /** The bytes that may wait here while it is not open, or are unconfirmed; each message counts 256 more. @defaultValue {@link WEBSOCKET_DEFAULTS}`.maxQueuedBytes` */
  readonly maxQueuedBytes?: number | undefined
  /** Hints of the runtime that the network may have changed. @defaultValue those of the page; none in Node.js */
  readonly signals?: WakeSignals | undefined
  readonly clock?: Clock | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/** Options of a `ReconnectingWebSocket`: what partysocket and reconnecting-websocket take, and more. Times in milliseconds. */
export interface ReconnectingWebSocketOptions extends SocketOptions {
  /** The pause before the first retry. @defaultValue the engine's schedule, back within 0.25 s */
  readonly minReconnectionDelay?: number | undefined
  /** The longest pause. @defaultValue the engine's schedule */
  readonly maxReconnectionDelay?: number | undefined
  /** Each pause is so many times the one before. @defaultValue {@link WEBSOCKET_DEFAULTS}`.reconnectionDelayGrowFactor` where one of the two above is given */
  readonly reconnectionDelayGrowFactor?: number | undefined
  /** Open this long, and retries count from 1 again. @defaultValue {@link WEBSOCKET_DEFAULTS}`.minUptime` */
  readonly minUptime?: number | undefined
  /** Retries of one outage before it closes for good. @defaultValue Infinity */
  readonly maxRetries?: number | undefined
  /** Messages that may wait while it is not open. @defaultValue none: bytes decide */
  readonly maxEnqueuedMessages?: number | undefined
  /** Dials only when `reconnect()` is called. @defaultValue false */
  readonly startClosed?: boolean | undefined
  /** Asked at each end of a link or a dial: false closes it for good. @defaultValue always true */
  readonly shouldReconnectOnClose?: ((event: SocketCloseEvent) => boolean) | undefined
  /**
   * To the program it is one link: `open` comes once, `readyState` stays `OPEN` over drops, and `error` and `close` come when it
   * is over for good. For libraries that take the first `close` as the end, and greet never. @defaultValue false
   */
  readonly seamless?: boolean | undefined
  /** With `debugLogger`: logs what happens. @defaultValue false */
  readonly debug?: boolean | undefined
  readonly debugLogger?: ((...words: unknown[]) => void) | undefined
  /**
   * What becomes of messages that were written and not confirmed when a link is lost. `once`: `undelivered` says that they
   * are in doubt. `retry`: they are written again, and a peer that had them has them twice. @defaultValue 'once'
   */
  readonly delivery?: 'once' | 'retry' | undefined
  /** How an outage is retried, where the options above do not say it. */
  readonly retry?: RetryChoice | undefined
  /**
   * What both ends speak beside the messages: a handshake, acknowledgements, a resume. With one that resumes nothing is lost
   * or doubled (docs/writing-a-client.md). @defaultValue nothing: every frame is a message
   */
  readonly wire?: SocketWire | undefined
  readonly random?: Random | undefined
}

/**
 * A protocol whose messages are frames: those of the program, and around them what it adds and takes off. All members are optional:
 * `handshake` alone is a login or a subscription that comes before everything else on each link, and without a `codec` frames stay as
 * they are.
 */
export type SocketWire = Partial<ClientProtocol<WebSocketFrame, WebSocketFrame>>

/** Every default number of this package. Milliseconds and bytes. */
export const WEBSOCKET_DEFAULTS: {
  readonly connectionTimeout: number
  readonly reconnectionDelayGrowFactor: number
  readonly minReconnectionDelay: number
  readonly minUptime: number
  readonly maxQueuedBytes: number
} = {
  connectionTimeout: 10_000,
  /** As in partysocket. */
  reconnectionDelayGrowFactor: 1.3,
  minReconnectionDelay: 250,
  minUptime: 5_000,
  /** 64 MiB: one file that a program sends at once fits, which a plain WebSocket would take too. */
  maxQueuedBytes: 67_108_864,
}

/** The least that each number may be. A pause that shrinks would end as none. */
const LEAST = {
  connectionTimeout: 0,
  maxQueuedBytes: 1,
  minReconnectionDelay: 0,
  maxReconnectionDelay: 0,
  reconnectionDelayGrowFactor: 1,
  minUptime: 0,
  maxRetries: 0,
  maxEnqueuedMessages: 0,
} as const

/** @throws `connection/invalid_option` naming the option, what was given and what is allowed */
export function assertOptions(options: SocketOptions): void {
  const given: Readonly<Record<string, unknown>> = { ...options }
  for (const [option, least] of Object.entries(LEAST)) {
    const value = given[option]
    if (value === undefined || (typeof value === 'number' && value >= least)) continue
    const what = SENTENCES
      ? `Option ${option}: expected a number of at least ${least}, got ${String(value)}`
      : messageOf('connection/invalid_option', option)
    throw new HoldfastError('connection/invalid_option', what, { details: { option } })
  }
}

/** What a runtime has to dial with. */
export interface RuntimeDefaults {
  transport(WebSocket: WebSocketConstructor | undefined, clock: Clock | undefined): Transport
  signals?(): WakeSignals
}

/** What dials: what was given, or the runtime's. */
export function transportOf({ transport, WebSocket, clock }: SocketOptions, runtime: RuntimeDefaults): Transport {
  return transport ?? runtime.transport(WebSocket, clock)
}

type EngineOptions = Pick<
  ConnectionOptions<WebSocketFrame, WebSocketFrame, WebSocketFrame, WebSocketFrame, HandshakeResult | undefined>,
  'retry' | 'deadlines' | 'outbox' | 'stableAfterMs' | 'signals' | 'clock' | 'random' | 'logger'
>

/** The same for the engine. */
export function engineOptionsOf(options: ReconnectingWebSocketOptions, runtime: RuntimeDefaults): EngineOptions {
  const { connectionTimeout, minUptime, maxQueuedBytes } = WEBSOCKET_DEFAULTS
  return {
    retry: retryOf(options),
    deadlines: { dialMs: options.connectionTimeout ?? connectionTimeout },
    outbox: { maxBytes: options.maxQueuedBytes ?? maxQueuedBytes },
    stableAfterMs: options.minUptime ?? minUptime,
    signals: options.signals ?? runtime.signals?.(),
    clock: options.clock,
    random: options.random,
    logger: options.logger ?? debugLoggerOf(options),
  }
}

/** A schedule of the app's own has no chance in it, as in the packages that these names are from. */
function retryOf(options: ReconnectingWebSocketOptions): RetryChoice {
  const { minReconnectionDelay, maxReconnectionDelay, reconnectionDelayGrowFactor, maxRetries, retry } = options
  const own = { maxAttempts: maxRetries ?? Number.POSITIVE_INFINITY, onExhausted: 'close', ...retry } as const
  if (minReconnectionDelay === undefined && maxReconnectionDelay === undefined) return own
  const first = minReconnectionDelay ?? WEBSOCKET_DEFAULTS.minReconnectionDelay
  const growth = reconnectionDelayGrowFactor ?? WEBSOCKET_DEFAULTS.reconnectionDelayGrowFactor
  const capMs = maxReconnectionDelay ?? Math.max(first, 10_000)
  return { schedule: (n) => Math.min(first * growth ** (n - 1), capMs), capMs, jitter: 0, firstMs: 0, ...own }
}

function debugLoggerOf({ debug, debugLogger }: ReconnectingWebSocketOptions): Logger | undefined {
  if (debug !== true || debugLogger === undefined) return undefined
  const log = (message: string, fields?: unknown): void => debugLogger(message, fields)
  return { debug: log, info: log, warn: log, error: log }
}
