import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { constants, deflateRawSync } from 'node:zlib'

/** How long a peer keeps a connection after its close frame: longer than the program waits. Some runtimes cannot cut it. */
const UNENDED_MS = 12_000

/** Endings that no library would write. Paths that are not here are for others. */
export const RAW_UPGRADES: Readonly<Record<string, (request: IncomingMessage, socket: Duplex) => void>> = {
  /** A text and a close frame, and the connection stays a while. */
  '/unended': (request, socket) => {
    accept(request, socket)
    socket.write(frame(0x81, Buffer.from('hello')))
    // On its own, so that it cannot arrive with what opens the connection.
    setTimeout(() => socket.write(CLOSE), 100)
    const end = setTimeout(() => socket.end(), UNENDED_MS)
    socket.on('close', () => clearTimeout(end)).resume()
  },
  /** Compressed where the client takes it: a text, a close frame and the end of the connection, all at once. */
  '/last-words': (request, socket) => {
    const isDeflated = request.headers['sec-websocket-extensions']?.includes('permessage-deflate') === true
    accept(request, socket, isDeflated ? ['Sec-WebSocket-Extensions: permessage-deflate'] : [])
    const text = Buffer.from('last words')
    // After the answer to the upgrade, so that the client has opened.
    setTimeout(() => {
      socket.end(Buffer.concat([isDeflated ? frame(0xc1, deflated(text)) : frame(0x81, text), CLOSE]))
    }, 50)
    socket.resume()
  },
}

/** RFC 6455 §4.2.2. */
function accept(request: IncomingMessage, socket: Duplex, headers: readonly string[] = []): void {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
    ...headers,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
}

/** A frame of less than 126 bytes, from a server: not masked (RFC 6455 §5.2). */
function frame(first: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([first, payload.length]), payload])
}

const CLOSE = frame(0x88, Buffer.concat([Buffer.from([0x0f, 0xa1]), Buffer.from('why')]))

/** RFC 7692 §7.2.1: without the empty block at its end. */
function deflated(text: Buffer): Buffer {
  return deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
}
