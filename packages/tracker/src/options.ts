import type { AttemptContext, ConnectionOptions, WebSocketFrame } from '@holdfast/core'
import {
  type ClientEvents,
  type ClientOptions,
  engineOptions,
  type Fresh,
  freshOf,
  isGiven,
  type ListenersOf,
} from '@holdfast/core/client'
import { type TrackerClientMessage, type TrackerServerMessage, trackerWebSocketUrl } from '@holdfast/protocol/tracker'
import { TrackerError } from './errors.ts'
import type { FailurePolicy, TrackerEvent, TrackerEventHandler } from './event-intake.ts'
import type { TrackerReady } from './handshake.ts'

type Engine = ConnectionOptions<
  TrackerServerMessage,
  TrackerClientMessage,
  WebSocketFrame,
  WebSocketFrame,
  TrackerReady
>

/** The events of `agent.on(name, …)`. A `message` is an event of the tracker; its listeners handle it, as `handle()` does. */
export type TrackerEvents = ClientEvents<TrackerEvent, TrackerError>

/** Options of a {@link TrackerAgent}. `transport`, `url` and `token` are needed; all else has a default. */
export interface TrackerAgentOptions extends ClientOptions, ListenersOf<TrackerEvents> {
  /** The tracker's base: `https://…` becomes `wss://…/ws`; a `ws(s)://` URL is used as it is. */
  readonly url: Fresh
  /** The agent's token. A function is called again for every attempt; throw `CredentialsRefused` to end it. */
  readonly token: Fresh
  /** How an outage is retried. @defaultValue the preset `fleet`, with tracker §2's numbers, for ever */
  readonly retry?: ClientOptions['retry']
  /**
   * A heartbeat is sent every `intervalMs`; the link is dead when its ack does not arrive within `timeoutMs`.
   * @defaultValue {@link TRACKER_DEFAULTS}
   */
  readonly liveness?: ClientOptions['liveness']
  /** How long `connect()` waits, where the call sets no limit. In milliseconds. @defaultValue no limit: it keeps trying */
  readonly connectTimeoutMs?: number | undefined
  /** Handles events, as `handle()` does. */
  readonly onEvent?: TrackerEventHandler | undefined
  /** What happens when a handler throws. */
  readonly failure?: Partial<FailurePolicy> | undefined
  /** Events handled at once; 1 keeps their order. @defaultValue {@link TRACKER_DEFAULTS}`.concurrency` */
  readonly concurrency?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.maxPendingEvents` */
  readonly maxPendingEvents?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.maxRememberedIds` */
  readonly maxRememberedIds?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.maxStreamEvents` */
  readonly maxStreamEvents?: number | undefined
  /** @defaultValue {@link TRACKER_DEFAULTS}`.streamGatherMs` */
  readonly streamGatherMs?: number | undefined
  /**
   * What happens to a chat message that was written when the link was lost: `resend` it under the same id, which a
   * tracker that supports ids shows once, or `report` it as in doubt. @defaultValue 'resend'
   */
  readonly whenInDoubt?: 'resend' | 'report' | undefined
}

/** Every default number. Milliseconds, bytes and counts. */
export const TRACKER_DEFAULTS = {
  livenessIntervalMs: 30_000,
  /** A heartbeat without its ack for this long: the socket is dead. In milliseconds. */
  livenessTimeoutMs: 10_000,
  /** Retry: 1 s doubling to 30 s (tracker §2); each wait is drawn from the upper half of its window. */
  retryBaseMs: 1_000,
  retryCapMs: 30_000,
  retryJitter: 0.5,
  failure: { retries: 2, delayMs: 1_000, last: 'nack' },
  /** Events handled at once; 1 keeps their order. */
  concurrency: 1,
  /** Events that wait for the handler; at this many the socket is not read. Where it cannot be paused, more are dropped. */
  maxPendingEvents: 1_000,
  /** Their size in bytes, 256 more for each: 8 MiB. */
  maxPendingBytes: 8_388_608,
  /** Ids of processed events remembered (tracker §2). */
  maxRememberedIds: 10_000,
  /** Stream events that wait; the oldest are dropped for newer ones. */
  maxStreamEvents: 1_000,
  maxStreamBytes: 1_048_576,
  /** How long stream events are collected, so that deltas are joined. In milliseconds. */
  streamGatherMs: 50,
} as const

/** Options of the engine. */
export function trackerEngine(options: TrackerAgentOptions): Omit<Engine, 'target'> {
  const { token, retry } = options
  const { retryBaseMs, retryCapMs, retryJitter } = TRACKER_DEFAULTS
  const baseMs = retry?.baseMs ?? retryBaseMs
  return {
    ...engineOptions({ ...options, concurrency: undefined }),
    credentials: async (context) => ({ firstFrame: { type: 'auth', token: await freshOf(token, context) } }),
    retry: {
      preset: 'fleet',
      baseMs,
      firstMs: baseMs,
      floorMs: Math.min(100, baseMs),
      capMs: retryCapMs,
      jitter: retryJitter,
      ...retry,
    },
  }
}

/** Checks the options. @throws `tracker/invalid_option` with what is missing */
export function assertOptions({ url, token, liveness }: TrackerAgentOptions): void {
  if (!isGiven(token)) throw invalid('token', 'a token, or a function that returns one')
  if (!isGiven(url)) throw invalid('url', 'the base of the tracker, or a function that returns it')
  const { intervalMs } = liveness ?? {}
  if (intervalMs !== undefined && !(intervalMs > 0)) throw invalid('liveness.intervalMs', 'a number above 0')
}

/** Where one attempt dials. */
export async function targetOf({ url }: TrackerAgentOptions, context: AttemptContext): Promise<string> {
  return trackerWebSocketUrl({ trackerUrl: await freshOf(url, context) }) ?? ''
}

function invalid(option: string, expected: string): TrackerError {
  return new TrackerError('tracker/invalid_option', `Option ${option}: expected ${expected}`, { option })
}
