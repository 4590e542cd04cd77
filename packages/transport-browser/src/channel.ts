import type { ChannelTraits, Timer, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { defineChannel, isCloseCode } from '@holdfast/contract/channel'
import { SENTENCES } from '@holdfast/contract/words'
import { errorOf } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { causeOf, detach, OPEN, type WebSocketLike } from './web-socket-like.ts'

/** What a WebSocket of this package can do. `pause()` holds frames on this side. */
export const BROWSER_TRAITS: ChannelTraits = { binary: true, ping: false, pause: false, requestHeaders: false }

/** No event reports that the buffer has emptied, so it is looked at: often enough to keep a fast link busy. */
const DRAIN_POLL_MS = 20

/**
 * Node.js and Bun do not report a close frame before the connection ends, which may be never: so it is looked whether the
 * socket is closing. In milliseconds; well below the bounds of any liveness rule.
 */
const WATCH_MS = 5_000

declare const process: { readonly versions?: { readonly node?: string; readonly deno?: string } } | undefined

/** Node.js and Bun, which names a version of Node too. So does Deno. */
function keepsCloseFrames(): boolean {
  const { node, deno } = (typeof process === 'undefined' ? undefined : process.versions) ?? {}
  return node !== undefined && deno === undefined
}

/** One open socket of the runtime as a channel. */
export function browserChannel(webSocket: WebSocketLike, options: ResolvedOptions): WebSocketChannel {
  const { clock } = options
  const opening = { protocol: webSocket.protocol ?? '' }
  let watching: Timer | undefined
  let failing: Timer | undefined
  let flushing: Timer | undefined
  const lost = (cause?: unknown): unknown =>
    errorOf('channel/connection_lost', SENTENCES && 'The connection was lost.', { cause })
  /** A closing that the peer began gets as long as one that begins here. */
  const peerCloses = (): void => channel.closing(lost())
  const watch = (): void => {
    watching = clock.after(WATCH_MS, () => (webSocket.readyState === OPEN ? watch() : peerCloses()))
  }
  const channel = defineChannel<WebSocketFrame, WebSocketFrame>(
    {
      traits: BROWSER_TRAITS,
      opening,
      get bufferedBytes() {
        return webSocket.bufferedAmount
      },
      sink: (given) => given,
      send: (frame) => {
        // The cast leaves out bytes in shared memory, which the runtime itself refuses.
        if (webSocket.readyState === OPEN) webSocket.send(frame as Uint8Array<ArrayBuffer>)
        else if (watching) peerCloses()
      },
      flush: () => {
        flushing?.cancel()
        flushing = clock.after(DRAIN_POLL_MS, () => channel.flushed())
      },
      close: (code, reason) => {
        // The others of RFC 6455 §7.4 scripts may not send (WHATWG WebSockets §3.1): left out rather than replaced.
        if (code === 1000 || (code && code > 1015)) webSocket.close(code, reason)
        else webSocket.close()
      },
      free: () => {
        detach(webSocket)
        watching?.cancel()
        failing?.cancel()
        flushing?.cancel()
        webSocket.close()
      },
    },
    options,
  )
  // The cast says what `binaryType` asks for.
  webSocket.onmessage = ({ data }) =>
    channel.frame(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer))
  webSocket.onclose = ({ code, reason, wasClean }) =>
    // Deno makes up 0 where the connection was lost.
    channel.ended(
      isCloseCode(code) ? { code, reason, clean: wasClean !== false } : { clean: wasClean === true && code === 1005 },
    )
  // A close follows in the same turn, or never: Node.js does not always report it.
  webSocket.onerror = (event) => {
    failing ??= clock.after(0, () => channel.ended({ cause: lost(causeOf(event)) }))
  }
  if (options.WebSocket === undefined && keepsCloseFrames()) watch()
  return channel
}
