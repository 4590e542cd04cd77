import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { ChannelEnd, WebSocketFrame } from '@holdfast/contract'
import type { RawData, WebSocket } from 'ws'
import { RecordingSink } from './recording-sink.ts'
import type { ServerLink } from './transport-fixture.ts'

/** Codes that `ws` makes up where no close frame carried one (RFC 6455 §7.4.1). */
const MADE_UP: readonly number[] = [1005, 1006]

/**
 * A plain `ws` socket as the far end of a channel under test.
 * @param request - the request that was upgraded, or the response of the upgrade on a client's side
 */
export function webSocketLink(webSocket: WebSocket, request: IncomingMessage): ServerLink {
  const sink = new RecordingSink<WebSocketFrame>()
  webSocket.on('message', (data: RawData, isBinary: boolean) => sink.frame(isBinary ? bytesOf(data) : data.toString()))
  webSocket.on('close', (code, reason) => sink.closed(endOf(code, reason.toString())))
  webSocket.on('error', () => {})
  return {
    requestHeaders: textHeaders(request),
    send: (frame) => webSocket.send(frame),
    sendFragments: (parts) => {
      for (const [index, part] of parts.entries()) webSocket.send(part, { fin: index === parts.length - 1 })
    },
    received: (count) => sink.received(count),
    bufferedBytes: () => webSocket.bufferedAmount,
    close: (code, reason) => webSocket.close(code, reason),
    drop: () => cut(request.socket),
    stall: () => webSocket.pause(),
    unstall: () => webSocket.resume(),
    ended: () => sink.ended(),
  }
}

/** Ends a connection at once: with a reset where the socket can, and nothing more is sent. */
export function cut(socket: Duplex): void {
  if (socket instanceof Socket && !(socket instanceof TLSSocket)) socket.resetAndDestroy()
  else socket.destroy()
}

function endOf(code: number, reason: string): ChannelEnd {
  return { ...(MADE_UP.includes(code) ? {} : { code }), reason, clean: code !== 1006 }
}

function bytesOf(data: RawData): Uint8Array {
  if (data instanceof Uint8Array) return data
  return Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data)
}

function textHeaders(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return headers
}
