// The other side of streams.bench.ts, in a process of its own: `append-ours FOLDER`, `append-theirs FOLDER`, `observers`.
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { DurableStreamTestServer } from '@durable-streams/server'
import { memoryLog } from '@holdfast/log'
import { createHub, type SessionHandle } from '@holdfast/server'
import { sqliteLog } from '@holdfast/store-sqlite'
import { createStreams } from '@holdfast/streams'

const [, , kind = '', folder = ''] = process.argv
const counts = { requests: 0, bytes: 0 }
const open = new Set<Socket>()

function tell(message: object): void {
  process.send?.(message)
}

async function listen(server: Server): Promise<number> {
  server.on('request', () => (counts.requests += 1))
  server.on('upgrade', () => (counts.requests += 1))
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => {
      open.delete(socket)
      counts.bytes += socket.bytesWritten
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function appendOurs(): Promise<void> {
  const server = createServer()
  createStreams({ log: sqliteLog({ path: join(folder, 'streams.db') }), path: '/v1/stream' }).attach(server)
  tell({ url: `http://127.0.0.1:${await listen(server)}/v1/stream` })
}

async function appendTheirs(): Promise<void> {
  const server = new DurableStreamTestServer({ port: 0, host: '127.0.0.1', dataDir: folder })
  const url = await server.start()
  tell({ url: `${url}/v1/stream` })
}

async function observers(): Promise<void> {
  const log = memoryLog()
  const hub = createHub({ log, limits: { upgradeBurst: 10_000, maxConnectionsPerPrincipal: 10_000 } })
  const streams = createStreams({ log, sessions: hub.streamSource })
  // The rest is a bare answer, of about the size of a page.
  const server = createServer((_request, response) => response.end('x'.repeat(300)))
  hub.attach(server)
  streams.attach(server)
  const session: SessionHandle = await hub.createSession('s')
  for (let n = 1; n <= 10; n++) await session.publish('task_start', { n, text: 'x'.repeat(200) })
  const port = await listen(server)
  process.on('message', (asked) => {
    if (asked === 'publish') void session.publish('task_start', { n: 0, text: 'x'.repeat(200) })
    if (asked === 'figures') {
      const { user, system } = process.cpuUsage()
      const bytes = [...open].reduce((sum, socket) => sum + socket.bytesWritten, counts.bytes)
      tell({ cpuUs: user + system, requests: counts.requests, bytes })
    }
  })
  tell({ url: `http://127.0.0.1:${port}` })
}

process.on('disconnect', () => process.exit(0))
const run = kind === 'append-ours' ? appendOurs : kind === 'append-theirs' ? appendTheirs : observers
await run()
