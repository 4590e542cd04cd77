import { encodeConfirmation } from '@holdfast/protocol/shell'
import { type WebSocket, WebSocketServer } from 'ws'

const [STDIN, STDOUT, STATUS] = [0, 1, 3]

/** A server of shells as others make them: no offsets, so that pongs prove input. It counts what comes and runs nothing. */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
server.on('connection', (socket) => {
  count(socket, Number(process.argv[2]))
  const payload = encodeConfirmation({ shellId: 'count', reconnected: false, bytesDropped: 0 })
  socket.send(Buffer.concat([Buffer.from([STATUS]), payload]))
})
server.on('listening', () => process.send?.({ port: Number(Object(server.address()).port) }))
process.on('disconnect', () => process.exit(0))

/** Says in how many frames so many bytes came, behind the first byte of each. */
function count(socket: WebSocket, wanted: number): void {
  let bytes = 0
  let frames = 0
  socket.on('error', () => {})
  socket.on('message', (data: Buffer) => {
    if (data[0] !== STDIN) return
    frames += 1
    bytes += data.length - 1
    if (bytes < wanted) return
    socket.send(Buffer.concat([Buffer.from([STDOUT]), Buffer.from(String(frames))]))
  })
}
