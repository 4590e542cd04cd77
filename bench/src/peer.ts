import { WebSocketServer } from 'ws'

/** The other process: floods, echoes or counts, as the path says. Raw ws on both sides of every comparison. */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
const payload = JSON.stringify({
  type: 'broadcast',
  event: 'message_update',
  data: {
    text: 'the quick brown fox jumps over the lazy dog',
    index: 12,
    turnId: 'turn-123',
    nested: { a: [1, 2, 3] },
  },
  category: 'message',
  sessionId: 'session-1',
  timestamp: 1_800_000_000_000,
})

server.on('connection', (socket, request) => {
  const url = new URL(request.url ?? '/', 'ws://x')
  const count = Number(url.searchParams.get('count') ?? 0)
  socket.on('error', () => {})
  if (url.pathname === '/flood') flood(count)
  else if (url.pathname === '/echo') socket.on('message', (data) => socket.send(data.toString()))
  else if (url.pathname === '/count') counting(count)

  function flood(left: number): void {
    if (socket.readyState !== 1) return
    let some = Math.min(left, 200)
    const rest = left - some
    while (some > 1) {
      socket.send(payload)
      some -= 1
    }
    socket.send(payload, () => (rest > 0 ? flood(rest) : undefined))
  }

  function counting(wanted: number): void {
    let seen = 0
    socket.on('message', () => {
      seen += 1
      if (seen === wanted) {
        seen = 0
        socket.send('{"done":true}')
      }
    })
  }
})
server.on('listening', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.(address.port)
})
process.on('disconnect', () => process.exit(0))
