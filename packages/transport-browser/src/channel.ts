import type {
  ChannelEnd,
  ChannelSink,
  ChannelTraits,
  Opening,
  Timer,
  WebSocketChannel,
  WebSocketFrame,
} from '@holdfast/contract'
import { abortReason } from '@holdfast/contract'
import { fitReason, isTold, sendableCode } from './close-frame.ts'
import { errorOf, type TransportBrowserErrorCode } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { causeOf, detach, OPEN, type WebSocketLike } from './web-socket-like.ts'

/** What a WebSocket of this package can do. `pause()` holds frames on this side. */
export const BROWSER_TRAITS: ChannelTraits = { binary: true, ping: false, pause: false, requestHeaders: false }

/** Nothing tells that the buffer has emptied, so it is looked at: often enough to keep a fast link busy. */
const DRAIN_POLL_MS = 20

/** What a held frame costs beside its bytes. Bounds a flood of empty frames. */
const FRAME_BYTES = 64

/**
 * Node.js and Bun do not tell a close frame before the connection ends, which may be never: so it is looked whether the
 * socket is closing. In milliseconds; well below the bounds of any liveness rule.
 */
const WATCH_MS = 5_000

/** Delivered frames are let go of once they are this many: not one by one, which would move the rest each time. */
const MAX_DELIVERED = 1024

declare const process: { readonly versions?: { readonly node?: string; readonly deno?: string } } | undefined

/** Node.js and Bun, which names a version of Node too. So does Deno. */
function keepsCloseFrames(): boolean {
  const { node, deno } = (typeof process === 'undefined' ? undefined : process.versions) ?? {}
  return node !== undefined && deno === undefined
}

/** One open socket of the runtime as a channel. */
export class BrowserChannel implements WebSocketChannel {
  readonly traits: ChannelTraits = BROWSER_TRAITS
  readonly opening: Opening
  readonly #webSocket: WebSocketLike
  readonly #options: ResolvedOptions
  #sink: ChannelSink<WebSocketFrame> | undefined
  /** Frames go to `#held` first; `#next` is the index of the one to deliver. */
  #held: WebSocketFrame[] = []
  #next = 0
  #heldBytes = 0
  #paused = false
  #releasing = false
  #end: ChannelEnd | undefined
  #told = false
  #closing: Timer | undefined
  #watching: Timer | undefined
  readonly #drains = new Set<() => void>()

  constructor(webSocket: WebSocketLike, options: ResolvedOptions) {
    this.opening = { protocol: webSocket.protocol ?? '' }
    this.#webSocket = webSocket
    this.#options = options
    // The cast says what `binaryType` asks for.
    webSocket.onmessage = ({ data }) =>
      this.#received(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer))
    webSocket.onclose = ({ code, reason, wasClean }) =>
      this.#finish(
        isTold(code)
          ? { code, reason, clean: wasClean !== false }
          : { reason: '', clean: wasClean === true && code === 1005 },
      )
    if (options.WebSocket === undefined && keepsCloseFrames()) this.#watch()
    // A close follows in the same turn, or never: Node.js does not always tell it.
    webSocket.onerror = (event) => {
      this.#closing?.cancel()
      this.#closing = options.clock.after(0, () => this.#fail('channel/connection_lost', causeOf(event)))
    }
  }

  start(sink: ChannelSink<WebSocketFrame>): void {
    if (this.#sink) throw errorOf('channel/already_started', 'A channel starts once.')
    this.#sink = sink
    queueMicrotask(() => this.#release())
  }

  send(frame: WebSocketFrame): void {
    // The cast leaves out bytes in shared memory, which the runtime itself refuses.
    if (this.#end) return
    if (this.#webSocket.readyState === OPEN) this.#webSocket.send(frame as Uint8Array<ArrayBuffer>)
    else if (this.#watching) this.#peerCloses()
  }

  get bufferedBytes(): number {
    return this.#end ? 0 : (this.#webSocket.bufferedAmount ?? 0)
  }

  drained(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined
      const leave = (): void => {
        timer?.cancel()
        this.#drains.delete(look)
        signal?.removeEventListener('abort', look)
      }
      const look = (): void => {
        leave()
        if (signal?.aborted) return reject(abortReason(signal))
        if (this.bufferedBytes === 0) return resolve()
        this.#drains.add(look)
        signal?.addEventListener('abort', look)
        timer = this.#options.clock.after(DRAIN_POLL_MS, look)
      }
      look()
    })
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#release()
  }

  ping(): void {
    throw errorOf('channel/unsupported', 'No protocol pings here: use messages.')
  }

  close(code?: number, reason = ''): void {
    const sent = sendableCode(code)
    if (this.#end) return
    const webSocket = this.#webSocket
    if (sent === undefined) webSocket.close()
    else webSocket.close(sent, fitReason(reason))
    this.#closing ??= this.#options.clock.after(this.#options.closeTimeoutMs, () => this.#fail('channel/close_timeout'))
  }

  terminate(): void {
    this.#held = []
    this.#next = this.#heldBytes = 0
    this.#fail()
  }

  #received(frame: WebSocketFrame): void {
    this.#held.push(frame)
    this.#heldBytes += frame.length + FRAME_BYTES
    this.#release()
    if (this.#heldBytes > this.#options.maxHeldBytes) this.#fail('channel/reader_too_slow')
  }

  /** Delivers what is held, as long as the sink does not pause; then the end. The end is told even while paused. */
  #release(): void {
    const sink = this.#sink
    if (!sink || this.#releasing) return
    this.#releasing = true
    try {
      while (this.#next < this.#held.length && !(this.#paused && !this.#end)) {
        const frame = this.#held[this.#next++]
        if (frame === undefined) continue
        this.#heldBytes -= frame.length + FRAME_BYTES
        sink.frame(frame)
      }
    } finally {
      this.#releasing = false
    }
    if (this.#next === this.#held.length || this.#next > MAX_DELIVERED) {
      this.#held.splice(0, this.#next)
      this.#next = 0
    }
    if (!this.#end || this.#told) return
    this.#told = true
    sink.closed(this.#end)
  }

  #watch(): void {
    this.#watching = this.#options.clock.after(WATCH_MS, () => {
      if (this.#webSocket.readyState === OPEN) this.#watch()
      else this.#peerCloses()
    })
  }

  /** A closing that the peer began gets as long as one that begins here. */
  #peerCloses(): void {
    const lost = (): void => this.#fail('channel/connection_lost')
    this.#closing ??= this.#options.clock.after(this.#options.closeTimeoutMs, lost)
  }

  /** Gives the socket up. */
  #fail(code?: TransportBrowserErrorCode, cause?: unknown): void {
    if (this.#end) return
    this.#finish({ reason: '', clean: false, ...(code && { cause: errorOf(code, `WebSocket: ${code}`, { cause }) }) })
    this.#webSocket.close()
  }

  #finish(end: ChannelEnd): void {
    this.#end = end
    detach(this.#webSocket)
    this.#closing?.cancel()
    this.#watching?.cancel()
    for (const look of this.#drains) look()
    queueMicrotask(() => this.#release())
  }
}
