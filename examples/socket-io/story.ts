import { once } from 'node:events'
import { createServer } from 'node:http'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { nodeWebSocket } from '@holdfast/transport-node'
import { Server } from 'socket.io'
import { RETRY_OFTEN, throughFaults } from '../../tests/e2e/support/through-faults.ts'
import { connectSocketIo } from './socket-io-client.ts'

/** A published server that recovers sessions. It keeps what it receives, and acknowledges it where that is asked for. */
export async function startServer() {
  const http = createServer()
  const io = new Server(http, {
    connectionStateRecovery: {},
    pingInterval: 300,
    pingTimeout: 600,
    transports: ['websocket'],
  })
  const said: number[] = []
  io.use((socket, next) => next(socket.handshake.auth['token'] === 'sesame' ? undefined : new Error('not you')))
  io.on('connection', (socket) => {
    socket.on('say', (n: number, done?: (n: number) => void) => {
      said.push(n)
      done?.(n)
    })
    socket.on('leave', () => socket.disconnect())
    socket.on('bytes', (bytes: Buffer) => socket.emit('bytes', bytes))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { io, said, port, close: () => io.close() }
}

/** For more faults in seconds than there are in an hour. */
export function clientOf(address: string, token: string) {
  return connectSocketIo({
    transport: nodeWebSocket(),
    url: `ws://${address}`,
    auth: () => ({ token }),
    retry: RETRY_OFTEN,
    liveness: { intervalMs: 200, timeoutMs: 1_000 },
  })
}

/** What became of it all. */
export interface Outcome {
  /** How many the server sent, and what was read of them, with `gap` in the place of what may be missing. */
  readonly sent: number
  readonly read: readonly (number | 'gap')[]
  /** What the server received; what of that was confirmed, and whose outcome is unknown. */
  readonly said: readonly number[]
  readonly confirmed: readonly number[]
  readonly told: readonly number[]
  /** Sessions that the server went on with. */
  readonly recovered: number
}

/** A server and a client talk both ways every so often, through a network with every fault, so many times over. */
export async function socketIoStory(rounds: number, everyMs: number): Promise<Outcome> {
  const server = await startServer()
  const way = await startChaosProxy({ target: { host: '127.0.0.1', port: server.port } })
  const client = clientOf(way.address, 'sesame')
  const read: (number | 'gap')[] = []
  const confirmed: number[] = []
  const told: number[] = []
  let [sent, tried, recovered] = [0, 0, 0]
  client.connection.on('open', ({ resumed }) => {
    if (resumed) recovered += 1
  })
  void (async () => {
    for await (const one of client.events()) {
      if (one.type === 'gap') read.push('gap')
      else if (one.message.kind === 'event' && one.message.data[0] === 'news') read.push(Number(one.message.data[1]))
    }
  })()
  const talk = (): void => {
    server.io.emit('news', sent)
    sent += 1
    const n = tried
    tried += 1
    const settled: PromiseLike<unknown> = n % 2 === 0 ? client.emit('say', n) : client.ask(['say', n])
    settled.then(
      () => confirmed.push(n),
      () => told.push(n),
    )
  }
  /** Between two faults it goes well for a while, both ways. */
  const calm = async (): Promise<void> => {
    const [reads, confirmations] = [read.length, confirmed.length]
    await until(() => read.length > reads + 5 && confirmed.length > confirmations + 5)
    talk()
  }
  await client.connection.connect()
  const ticking = setInterval(talk, everyMs)
  for (let round = 0; round < rounds; round += 1) await throughFaults(way, client.connection, calm)
  await calm()
  clearInterval(ticking)
  await until(() => read.at(-1) === sent - 1 && confirmed.length + told.length === tried)
  await client.connection.close()
  await way.close()
  await server.close()
  return { sent, read, said: server.said, confirmed, told, recovered }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
