import type { ClientProtocol, Clock, Logger, RetryChoice, SseEvent, Transport, WakeSignals } from '@holdfast/core'
import type { Random } from '@holdfast/core/contract'
import { type EventStreamOptions, eventStream } from '@holdfast/transport-sse'
import type { HeadersProvider, UrlProvider } from '../socket-target.ts'

/** Options of a `ReconnectingEventSource`: what browsers and the package eventsource take, and more. */
export interface EventSourceOptions {
  /** Cookies go to another origin too. @defaultValue false */
  readonly withCredentials?: boolean | undefined
  /** Headers of the request, or a function that is asked before every dial. @defaultValue none */
  readonly headers?: HeadersProvider | undefined
  /** @defaultValue 'GET' */
  readonly method?: string | undefined
  /** What is posted. */
  readonly body?: string | undefined
  /**
   * A request of another method than GET may be made again after it was cut, though the stream gave no id to go on from.
   * @defaultValue false: it ends, as the request may have had its effect
   */
  readonly repeat?: boolean | undefined
  /** The id to go on from at the first dial. @defaultValue none */
  readonly lastEventId?: string | undefined
  /** @defaultValue the runtime's; in Node.js through the proxies that the environment names */
  readonly fetch?: EventStreamOptions['fetch']
  /**
   * Silence after which the stream counts as dead, in milliseconds: three times what the server's comments come at. Null: never.
   * @defaultValue null, as a server need not send any
   */
  readonly stallTimeoutMs?: number | null | undefined
  /** What dials, in place of all of the above but `headers` and `lastEventId`. */
  readonly transport?: Transport<SseEvent, never> | undefined
  /** What is spoken over the transport in place of an event stream, such as that of tabs which share one. @defaultValue none */
  readonly wire?: ClientProtocol<SseEvent, never, SseEvent, never> | undefined
  /** How an outage is retried. What the stream says in `retry:` is heard. */
  readonly retry?: RetryChoice | undefined
  /** Hints of the runtime that the network may have changed. @defaultValue those of the page; none in Node.js */
  readonly signals?: WakeSignals | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/** What dials: what was given, or an event stream as the options say. */
export function streamTransportOf(options: EventSourceOptions): Transport<SseEvent, never> {
  const { transport, method, body, fetch, repeat, clock, stallTimeoutMs = null, withCredentials } = options
  const credentials = withCredentials === true ? 'include' : 'same-origin'
  const init = { credentials, ...(method === undefined ? {} : { method }), ...(body === undefined ? {} : { body }) }
  return transport ?? eventStream({ init, fetch, repeat, clock, stallTimeoutMs })
}

declare const location: { readonly href: string } | undefined

/** As the constructor of an `EventSource` reads it: relative to the page. @throws a `SyntaxError` (`DOMException`) */
export function streamUrl(url: string | URL): string {
  try {
    return new URL(url, typeof location === 'undefined' ? undefined : location.href).href
  } catch {
    throw new DOMException('Expected the URL of an event stream.', 'SyntaxError')
  }
}

/** Asks for all of it. */
export async function streamTarget(
  url: UrlProvider,
  headers: HeadersProvider | undefined,
  lastEventId: string,
): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }> {
  const asked = streamUrl(await (typeof url === 'function' ? url() : url))
  const given = await (typeof headers === 'function' ? headers() : headers)
  return { url: asked, headers: { ...given, ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }) } }
}
