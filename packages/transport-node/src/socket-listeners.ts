import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'

/** Whoever is told of what happens at a socket. */
export interface SocketEvents {
  message(data: RawData, isBinary: boolean): void
  pong(): void
  /** The peer broke the protocol. */
  violated(error: Error): void
  /** The network socket failed. */
  lost(error: Error): void
  /** The peer writes no more: closing takes a bounded time from here. */
  boundClosing(): void
  ended(code: number, reason: Buffer): void
}

/** Whose a socket is. Listeners are functions for all channels, so that an idle one holds no closures. */
const listening = /* @__PURE__ */ new WeakMap<object, SocketEvents>()

/** Tells `events` what happens at a WebSocket and at the network socket under it. */
export function listenTo(webSocket: WebSocket, socket: Duplex, events: SocketEvents): void {
  listening.set(webSocket, events)
  listening.set(socket, events)
  webSocket.on('message', tellMessage).on('pong', tellPong).on('error', tellViolation).on('close', tellEnd)
  socket.on('error', tellError).on('end', tellSocketEnd)
}

function tellMessage(this: object, data: RawData, isBinary: boolean): void {
  listening.get(this)?.message(data, isBinary)
}

function tellPong(this: object): void {
  listening.get(this)?.pong()
}

function tellViolation(this: object, error: Error): void {
  listening.get(this)?.violated(error)
}

function tellEnd(this: object, code: number, reason: Buffer): void {
  listening.get(this)?.ended(code, reason)
}

function tellError(this: object, error: Error): void {
  listening.get(this)?.lost(error)
}

function tellSocketEnd(this: object): void {
  listening.get(this)?.boundClosing()
}
