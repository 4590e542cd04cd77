import type { Clock } from '@holdfast/contract'
import { systemClock } from '@holdfast/contract'
import { errorOf } from './errors.ts'
import type { Fetch } from './fetch-types.ts'

/** What {@link eventStream} may be told. */
export interface EventStreamOptions {
  /** @defaultValue the runtime's `fetch`, looked up at each dial */
  readonly fetch?: Fetch | undefined
  /** Further members of the request, such as `credentials`, `redirect`, or Node's `dispatcher`. @defaultValue `{ cache: 'no-store' }` */
  readonly init?: Readonly<Record<string, unknown>> | undefined
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
  readonly stallTimeoutMs: number | null
  readonly maxEventChars: number
  readonly clock: Clock
}

/** @throws `channel/invalid_option` */
export function resolveOptions({
  fetch,
  init,
  stallTimeoutMs = EVENT_STREAM_DEFAULTS.stallTimeoutMs,
  maxEventChars = EVENT_STREAM_DEFAULTS.maxEventChars,
  clock = systemClock,
}: EventStreamOptions): ResolvedOptions {
  if (!(maxEventChars > 0) || !(stallTimeoutMs === null || stallTimeoutMs > 0)) {
    throw errorOf('channel/invalid_option', 'stallTimeoutMs and maxEventChars must be above zero')
  }
  return { fetch, init, clock, stallTimeoutMs, maxEventChars }
}
