import { type EventStreamChannel, HoldfastError, type SseEvent, type Target, type Transport } from '@holdfast/contract'
import { EVENT_STREAM_TRAITS, SseChannel } from './channel.ts'
import type { Fetch, FetchResponse } from './fetch-types.ts'
import { headersOf, openErrorFrom, openErrorOf, refusalOf } from './open-error.ts'
import { type EventStreamOptions, type ResolvedOptions, resolveOptions } from './options.ts'

declare const fetch: Fetch

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
  let response: FetchResponse | undefined
  try {
    response = await request(target, aborting.signal, options)
    signal.throwIfAborted()
    return await channelOf(response, aborting, target, options)
  } catch (error) {
    response?.body?.cancel().catch(() => {})
    aborting.abort()
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function request(target: Target, signal: AbortSignal, options: ResolvedOptions): Promise<FetchResponse> {
  const send = options.fetch ?? fetch
  const headers: Record<string, string> = { accept: 'text/event-stream' }
  for (const [name, value] of Object.entries(target.headers ?? {})) headers[name.toLowerCase()] = value
  const lastId = headers['last-event-id']
  if (lastId !== undefined) headers['last-event-id'] = utf8Header(lastId)
  try {
    // An intermediate cache must never answer for the server.
    return await send(target.url, { cache: 'no-store', ...options.init, headers, signal } as Parameters<Fetch>[1])
  } catch (error) {
    throw error instanceof HoldfastError ? error : openErrorFrom(error)
  }
}

async function channelOf(
  response: FetchResponse,
  aborting: AbortController,
  target: Target,
  options: ResolvedOptions,
): Promise<EventStreamChannel> {
  const refusal = refusalOf(response)
  if (refusal !== undefined || response.body === null) {
    throw await openErrorOf(refusal ?? '', response, options.clock)
  }
  const opening = { protocol: '', headers: headersOf(response) }
  const sent = Object.entries(target.headers ?? {}).find(([name]) => name.toLowerCase() === 'last-event-id')
  return new SseChannel({ ...options, reader: response.body.getReader(), aborting, opening, lastId: sent?.[1] ?? '' })
}

/** `Last-Event-ID` is UTF-8 (HTML Living Standard §9.2.3); `fetch` takes one character for each byte. */
function utf8Header(value: string): string {
  return Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join('')
}
