import { createServer } from 'node:http'
import { nodeWebSocket } from '@holdfast/transport-node'
import { Server as SocketServer } from 'socket.io'
import { io } from 'socket.io-client'
import { connectSocketIo } from '../../examples/socket-io/socket-io-client.ts'
import type { Entry, Server, Wire } from './wire.ts'

const ours: Entry = {
  name: 'examples/socket-io',
  isOurs: true,
  imports: `import { nodeWebSocket } from '@holdfast/transport-node'
            import { connectSocketIo } from '../examples/socket-io/socket-io-client.ts'
            globalThis.x = [nodeWebSocket, connectSocketIo]`,
  async start(address, id, heard) {
    const client = connectSocketIo({
      transport: nodeWebSocket({ proxy: false }),
      url: `ws://${address}`,
      auth: () => ({ id }),
      retry: { preset: 'eager' },
      liveness: { intervalMs: 10_000 },
    })
    await client.connection.connect()
    void (async () => {
      for await (const one of client.events()) {
        if (one.type === 'gap') heard.gap()
        else if (one.type === 'message' && one.message.kind === 'event') heard.message(Number(one.message.data[1]))
      }
    })()
    return { send: (n) => client.ask(['up', n]), close: () => client.connection.close({ flushMs: 0 }) }
  },
}

const peer: Entry = {
  name: 'socket.io-client 4.8, with retries',
  isOurs: false,
  imports: `import { io } from 'socket.io-client'; globalThis.x = io`,
  async start(address, id, heard) {
    const socket = io(`http://${address}`, {
      transports: ['websocket'],
      auth: { id },
      retries: 1_000,
      ackTimeout: 10_000,
      forceNew: true,
    })
    socket.on('down', (n: number) => heard.message(n))
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
    return { send: (n) => socket.emitWithAck('up', n), close: () => socket.close() }
  },
}

export const SOCKET_IO: Wire = {
  name: 'Socket.IO with recovery',
  server: 'socket.io 4.8',
  entries: [ours, peer],
  async start(arrived): Promise<Server> {
    const http = createServer()
    const server = new SocketServer(http, {
      connectionStateRecovery: { maxDisconnectionDuration: 120_000 },
      pingInterval: 10_000,
      pingTimeout: 10_000,
    })
    server.on('connection', (socket) => {
      const { id } = socket.handshake.auth
      void socket.join(String(id))
      socket.on('up', (n: number, answer?: () => void) => {
        arrived(String(id), n)
        answer?.()
      })
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const address = http.address()
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      publish: (id, n) => void server.to(id).emit('down', n),
      stop: () => server.close(),
    }
  },
}
