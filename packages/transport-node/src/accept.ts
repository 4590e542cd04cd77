import type { IncomingMessage } from 'node:http'
import type { WebSocketChannel } from '@holdfast/contract'
import type { WebSocket } from 'ws'
import { nodeChannel } from './channel.ts'
import { type AcceptOptions, resolveAcceptOptions } from './options.ts'

/**
 * A server's accepted `ws` socket as a channel, the same as a client's. Nothing is read from the network before `start()`.
 * Call it in the `connection` event or the callback of `handleUpgrade()`, with the request that was upgraded: a frame
 * that arrives before the call is lost. `maxPayload` is an option of the `WebSocketServer`.
 * @throws `channel/invalid_option`
 */
export function acceptChannel(
  webSocket: WebSocket,
  request: IncomingMessage,
  options: AcceptOptions = {},
): WebSocketChannel {
  const opening = { protocol: webSocket.protocol }
  return nodeChannel({ webSocket, socket: request.socket, opening, ...resolveAcceptOptions(options) })
}
