import { type WebSocket, WebSocketServer } from 'ws'

/** A server that does nothing with its connections but have them: what `ws` and Node take for one. */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 4_096 })
server.on('connection', (socket: WebSocket) => {
  socket.on('error', () => {})
  socket.on('message', () => {})
  socket.on('close', () => {})
  socket.send('{"type":"live"}')
})
server.on('listening', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
process.on('disconnect', () => process.exit(0))
