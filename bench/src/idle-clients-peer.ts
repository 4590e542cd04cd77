import { encodeConfirmation } from '@holdfast/protocol/shell'
import { type WebSocket, WebSocketServer } from 'ws'

const STATUS = 3

const INIT = JSON.stringify({
  type: 'init',
  role: 'observer',
  sessionId: 'session-1',
  holdfast: { v: 1, epoch: 'e', seq: 0, resumed: false },
})

const CONFIRMATION = Buffer.concat([
  Buffer.from([STATUS]),
  encodeConfirmation({
    shellId: 'idle',
    reconnected: false,
    bytesDropped: 0,
    holdfast: {
      ...{ v: 1, epoch: 'e', role: 'writer', lease: 'l', out: 0, live: 0, in: 0 },
      ...{ window: 196_608, maxFrame: 65_536, ring: 262_144, retainMs: 900_000, size: { width: 80, height: 24 } },
    },
  }),
])

/** The other process: servers that let a client be open and idle, raw, as a hub or as a server of shells, by path. */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 4_096 })
server.on('connection', (socket, { url = '/' }) => {
  socket.on('error', () => {})
  if (url.startsWith('/api/')) beHub(socket)
  else if (url.startsWith('/shell')) socket.send(CONFIRMATION)
})
server.on('listening', () => process.send?.({ port: Number(Object(server.address()).port) }))
process.on('disconnect', () => process.exit(0))

function beHub(socket: WebSocket): void {
  socket.send(INIT)
  socket.on('message', (data) => {
    if (JSON.parse(String(data)).type === 'ping') socket.send(JSON.stringify({ type: 'pong', timestamp: Date.now() }))
  })
}
