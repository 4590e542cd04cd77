import type { AttemptContext, ConnectionOptions, RetryChoice, Transport, WebSocketFrame } from '@holdfast/core'
import type { DialLimit } from '@holdfast/core/retry'
import { type TrackerClientMessage, type TrackerServerMessage, trackerWebSocketUrl } from '@holdfast/protocol/tracker'
import { TrackerError } from './errors.ts'
import type { FailurePolicy, TrackerEventHandler } from './event-intake.ts'
import type { TrackerReady } from './handshake.ts'

type Engine = ConnectionOptions<
  TrackerServerMessage,
  TrackerClientMessage,
  WebSocketFrame,
  WebSocketFrame,
  TrackerReady
>

/** Options of a {@link TrackerAgent}. `transport`, `token` and one of the URLs are needed; all else has a default. */
export interface TrackerAgentOptions
  extends Pick<
    Engine,
    'deadlines' | 'signals' | 'signal' | 'clock' | 'random' | 'logger' | 'stableAfterMs' | 'onStatus'
  > {
  /** `nodeWebSocket()` or `browserWebSocket()`. */
  readonly transport: Transport
  /** The tracker's base: `https://…` becomes `wss://…/ws`; a `ws(s)://` URL is used as it is. */
  readonly trackerUrl?: string | undefined
  /** Used as it is, where given. */
  readonly wsUrl?: string | undefined
  /** A function is asked anew for every attempt; throw `CredentialsRefused` to end it. */
  readonly token: string | ((context: AttemptContext) => string | Promise<string>)
  /** @defaultValue {@link TRACKER_DEFAULTS}`.heartbeatIntervalSec` */
  readonly heartbeatIntervalSec?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.heartbeatTimeoutMs` */
  readonly heartbeatTimeoutMs?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.startTimeoutMs` */
  readonly startTimeoutMs?: number | undefined
  /** Handles events, as `handle()` does. */
  readonly onEvent?: TrackerEventHandler | undefined
  /** Something harmed one event, one message or one callback. The agent lives on. */
  readonly onError?: ((error: TrackerError) => unknown) | undefined
  /** What happens when a handler throws. */
  readonly failure?: Partial<FailurePolicy> | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.concurrency` */
  readonly concurrency?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.maxPendingEvents` */
  readonly maxPendingEvents?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.maxSeen` */
  readonly maxSeen?: number | undefined
  /** Chat messages that wait or are unconfirmed; more are refused with `delivery/overflow`. @defaultValue none: 8 MiB, each with 256 bytes more, is the bound */
  readonly maxQueueSize?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.maxStreamEvents` */
  readonly maxStreamEvents?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.streamGatherMs` */
  readonly streamGatherMs?: number | undefined
  /**
   * A chat message that was written when the link was lost: `resend` it under the same id, which a tracker that knows ids
   * shows once, or `report` it as in doubt. @defaultValue 'resend'
   */
  readonly whenInDoubt?: 'resend' | 'report' | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.retryBaseMs` */
  readonly retryBaseMs?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.retryCapMs` */
  readonly retryCapMs?: number | undefined
  /** How an outage is retried. @defaultValue the preset `fleet`, with tracker §2's numbers, for ever */
  readonly retry?: RetryChoice | undefined
  /** Dials of every cause, together. @defaultValue 12 a minute and 30 in five minutes */
  readonly limits?: readonly DialLimit[] | undefined
}

/** Every default number. Milliseconds and counts, but for the heartbeat's seconds. */
export const TRACKER_DEFAULTS = {
  heartbeatIntervalSec: 30,
  /** A heartbeat without its ack for so long: the socket is dead. */
  heartbeatTimeoutMs: 10_000,
  /** `start()` gives up after this long. */
  startTimeoutMs: 30_000,
  /** Retry: 1 s doubling to 30 s (tracker §2); each wait is drawn from the upper half of its window. */
  retryBaseMs: 1_000,
  retryCapMs: 30_000,
  retryJitter: 0.5,
  failure: { retries: 2, delayMs: 1_000, last: 'nack' },
  /** Events handled at once; 1 keeps their order. */
  concurrency: 1,
  /** Events that wait for the handler; at this many the socket is not read. Where it cannot be slowed, more are left out. */
  maxPendingEvents: 1_000,
  /** The same of their bytes, 256 more for each: 8 MiB. */
  maxPendingBytes: 8_388_608,
  /** Ids of processed events remembered (tracker §2). */
  maxSeen: 10_000,
  /** Stream events that wait; the oldest are dropped for newer ones. */
  maxStreamEvents: 1_000,
  maxStreamBytes: 1_048_576,
  /** Stream events are gathered for so long, so that deltas are joined. */
  streamGatherMs: 50,
} as const

/** What the engine is told. */
export function engineOptions(options: TrackerAgentOptions): Omit<Engine, 'transport' | 'target'> {
  const { deadlines, signals, signal, clock, random, logger, stableAfterMs, onStatus, token } = options
  const { retryBaseMs: baseMs = TRACKER_DEFAULTS.retryBaseMs } = options
  return {
    deadlines,
    signals,
    signal,
    clock,
    random,
    logger,
    stableAfterMs,
    onStatus,
    credentials: async (context) => ({
      firstFrame: { type: 'auth', token: typeof token === 'function' ? await token(context) : token },
    }),
    retry: {
      preset: 'fleet',
      baseMs,
      firstMs: baseMs,
      floorMs: Math.min(100, baseMs),
      capMs: options.retryCapMs ?? TRACKER_DEFAULTS.retryCapMs,
      jitter: TRACKER_DEFAULTS.retryJitter,
      limits: options.limits,
      ...options.retry,
    },
    outbox: { maxCount: options.maxQueueSize },
  }
}

/** @throws `tracker/invalid_option` naming what is missing. */
export function targetOf(options: TrackerAgentOptions): string {
  const { token } = options
  if (typeof token !== 'function' && (typeof token !== 'string' || token === '')) {
    throw invalid('token', 'a token, or a function that returns one')
  }
  const url = trackerWebSocketUrl(options)
  if (url === undefined) throw invalid('trackerUrl', 'the base of the tracker, or wsUrl')
  const seconds = options.heartbeatIntervalSec
  if (seconds !== undefined && !(seconds > 0)) throw invalid('heartbeatIntervalSec', 'a number above 0')
  return url
}

function invalid(option: string, expected: string): TrackerError {
  return new TrackerError('tracker/invalid_option', `Option ${option}: expected ${expected}`, { option })
}
