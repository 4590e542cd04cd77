import { type Clock, systemClock } from '@holdfast/contract'
import { CHANNEL_DEFAULTS, type ChannelBounds } from '@holdfast/contract/channel'
import { errorOf } from '../errors.ts'
import type { Fetch } from '../fetch-types.ts'
import { EVENT_STREAM_DEFAULTS } from '../options.ts'

/** Options of {@link eventStreamAndPosts} and {@link longPoll}. */
export interface OverHttpOptions {
  /** @defaultValue the runtime's `fetch`, looked up at each request */
  readonly fetch?: Fetch | undefined
  /**
   * In Node.js: the HTTP proxy to go through, such as `http://user:password@proxy:3128`; `false` for none. Not used with `fetch`.
   * @defaultValue what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say at each request
   */
  readonly proxy?: string | false | undefined
  /** Silence, in milliseconds, after which an answer does not come any more. Null: never. @defaultValue {@link EVENT_STREAM_DEFAULTS}`.stallTimeoutMs` */
  readonly stallTimeoutMs?: number | null | undefined
  /** The largest message, or answer to a request that waits, in characters. @defaultValue {@link EVENT_STREAM_DEFAULTS}`.maxEventChars` */
  readonly maxMessageChars?: number | undefined
  /** How long `close()` waits for the server's answer, in milliseconds. @defaultValue {@link CHANNEL_DEFAULTS}`.closeTimeoutMs` */
  readonly closeTimeoutMs?: number | undefined
  /** @defaultValue the system's time */
  readonly clock?: Clock | undefined
}

/** {@link OverHttpOptions} with every default filled in. */
export interface ResolvedOptions {
  readonly fetch: Fetch
  readonly stallTimeoutMs: number | null
  readonly maxMessageChars: number
  readonly bounds: ChannelBounds
}

declare const fetch: Fetch

/** @throws `channel/invalid_option` */
export function resolveOptions({
  stallTimeoutMs = EVENT_STREAM_DEFAULTS.stallTimeoutMs,
  maxMessageChars = EVENT_STREAM_DEFAULTS.maxEventChars,
  closeTimeoutMs = CHANNEL_DEFAULTS.closeTimeoutMs,
  clock = systemClock,
  fetch: given = (url, init) => fetch(url, init),
}: OverHttpOptions): ResolvedOptions {
  if (!(maxMessageChars > 0 && closeTimeoutMs > 0) || !(stallTimeoutMs === null || stallTimeoutMs > 0)) {
    throw errorOf('channel/invalid_option', 'stallTimeoutMs, maxMessageChars and closeTimeoutMs must be above zero')
  }
  return { fetch: given, stallTimeoutMs, maxMessageChars, bounds: { ...CHANNEL_DEFAULTS, closeTimeoutMs, clock } }
}
