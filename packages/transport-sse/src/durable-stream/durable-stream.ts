import {
  type Clock,
  doubtAfterSleep,
  type EventStreamChannel,
  type SseEvent,
  systemClock,
  type Target,
  type Transport,
  throwIfAborted,
} from '@holdfast/contract'
import { EVENT_STREAM_TRAITS } from '../channel.ts'
import { errorOf } from '../errors.ts'
import type { Fetch } from '../fetch-types.ts'
import { assertUrl } from '../open-error.ts'
import { EVENT_STREAM_DEFAULTS } from '../options.ts'
import { askForPage, pageHeaders } from './stream-pages.ts'
import { streamChannel } from './stream-reader.ts'
import { offsetOf, stateUrl, streamUrlOf } from './stream-url.ts'

declare const fetch: Fetch

/** Options of {@link durableStream}. */
export interface DurableStreamOptions {
  /**
   * The stream to read, such as a link for reading; no credential is sent to another origin than the target's.
   * @defaultValue the session's own, beside the hub's event stream
   */
  readonly stream?: string | undefined
  /** @defaultValue the runtime's `fetch`, looked up at each dial */
  readonly fetch?: Fetch | undefined
  /** Further members of each request, such as `credentials`. @defaultValue `{ cache: 'no-store' }` */
  readonly init?: Readonly<Record<string, unknown>> | undefined
  /**
   * An answer that takes longer, in milliseconds, does not come any more. Above the time that the server lets readers wait
   * (20 s). Null: never. @defaultValue {@link EVENT_STREAM_DEFAULTS}`.stallTimeoutMs`
   */
  readonly stallTimeoutMs?: number | null | undefined
  /** The largest page. @defaultValue {@link EVENT_STREAM_DEFAULTS}`.maxEventChars`, in bytes */
  readonly maxPageBytes?: number | undefined
  /** @defaultValue the system's time */
  readonly clock?: Clock | undefined
}

const USUALLY = 'the gateway serves no streams, or a link that has ended'

/**
 * A session's stream over plain requests, receive only: its state, then page by page, then one request that waits for each
 * next page. Every answer ends, so it passes what keeps event streams back, and caches may give one answer to many. It delivers
 * what an event stream of the hub does, but no presence: that is in no log.
 *
 * To resume, give the position as `Last-Event-ID` in `target.headers`, as an observer does.
 * @throws `channel/invalid_option`
 */
export function durableStream(options: DurableStreamOptions = {}): Transport<SseEvent, never> {
  const { stallTimeoutMs = EVENT_STREAM_DEFAULTS.stallTimeoutMs, maxPageBytes = EVENT_STREAM_DEFAULTS.maxEventChars } =
    options
  if (!(maxPageBytes > 0) || !(stallTimeoutMs === null || stallTimeoutMs > 0)) {
    throw errorOf('channel/invalid_option', 'stallTimeoutMs and maxPageBytes must be above zero')
  }
  return {
    name: 'durable-stream',
    traits: EVENT_STREAM_TRAITS,
    liveness: doubtAfterSleep(),
    usually: USUALLY,
    open: (target, { signal }) => open(target, signal, { ...options, stallTimeoutMs, maxPageBytes }),
  }
}

interface ResolvedOptions extends DurableStreamOptions {
  readonly stallTimeoutMs: number | null
  readonly maxPageBytes: number
}

async function open(target: Target, signal: AbortSignal, options: ResolvedOptions): Promise<EventStreamChannel> {
  throwIfAborted(signal)
  assertUrl(target.url)
  if (options.stream !== undefined) assertUrl(options.stream)
  const { stream, isOtherOrigin } = streamUrlOf(target.url, options.stream)
  const { clock = systemClock, init, maxPageBytes, stallTimeoutMs } = options
  const headers = pageHeaders(isOtherOrigin ? undefined : target.headers)
  const request = { fetch: options.fetch ?? fetch, init, headers, clock, maxPageBytes }
  const after = Object.entries(target.headers ?? {}).find(([name]) => name.toLowerCase() === 'last-event-id')?.[1]
  try {
    const state = await askForPage(stateUrl(stream, after === undefined ? undefined : offsetOf(after)), signal, request)
    throwIfAborted(signal)
    const opening = { protocol: '', headers: state.headers }
    return streamChannel({ ...request, stream, state, opening, stallTimeoutMs })
  } catch (error) {
    throwIfAborted(signal)
    throw error
  }
}
