import type { IncomingMessage } from 'node:http'
import type { Clock, WebSocketChannel } from '@holdfast/contract'
import { systemClock } from '@holdfast/contract'
import type { WebSocket } from 'ws'
import { NodeChannel } from './channel.ts'

/** How an accepted channel behaves. */
export interface AcceptOptions {
  /** How long `close()` waits for the peer's answer. @defaultValue 1000 */
  readonly closeTimeoutMs?: number | undefined
  /** @defaultValue the system's clock */
  readonly clock?: Clock | undefined
}

/**
 * A server's accepted `ws` socket as a channel. Call it in the `connection` event or the callback of `handleUpgrade()`,
 * before the event loop turns, with the request that was upgraded: nothing is then read before `start()`.
 */
export function acceptChannel(
  webSocket: WebSocket,
  request: IncomingMessage,
  options: AcceptOptions = {},
): WebSocketChannel {
  return new NodeChannel({
    webSocket,
    socket: request.socket,
    opening: { protocol: webSocket.protocol },
    clock: options.clock ?? systemClock,
    closeTimeoutMs: options.closeTimeoutMs ?? 1000,
  })
}
