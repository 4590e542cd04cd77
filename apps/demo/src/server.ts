import { randomUUID } from 'node:crypto'
import { ReplayBuffer } from '@holdfast/core/protocol'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ToClient, ToServer } from './wire.ts'

/** What the server keeps of a session while its client is away. */
interface Session {
  readonly epoch: string
  /** Highest contiguous line from the client. */
  received: number
  /** Lines to the client that it has not acknowledged. */
  readonly outgoing: ReplayBuffer<string>
  socket: WebSocket | undefined
}

const LINE_EVERY_MS = 20
const sessions = new Map<string, Session>()
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 65_536 })
const tallies = { received: 0, doubled: 0, lost: 0, sent: 0 }

server.on('connection', (socket) => {
  let session: Session | undefined
  const send = (message: ToClient): void => socket.send(JSON.stringify(message))
  socket.on('error', () => {})
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as ToServer
    if (message.type === 'hello') session = resume(message, socket, send)
    else if (message.type === 'ack') session?.outgoing.ack(message.through)
    else if (session !== undefined && session.socket === socket) take(session, message.seq, send)
  })
})

function resume(
  hello: Extract<ToServer, { type: 'hello' }>,
  socket: WebSocket,
  send: (message: ToClient) => void,
): Session {
  const known = sessions.get(hello.session)
  const session = known ?? {
    epoch: randomUUID().slice(0, 8),
    received: 0,
    outgoing: new ReplayBuffer<string>({ maxCount: 10_000, maxBytes: 1_000_000 }),
    socket,
  }
  sessions.set(hello.session, session)
  session.socket?.removeAllListeners('message')
  if (session.socket !== socket) session.socket?.terminate()
  session.socket = socket
  socket.on('message', () => {})
  session.outgoing.ack(hello.received)
  send({ type: 'welcome', epoch: session.epoch, resumed: known !== undefined, received: session.received })
  for (const { seq, item } of session.outgoing.after(hello.received) ?? []) send({ type: 'line', seq, text: item })
  return session
}

function take(session: Session, seq: number, send: (message: ToClient) => void): void {
  if (seq <= session.received) tallies.doubled += 1
  else if (seq > session.received + 1) tallies.lost += seq - session.received - 1
  session.received = Math.max(session.received, seq)
  tallies.received += 1
  send({ type: 'ack', through: session.received })
}

const talking = setInterval(() => {
  for (const session of sessions.values()) {
    const text = `line ${session.outgoing.last + 1}`
    const seq = session.outgoing.add(text, text.length)
    if (seq === undefined) continue
    tallies.sent += 1
    if (session.socket?.readyState === 1)
      session.socket.send(JSON.stringify({ type: 'line', seq, text } satisfies ToClient))
  }
}, LINE_EVERY_MS)

process.on('message', (command) => {
  if (command === 'quiet') clearInterval(talking)
  if (command === 'tally') process.send?.({ tallies })
})
process.on('disconnect', () => process.exit(0))
server.on('listening', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port })
})
