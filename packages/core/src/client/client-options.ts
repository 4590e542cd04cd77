import type {
  Clock,
  HeartbeatOptions,
  Logger,
  Maybe,
  Random,
  Transport,
  WakeSignals,
  WebSocketFrame,
} from '@holdfast/contract'
import type { ConnectionOptions, Deadlines, RetryChoice } from '../connection/options.ts'
import type { AttemptContext } from '../support/attempt-context.ts'

/** A value, or a function that is called again for every attempt. */
export type Fresh<T = string> = T | ((context: AttemptContext) => T | Promise<T>)

/** How a dead link is detected. */
export interface LivenessOptions {
  /** How often a probe is sent, or after how long a silence. In milliseconds. `Infinity`: none is sent. */
  readonly intervalMs?: number | undefined
  /** A link without an answer for this long is dead. In milliseconds. */
  readonly timeoutMs?: number | undefined
}

/** Bounds of messages that wait to be sent or confirmed. */
export interface QueueOptions {
  /** Number of messages. @defaultValue no limit beside `maxBytes` */
  readonly maxCount?: number | undefined
  /** Size of all of them in bytes, counting 256 more for each. */
  readonly maxBytes?: number | undefined
}

/** The options that all clients share. Each client documents its own defaults of `liveness` and `queue`. */
export interface ClientOptions<WireIn = WebSocketFrame, WireOut = WebSocketFrame> {
  /** `nodeWebSocket()`, `browserWebSocket()`, or any other. */
  readonly transport: Transport<WireIn, WireOut>
  /** Base URL of the server. A function is called again for every attempt. */
  readonly url?: Fresh | undefined
  /** The bearer token. A function is called again for every attempt; throw `CredentialsRefused` to end it. */
  readonly token?: Fresh | undefined
  /** How an outage is retried: a preset, or options that override a preset. @defaultValue the preset `eager`, for ever */
  readonly retry?: RetryChoice | undefined
  /** Time limits of one attempt: lookup of URL and token, opening, handshake. @defaultValue those of a connection */
  readonly deadlines?: Maybe<Deadlines> | undefined
  /** After this time open, attempts count from 1 again. In milliseconds. @defaultValue 2000; with the preset `fleet` 10000 */
  readonly stableAfterMs?: number | undefined
  readonly liveness?: LivenessOptions | undefined
  readonly queue?: QueueOptions | undefined
  /**
   * Messages whose async listeners may run at once: with 1 each waits for the one before it. `Infinity`: they are not
   * awaited. @defaultValue 1
   */
  readonly concurrency?: number | undefined
  /** Hints that the network may have changed (`browserWakeSignals()`). */
  readonly signals?: WakeSignals | undefined
  /** Aborting it closes the client. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

type EngineOptions<WireIn, WireOut> = Pick<
  ConnectionOptions<never, never, WireIn, WireOut, undefined>,
  | 'transport'
  | 'retry'
  | 'deadlines'
  | 'stableAfterMs'
  | 'concurrency'
  | 'signals'
  | 'signal'
  | 'clock'
  | 'random'
  | 'logger'
> & { readonly outbox: QueueOptions | undefined }

/** Those of them that go to the engine as they are. */
export function engineOptions<WireIn, WireOut>(
  options: ClientOptions<WireIn, WireOut>,
): EngineOptions<WireIn, WireOut> {
  const { transport, retry, deadlines, stableAfterMs, concurrency, signals, signal, clock, random, logger } = options
  const outbox = options.queue
  return { transport, retry, deadlines, stableAfterMs, concurrency, signals, signal, clock, random, logger, outbox }
}

/** `liveness` as a rule takes it: `messagePing(spelling, pingOptions(options))`. */
export function pingOptions({ liveness }: Pick<ClientOptions, 'liveness'>): HeartbeatOptions {
  return { probeAfterMs: liveness?.intervalMs, timeoutMs: liveness?.timeoutMs }
}

/** The value of one attempt: in a handshake `await freshOf(options.token, link)`. */
export async function freshOf<T extends string | undefined>(value: Fresh<T>, context: AttemptContext): Promise<T> {
  return typeof value === 'function' ? await value(context) : value
}

/** A text that is not empty, or a function that returns one. */
export function isGiven(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'string' && value !== '')
}
