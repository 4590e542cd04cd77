import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { listen } from './support.ts'

/** A server that speaks bytes, so that a test decides what is in a segment and what breaks the protocol. */
export interface RawServer {
  readonly url: string
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>
  /** Resolves with the next connection, and what its client sent first. */
  next(): Promise<{ readonly socket: Socket; readonly request: string }>
  close(): Promise<void>
}

export async function startRawServer(): Promise<RawServer> {
  const server = createServer({ allowHalfOpen: true })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  const port = await listen(server)
  return {
    url: `ws://127.0.0.1:${port}/`,
    sockets,
    next: async () => {
      const [socket]: Socket[] = await once(server, 'connection')
      if (socket === undefined) throw new Error('A connection has a socket.')
      const [request] = await once(socket, 'data')
      return { socket, request: String(request) }
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The answer that accepts an upgrade (RFC 6455 §4.2.2). */
export function upgraded(request: string, headers = ''): string {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(request)?.[1] ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n${headers}\r\n`
}

/** A short frame from a server: no mask, at most 125 bytes. */
export function frame(firstByte: number, payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload)
  return Buffer.concat([Buffer.from([firstByte, bytes.length]), bytes])
}

/** Final frames of RFC 6455 §5.2. */
export const TEXT = 0x81
export const CLOSE = 0x88
