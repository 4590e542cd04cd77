import type { Duplex } from 'node:stream'
import type {
  ChannelEnd,
  ChannelSink,
  ChannelTraits,
  Clock,
  Opening,
  Timer,
  WebSocketChannel,
  WebSocketFrame,
} from '@holdfast/contract'
import { abortReason, HoldfastError } from '@holdfast/contract'
import { type RawData, WebSocket } from 'ws'
import { assertCloseCode, fitReason } from './close-frame.ts'
import { CorkedSocket } from './corked-socket.ts'
import { DrainWaiters } from './drain-waiters.ts'
import { channelError } from './open-error.ts'

/** What a WebSocket of this package can do. */
export const NODE_TRAITS: ChannelTraits = { binary: true, ping: true, pause: true, requestHeaders: true }

/** What a channel is made of. */
export interface NodeChannelParts {
  readonly webSocket: WebSocket
  /** The network socket under it. */
  readonly socket: Duplex
  readonly opening: Opening
  readonly clock: Clock
  readonly closeTimeoutMs: number
  /** Frames that are delivered in one turn of the event loop. @defaultValue all that come */
  readonly maxFramesPerTurn?: number | undefined
}

/** Codes that stand for "no close frame carried one" (RFC 6455 §7.4.1). */
const NO_CODE = 1005
const NO_FRAME = 1006

/** While closing, a paused channel keeps at most this much for its reader; then it stops reading. */
const MAX_HELD_BYTES = 1_048_576

/** One `ws` socket as a channel. Reads nothing from the network until `start()`. */
export class NodeChannel implements WebSocketChannel {
  readonly traits: ChannelTraits = NODE_TRAITS
  readonly opening: Opening
  readonly #webSocket: WebSocket
  readonly #socket: CorkedSocket
  readonly #clock: Clock
  readonly #closeTimeoutMs: number
  readonly #maxFramesPerTurn: number
  /** Frames delivered in this turn of the event loop, where they are counted. */
  #delivered = 0
  #sink: ChannelSink<WebSocketFrame> | undefined
  /** True while frames go to `#held`: before start, while paused, until the next turn, and while earlier ones still wait. */
  #holding = true
  #paused = false
  #held: WebSocketFrame[] | undefined
  /** Index in `#held` of the frame to deliver next. */
  #next = 0
  #heldBytes = 0
  #releasing = false
  #end: ChannelEnd | undefined
  #told = false
  #terminated = false
  #cause: unknown
  #closeTimer: Timer | undefined
  /** Made when somebody waits: an idle channel is small. */
  #drain: DrainWaiters | undefined

  constructor(parts: NodeChannelParts) {
    this.opening = parts.opening
    this.#webSocket = parts.webSocket
    this.#clock = parts.clock
    this.#closeTimeoutMs = parts.closeTimeoutMs
    this.#maxFramesPerTurn = parts.maxFramesPerTurn ?? Number.POSITIVE_INFINITY
    this.#socket = new CorkedSocket(parts.socket)
    const { webSocket, socket } = parts
    channels.set(webSocket, this)
    channels.set(socket, this)
    webSocket.pause()
    webSocket.on('message', tellMessage).on('pong', tellPong).on('error', tellViolation).on('close', tellEnd)
    socket.on('error', tellError).on('end', tellSocketEnd)
  }

