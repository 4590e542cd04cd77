import type { Duplex } from 'node:stream'
import type { ChannelSink, ChannelTraits, Opening, WebSocketFrame } from '@holdfast/contract'
import { type ChannelBounds, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
import { type RawData, WebSocket } from 'ws'
import { CorkedSocket } from './corked-socket.ts'
import { channelError } from './open-error.ts'
import { TurnSink } from './turn-sink.ts'

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
