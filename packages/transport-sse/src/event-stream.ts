import {
  doubtAfterSleep,
  type EventStreamChannel,
  type SseEvent,
  type Target,
  type Transport,
  throwIfAborted,
} from '@holdfast/contract'
import { EVENT_STREAM_TRAITS, sseChannel } from './channel.ts'
import type { Fetch, FetchResponse } from './fetch-types.ts'
import { assertUrl, isEventStream, redirected, refused, unreachable } from './open-error.ts'
import { type EventStreamOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { readRefusal } from './refusal-body.ts'
import { isPlain, requestHeaders } from './request-headers.ts'

declare const fetch: Fetch

const USUALLY =
  'a proxy or virus scanner that keeps the stream until its end, or, in a browser over HTTP/1.1, six other tabs or streams that use up its connections to this server'

/**
 * Server-sent events over `fetch` (HTML Living Standard §9.2), receive only. `target.headers` are sent; to resume, give
 * the last event's `id` as `Last-Event-ID` there.
 *
 * Anything but 200 with `text/event-stream` rejects with `channel/open_failed`, its status and the first 4 KiB of its body;
 * a redirect that would carry headers of the target with `channel/redirected`. A body that ends is `closed` with
 * `clean: true`, one that breaks or falls silent with `clean: false` and a typed cause. The end is an `EventStreamEnd`: it
 * carries the stream's `retry:`.
 *
 * A `method` other than GET and HEAD asks for one answer: a clean end completes it, and one that was cut is asked for
 * again only where the stream gave an id to go on from, or with `repeat: true`.
 * @throws `channel/invalid_option`
 */
export function eventStream(options: EventStreamOptions = {}): Transport<SseEvent, never> {
  const resolved = resolveOptions(options)
  /** Where one answer was cut: its request is made again from there. */
  let cutAfter = ''
  const ended = (id: string): void => {
    if (resolved.exchange !== undefined) cutAfter = id
  }
  return {
    name: 'event-stream',
    traits: EVENT_STREAM_TRAITS,
    liveness: doubtAfterSleep(),
    usually: USUALLY,
    exchange: resolved.exchange,
    open: (target, { signal }) => open(target, signal, { ...resolved, cutAfter, ended }),
  }
}

interface DialOptions extends ResolvedOptions {
  readonly cutAfter: string
  readonly ended: (id: string) => void
}

async function open(target: Target, signal: AbortSignal, options: DialOptions): Promise<EventStreamChannel> {
  throwIfAborted(signal)
  assertUrl(target.url)
  const { headers: sent, lastId } = requestHeaders(target.headers, options.cutAfter)
  const aborting = new AbortController()
  const abort = (): void => aborting.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const { fetch: send = fetch } = options
  let response: FetchResponse | undefined
  try {
    // A cache must never answer for the server, and what the headers carry is for the server that was named.
    const init = { cache: 'no-store', redirect: isPlain(target.headers) ? 'follow' : 'manual', ...options.init }
    response = await send(target.url, { ...init, headers: sent, signal: aborting.signal }).catch((error) => {
      throw unreachable(error)
    })
    throwIfAborted(signal)
    const { status, body } = response
    const headers = Object.fromEntries(response.headers)
    if (status === 0 || (status >= 300 && status < 400)) throw redirected(status, headers, target.url)
    if (body === null || !isEventStream(status, headers)) {
      const said = body === null ? undefined : await readRefusal(body, options.clock, signal)
      throw refused(status, headers, said, options.clock)
    }
    return sseChannel({ ...options, reader: body.getReader(), opening: { protocol: '', headers }, lastId })
  } catch (error) {
    response?.body?.cancel().catch(() => {})
    throwIfAborted(signal)
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
