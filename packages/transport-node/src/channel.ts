import type { Duplex } from 'node:stream'
import type { ChannelEnd, ChannelSink, ChannelTraits, Opening, WebSocketFrame } from '@holdfast/contract'
import { type ChannelBounds, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
import { type RawData, WebSocket } from 'ws'
import { channelError } from './open-error.ts'

/** What a WebSocket of this package can do. */
export const NODE_TRAITS: ChannelTraits = { binary: true, ping: true, pause: true, requestHeaders: true }

/** What a channel is made of. */
export interface NodeChannelParts {
  readonly webSocket: WebSocket
  /** The network socket under it. */
  readonly socket: Duplex
  readonly opening: Opening
  readonly bounds: ChannelBounds
  /** Frames that are delivered in one turn of the event loop. @defaultValue all that come */
  readonly maxFramesPerTurn?: number | undefined
}

/** Codes that stand for "no close frame carried one" (RFC 6455 §7.4.1). */
const NO_CODE = 1005
const NO_FRAME = 1006

const NOTHING = new Uint8Array(0)

/** One `ws` socket as a channel. Reads nothing from the network until `start()`. */
export function nodeChannel(parts: NodeChannelParts): DefinedChannel<WebSocketFrame, WebSocketFrame> {
  return new NodeSocket(parts).channel
}

/** A `ws` socket, as `defineChannel()` needs it. */
class NodeSocket implements ChannelSocket<WebSocketFrame, WebSocketFrame> {
  readonly traits: ChannelTraits = NODE_TRAITS
  readonly opening: Opening
  readonly channel: DefinedChannel<WebSocketFrame, WebSocketFrame>
  readonly #webSocket: WebSocket
  readonly #socket: CorkedSocket
  readonly #maxFramesPerTurn: number | undefined
  #cause: unknown

  constructor({ webSocket, socket, opening, bounds, maxFramesPerTurn }: NodeChannelParts) {
    this.opening = opening
    this.#webSocket = webSocket
    this.#socket = new CorkedSocket(socket)
    this.#maxFramesPerTurn = maxFramesPerTurn
    this.channel = defineChannel(this, bounds)
    sockets.set(webSocket, this)
    sockets.set(socket, this)
    webSocket.pause()
    webSocket.on('message', deliverMessage).on('pong', deliverPong).on('error', reportViolation).on('close', reportEnd)
    socket.on('error', reportError).on('end', reportSocketEnd)
  }

  get bufferedBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  sink(given: ChannelSink<WebSocketFrame>): ChannelSink<WebSocketFrame> {
    if (this.#maxFramesPerTurn === undefined) return given
    return new TurnSink(given, this.channel, this.#maxFramesPerTurn)
  }

  send(frame: WebSocketFrame): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return
    this.#socket.cork()
    this.#webSocket.send(frame)
  }

  read(isWanted: boolean): void {
    if (isWanted) this.#webSocket.resume()
    else this.#webSocket.pause()
  }

  flush(): void {
    this.#socket.flushed(() => this.channel.flushed())
  }

  ping(): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return
    this.#socket.cork()
    this.#webSocket.ping()
  }

  close(code: number | undefined, reason: string): void {
    this.#webSocket.close(code, reason)
  }

  free(): void {
    this.#webSocket.terminate()
  }

  /** For the listeners below. */
  violated(error: Error): void {
    const isTooLarge = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    this.#cause ??= channelError(isTooLarge ? 'channel/message_too_large' : 'channel/peer_violation', error)
    this.closing()
  }

  lost(error: Error): void {
    this.#cause ??= channelError('channel/connection_lost', error)
  }

  /** A peer that has gone away without reading what we sent must not keep the socket. */
  closing(): void {
    this.channel.closing(this.#cause)
  }

  ended(code: number, reason: Buffer): void {
    const clean = code !== NO_FRAME
    this.channel.ended({
      ...(code === NO_CODE || code === NO_FRAME ? {} : { code }),
      reason: reason.toString(),
      clean,
      ...(clean || this.#cause === undefined ? {} : { cause: this.#cause }),
    })
  }
}

/** Gathers all that is written to a network socket in one turn of the event loop into one write. */
class CorkedSocket {
  readonly #socket: Duplex
  #corked = false

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  /** Call before a write. The first call of a turn holds the writes back until the turn's callbacks have run. */
  cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    process.nextTick(uncork, this)
  }

  uncork(): void {
    this.#corked = false
    this.#socket.uncork()
  }

  /** Calls back once everything written so far was handed to the system. Never, where the socket ends before. */
  flushed(done: () => void): void {
    if (!this.#socket.writable) return
    this.#socket.write(NOTHING, (error) => {
      if (error === null || error === undefined) done()
    })
  }
}

/** One function for all sockets: no closure per turn. */
function uncork(socket: CorkedSocket): void {
  socket.uncork()
}

/** Lets so many frames through in one turn of the event loop. What comes after the last one of a turn waits for the next. */
class TurnSink implements ChannelSink<WebSocketFrame> {
  readonly #sink: ChannelSink<WebSocketFrame>
  readonly #channel: DefinedChannel<WebSocketFrame, WebSocketFrame>
  readonly #maxFrames: number
  #delivered = 0

  constructor(
    sink: ChannelSink<WebSocketFrame>,
    channel: DefinedChannel<WebSocketFrame, WebSocketFrame>,
    maxFrames: number,
  ) {
    this.#sink = sink
    this.#channel = channel
    this.#maxFrames = maxFrames
  }

  frame(frame: WebSocketFrame): void {
    if (this.#delivered === 0) setImmediate(nextTurn, this)
    this.#delivered += 1
    if (this.#delivered === this.#maxFrames) this.#channel.pause(2)
    this.#sink.frame(frame)
  }

  nextTurn(): void {
    const isSpent = this.#delivered >= this.#maxFrames
    this.#delivered = 0
    if (isSpent) this.#channel.resume(2)
  }

  pong(): void {
    this.#sink.pong?.()
  }

  closed(end: ChannelEnd): void {
    this.#sink.closed(end)
  }
}

/** One function for all: no closure per turn. */
function nextTurn(sink: TurnSink): void {
  sink.nextTurn()
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
const sockets = /* @__PURE__ */ new WeakMap<object, NodeSocket>()

function deliverMessage(this: object, data: RawData, isBinary: boolean): void {
  sockets.get(this)?.channel.frame(isBinary ? bytesOf(data) : data.toString())
}

function deliverPong(this: object): void {
  sockets.get(this)?.channel.pong()
}

function reportViolation(this: object, error: Error): void {
  sockets.get(this)?.violated(error)
}

function reportEnd(this: object, code: number, reason: Buffer): void {
  sockets.get(this)?.ended(code, reason)
}

function reportError(this: object, error: Error): void {
  sockets.get(this)?.lost(error)
}

function reportSocketEnd(this: object): void {
  sockets.get(this)?.closing()
}