  start(sink: ChannelSink<WebSocketFrame>): void {
    if (this.#sink !== undefined) {
      throw new HoldfastError('channel/already_started', 'A channel starts once, and this one was started before.')
    }
    this.#sink = sink
    process.nextTick(() => this.#release())
  }

  send(frame: WebSocketFrame): void {
    const webSocket = this.#webSocket
    if (webSocket.readyState !== WebSocket.OPEN) return
    this.#socket.cork()
    webSocket.send(frame)
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#webSocket.bufferedAmount : 0
  }

  drained(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(abortReason(signal))
    if (this.bufferedBytes === 0) return Promise.resolve()
    this.#drain ??= new DrainWaiters(this.#socket, () => this.bufferedBytes)
    return this.#drain.wait(signal)
  }

  pause(): void {
    if (this.#paused || this.#told) return
    this.#paused = true
    this.#holdBack()
  }

  #holdBack(): void {
    this.#holding = true
    if (this.#closeTimer === undefined) this.#webSocket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#release()
  }

  ping(): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return
    this.#socket.cork()
    this.#webSocket.ping()
  }

  close(code?: number, reason?: string): void {
    if (code !== undefined) assertCloseCode(code)
    if (this.#webSocket.readyState !== WebSocket.OPEN) return
    this.#webSocket.close(code, reason === undefined ? undefined : fitReason(reason))
    this.boundClosing()
    // The peer's answer may sit behind unread frames: read on, so that the handshake can complete.
    this.#webSocket.resume()
  }

  terminate(): void {
    if (this.#terminated) return
    this.#terminated = true
    this.#holding = true
    this.#discardHeld()
    this.#webSocket.terminate()
  }

  /** For the listeners below. */
  message(data: RawData, isBinary: boolean): void {
    const frame = isBinary ? bytesOf(data) : data.toString()
    if (this.#holding || this.#sink === undefined) this.#hold(frame)
    else this.#deliver(this.#sink, frame)
  }

  #deliver(sink: ChannelSink<WebSocketFrame>, frame: WebSocketFrame): void {
    if (this.#maxFramesPerTurn !== Number.POSITIVE_INFINITY) this.#count()
    sink.frame(frame)
  }

  /** What comes after the last one of this turn waits for the next. */
  #count(): void {
    if (this.#delivered === 0) setImmediate(() => this.#nextTurn())
    this.#delivered += 1
    if (this.#isSpent) this.#holdBack()
  }

  get #isSpent(): boolean {
    return this.#delivered >= this.#maxFramesPerTurn
  }

  #nextTurn(): void {
    const wasSpent = this.#isSpent
    this.#delivered = 0
    if (wasSpent && !this.#terminated) this.#release()
  }

  pong(): void {
    if (!this.#told && !this.#terminated) this.#sink?.pong?.()
  }

  violated(error: Error): void {
    const isTooLarge = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    this.#cause ??= channelError(isTooLarge ? 'channel/message_too_large' : 'channel/peer_violation', error)
    this.boundClosing()
  }

  lost(error: Error): void {
    this.#cause ??= channelError('channel/connection_lost', error)
  }

  #hold(frame: WebSocketFrame): void {
    if (this.#terminated) return
    this.#held ??= []
    this.#held.push(frame)
    this.#heldBytes += frame.length
    if (this.#heldBytes > MAX_HELD_BYTES) this.#webSocket.pause()
  }

  /** Delivers what was held; then tells the end, or reads on. */
  #release(): void {
    const sink = this.#sink
    if (sink === undefined || this.#told || this.#releasing) return
    this.#releasing = true
    this.#deliverHeld(sink)
    this.#releasing = false
    if (this.#held !== undefined) return
    if (this.#end !== undefined) {
      this.#told = true
      sink.closed(this.#end)
    } else if (!this.#paused && !this.#isSpent) {
      this.#holding = false
      this.#webSocket.resume()
    }
  }

  /** In order, while it is this channel's turn and the sink does not pause: one that has ended is told whole even then. */
  #deliverHeld(sink: ChannelSink<WebSocketFrame>): void {
    while (this.#held !== undefined && this.#next < this.#held.length) {
      if (this.#isSpent || (this.#paused && this.#end === undefined)) return
      const frame = this.#held[this.#next++]
      if (frame !== undefined) this.#deliver(sink, frame)
    }
    this.#discardHeld()
  }

  #discardHeld(): void {
    this.#held = undefined
    this.#next = 0
    this.#heldBytes = 0
  }

  /** A peer that has gone away without reading what we sent must not keep the socket. */
  boundClosing(): void {
    this.#closeTimer ??= this.#clock.after(this.#closeTimeoutMs, () => {
      this.#cause ??= new HoldfastError(
        'channel/close_timeout',
        `The peer did not finish closing within ${this.#closeTimeoutMs} ms; the socket was terminated.`,
      )
      this.#webSocket.terminate()
    })
  }

  ended(code: number, reason: Buffer): void {
    this.#closeTimer?.cancel()
    const clean = code !== NO_FRAME && !this.#terminated
    this.#end = {
      ...(code === NO_CODE || code === NO_FRAME ? {} : { code }),
      reason: reason.toString(),
      clean,
      ...(clean || this.#cause === undefined ? {} : { cause: this.#cause }),
    }
    this.#holding = true
    this.#drain?.settle()
    this.#release()
  }
}

/**
 * `ws` gives a Buffer for its default binary type; an accepted socket may have been set to another. A plain view of the same
 * bytes: what a browser gives too, whose `slice()` copies and is not a window on memory that others use.
 */
function bytesOf(data: RawData): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  const { buffer, byteOffset, length } = Array.isArray(data) ? Buffer.concat(data) : data
  return new Uint8Array(buffer, byteOffset, length)
}

/** Whose a socket is. Listeners are functions for all channels, so that an idle one holds no closures. */
const channels = /* @__PURE__ */ new WeakMap<object, NodeChannel>()

function tellMessage(this: object, data: RawData, isBinary: boolean): void {
  channels.get(this)?.message(data, isBinary)
}

function tellPong(this: object): void {
  channels.get(this)?.pong()
}

function tellViolation(this: object, error: Error): void {
  channels.get(this)?.violated(error)
}

function tellEnd(this: object, code: number, reason: Buffer): void {
  channels.get(this)?.ended(code, reason)
}

function tellError(this: object, error: Error): void {
  channels.get(this)?.lost(error)
}

function tellSocketEnd(this: object): void {
  channels.get(this)?.boundClosing()
}
