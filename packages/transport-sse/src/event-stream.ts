import type { EventStreamChannel, SseEvent, Target, Transport } from '@holdfast/contract'
import { EVENT_STREAM_TRAITS, SseChannel } from './channel.ts'
import type { Fetch, FetchResponse, HeadersConstructor } from './fetch-types.ts'
import { isEventStream, refused, unreachable } from './open-error.ts'
import { type EventStreamOptions, type ResolvedOptions, resolveOptions } from './options.ts'

declare const fetch: Fetch
declare const Headers: HeadersConstructor

/**
 * Server-sent events over `fetch` (HTML Living Standard §9.2), receive only. `target.headers` are sent; to resume, give
 * the last event's `id` as `Last-Event-ID` there.
 *
 * Anything but 200 with `text/event-stream` rejects with `channel/open_failed` and the status. A body that ends is
 * `closed` with `clean: true`, one that breaks or falls silent with `clean: false` and a typed cause. The end is an
 * `EventStreamEnd`: it carries the stream's `retry:`.
 * @throws `channel/invalid_option`
 */
export function eventStream(options: EventStreamOptions = {}): Transport<SseEvent, never> {
  const resolved = resolveOptions(options)
  return {
    name: 'event-stream',
    traits: EVENT_STREAM_TRAITS,
    open: (target, { signal }) => open(target, signal, resolved),
  }
}

async function open(target: Target, signal: AbortSignal, options: ResolvedOptions): Promise<EventStreamChannel> {
  signal.throwIfAborted()
  const aborting = new AbortController()
  const abort = (): void => aborting.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const { fetch: send = fetch } = options
  const sent = { accept: 'text/event-stream', ...target.headers }
  let response: FetchResponse | undefined
  try {
    // A cache must never answer for the server.
    const init = Object.assign({ cache: 'no-store' }, options.init, { headers: sent, signal: aborting.signal })
    response = await send(target.url, init).catch((error) => {
      throw unreachable(error)
    })
    signal.throwIfAborted()
    const { status, body } = response
    const headers = Object.fromEntries(response.headers)
    if (body === null || !isEventStream(status, headers)) throw refused(status, headers, options.clock)
    return new SseChannel({
      ...options,
      reader: body.getReader(),
      opening: { protocol: '', headers },
      lastId: new Headers(sent).get('last-event-id') ?? '',
    })
  } catch (error) {
    response?.body?.cancel().catch(() => {})
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
