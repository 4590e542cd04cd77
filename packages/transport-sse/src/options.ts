import type { Clock, ExchangeRule } from '@holdfast/contract'
import { oneAnswer, systemClock } from '@holdfast/contract'
import { errorOf } from './errors.ts'
import type { Fetch } from './fetch-types.ts'

/** Options of {@link eventStream}. */
export interface EventStreamOptions {
  /** @defaultValue the runtime's `fetch`, looked up at each dial */
  readonly fetch?: Fetch | undefined
  /**
   * Further members of the request, such as `method` and `body`, `credentials`, `redirect`, or Node's `dispatcher`.
   * @defaultValue `{ cache: 'no-store', redirect: 'manual' }`, and `redirect: 'follow'` where the target has no headers
   * that another server must not see
   */
  readonly init?: Readonly<Record<string, unknown>> | undefined
  /**
   * The request of another method than GET and HEAD may be made again after it was cut: it has no effect, or always the
   * same one. @defaultValue false
   */
  readonly repeat?: boolean | undefined
  /**
   * In Node.js: the HTTP proxy to go through, such as `http://user:password@proxy:3128`; `false` for none. Not used with
   * `fetch` or `init.dispatcher`; other runtimes look after proxies themselves.
   * @defaultValue what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say at each dial
   */
  readonly proxy?: string | false | undefined
  /**
   * Silence, in milliseconds, after which the stream counts as dead. Any byte counts, comments too. Time while paused
   * does not count. Null: never. @defaultValue {@link EVENT_STREAM_DEFAULTS}`.stallTimeoutMs`
   */
  readonly stallTimeoutMs?: number | null | undefined
  /** The longest event, and the longest line, in UTF-16 code units. @defaultValue {@link EVENT_STREAM_DEFAULTS}`.maxEventChars` */
  readonly maxEventChars?: number | undefined
  /** @defaultValue the system's time */
  readonly clock?: Clock | undefined
}

/** What {@link eventStream} takes where nothing is said. */
export const EVENT_STREAM_DEFAULTS: { readonly stallTimeoutMs: number; readonly maxEventChars: number } = {
  /** Three times the 15 s at which servers usually send keep-alive comments (HTML Living Standard §9.2.7). */
  stallTimeoutMs: 45_000,
  /** As much as transport-node takes in one message: a long session's state comes in one event. */
  maxEventChars: 16_777_216,
}

/** {@link EventStreamOptions} with every default filled in. */
export interface ResolvedOptions {
  readonly fetch: Fetch | undefined
  readonly init: Readonly<Record<string, unknown>> | undefined
  readonly exchange: ExchangeRule | undefined
  readonly stallTimeoutMs: number | null
  readonly maxEventChars: number
  readonly clock: Clock
}

/** @throws `channel/invalid_option` */
export function resolveOptions({
  fetch,
  init,
  repeat = false,
  stallTimeoutMs = EVENT_STREAM_DEFAULTS.stallTimeoutMs,
  maxEventChars = EVENT_STREAM_DEFAULTS.maxEventChars,
  clock = systemClock,
}: EventStreamOptions): ResolvedOptions {
  if (!(maxEventChars > 0) || !(stallTimeoutMs === null || stallTimeoutMs > 0)) {
    throw errorOf('channel/invalid_option', 'stallTimeoutMs and maxEventChars must be above zero')
  }
  const isAnswer = !/^(get|head)$/i.test(String(init?.['method'] ?? 'GET'))
  const exchange = isAnswer ? oneAnswer(repeat) : undefined
  return { fetch, init, exchange, clock, stallTimeoutMs, maxEventChars }
}
