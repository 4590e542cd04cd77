import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { createHub } from '@holdfast/server'
import { sqliteLog } from '@holdfast/store-sqlite'
import { type WebSocket, WebSocketServer } from 'ws'

/**
 * The other processes of the hub's benchmarks, one of three: `wire` speaks the hub's wire over raw ws and does nothing
 * else, `hub` is the real one, `proxy` stands before another port. Each reports its port, and its CPU time when asked.
 */
const DATA = {
  text: 'the quick brown fox jumps over the lazy dog',
  index: 12,
  turnId: 'turn-123',
  nested: { a: [1, 2, 3] },
}
const BROADCAST = JSON.stringify({
  type: 'broadcast',
  event: 'message_update',
  data: DATA,
  category: 'message',
  sessionId: 'session-1',
  timestamp: 1_800_000_000_000,
  anchor: '0123abcd',
}).slice(0, -1)

const [kind = '', target = '', delayMs = ''] = process.argv.slice(2)
const ports: Readonly<Record<string, () => Promise<number>>> = { wire, hub, proxy }
const port = await ports[kind]?.()
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMs: (user + system) / 1_000 })
})
process.on('disconnect', () => process.exit(0))
process.send?.({ port })

async function proxy(): Promise<number> {
  const started = await startChaosProxy({
    target: { host: '127.0.0.1', port: Number(target) },
    delayMs: Number(delayMs),
    maxBufferedBytes: 64 * 1_048_576,
  })
  return started.port
}

function hub(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const server = createServer()
  createHub({ log: sqliteLog({ path: join(folder, 'sessions.db') }), limits: { messagesPerSecond: 1e9 } }).attach(
    server,
  )
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(portOf(server)))
  })
}

function wire(): Promise<number> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  server.on('connection', (socket, request) => {
    const { searchParams } = new URL(request.url ?? '/', 'ws://x')
    const [task = '', amount = ''] = (searchParams.get('sessionId') ?? '').split('-')
    socket.on('error', () => {})
    socket.send(init(searchParams.get('role') ?? 'observer'))
    if (task === 'flood') flood(socket, Number(amount), 1)
    else if (task === 'take') take(socket, Number(amount))
    else if (task === 'cast') socket.on('message', (data) => cast(server, socket, data.toString()))
  })
  return new Promise((resolve) => server.once('listening', () => resolve(portOf(server))))
}

function portOf(server: { address(): unknown }): number {
  return Number(Object(server.address()).port)
}

function init(role: string): string {
  const holdfast = { v: 1, epoch: 'e', seq: 0, resumed: false }
  return JSON.stringify({ type: 'init', role, sessionId: 'session-1', holdfast })
}

function broadcast(seq: number): string {
  return `${BROADCAST},"seq":${seq}}`
}

function flood(socket: WebSocket, count: number, from: number): void {
  if (socket.readyState !== 1) return
  const until = Math.min(count, from + 200)
  for (let seq = from; seq < until; seq += 1) socket.send(broadcast(seq))
  socket.send(broadcast(until), () => (until < count ? flood(socket, count, until + 1) : undefined))
}

/** Takes so many messages, and acknowledges those of a turn together; says when it has all. */
function take(socket: WebSocket, count: number): void {
  let taken = 0
  let ids: string[] = []
  socket.on('message', (frame) => {
    const text = frame.toString()
    // Clients ping, too.
    if (!text.startsWith('{"type":"event"')) return
    ids.push(idOf(text))
    taken += 1
    if (ids.length > 1) return
    setImmediate(() => {
      socket.send(JSON.stringify({ type: 'acked', ids }))
      ids = []
      if (taken % count === 0) socket.send('{"type":"done"}')
    })
  })
}

/** Without parsing: what this process does must not be what is measured. */
function idOf(text: string): string {
  const from = text.indexOf('"id":"') + 6
  return text.slice(from, text.indexOf('"', from))
}

function cast(server: WebSocketServer, from: WebSocket, text: string): void {
  for (const socket of server.clients) if (socket !== from) socket.send(text)
}
