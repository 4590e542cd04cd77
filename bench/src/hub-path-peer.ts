import { mkdtempSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { createHub } from '@holdfast/server'
import { sqliteLog } from '@holdfast/store-sqlite'
import { type WebSocket, WebSocketServer } from 'ws'

/**
 * The server of `hub-path`, one of three: `raw` speaks as much of the hub's wire as the clients need, over `ws` alone;
 * `memory` and `sqlite` are the hub with that log. Each reports its port, and its processor time when asked.
 */
const [kind = ''] = process.argv.slice(2)
// On the disk of the project: a folder for temporary files may be memory.
const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? process.cwd(), '.bench-hub-path-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const end of ['disconnect', 'SIGTERM', 'SIGINT']) process.on(end, () => process.exit(0))
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMs: (user + system) / 1_000 })
})
const server = createServer()
if (kind === 'raw') raw(server, await open(join(folder, 'raw'), 'a'))
else hub(server, kind === 'memory' ? memoryLog() : sqliteLog({ path: join(folder, 'sessions.db') }))
server.listen(0, '127.0.0.1', () => process.send?.({ port: Number(Object(server.address()).port) }))

function hub(server: Server, log: SessionLog): void {
  createHub({ log, limits: { messagesPerSecond: 1e9, createBurst: 1e6 } }).attach(server)
}

/** Who is in a session. */
interface Members {
  readonly observers: Set<WebSocket>
  lead?: WebSocket
  controller?: WebSocket
}

function raw(server: Server, file: FileHandle): void {
  const sessions = new Map<string, Members>()
  new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, request) => {
    const { searchParams } = new URL(request.url ?? '/', 'ws://x')
    const name = searchParams.get('sessionId') ?? ''
    const role = searchParams.get('role') ?? ''
    const members = sessions.get(name) ?? { observers: new Set() }
    sessions.set(name, members)
    if (role === 'observer') members.observers.add(socket)
    else if (role === 'lead') members.lead = socket
    else members.controller = socket
    socket.on('error', () => {})
    socket.on('close', () => sessions.delete(name))
    socket.on('message', reactionOf(name.split('-')[0] ?? '', role, socket, members, file))
    socket.send(JSON.stringify({ type: 'init', role, sessionId: name }))
  })
}

/** What is done with a frame, by what the session is for. Nothing is parsed: what raw does costs as little as it can. */
function reactionOf(
  use: string,
  role: string,
  socket: WebSocket,
  members: Members,
  file: FileHandle,
): (data: Buffer) => void {
  if (use === 'relay') return (data) => pass(role === 'lead' ? members.controller : members.lead, data)
  if (use === 'in') {
    return (data) => {
      for (const observer of members.observers) pass(observer, data)
    }
  }
  if (use === 'ask') return (data) => answer(socket, data)
  if (use === 'disk') {
    return async (data) => {
      await file.write(data)
      await file.datasync()
      answer(socket, data)
    }
  }
  return acknowledging(socket)
}

function pass(to: WebSocket | undefined, data: Buffer): void {
  to?.send(data, { binary: false })
}

function answer(socket: WebSocket, data: Buffer): void {
  socket.send(`{"id":"${idOf(data.toString())}","actions":[{"action":"ACK"}]}`)
}

/** Those of a turn together, as the hub does. */
function acknowledging(socket: WebSocket): (data: Buffer) => void {
  let ids: string[] = []
  return (data) => {
    ids.push(idOf(data.toString()))
    if (ids.length > 1) return
    setImmediate(() => {
      socket.send(JSON.stringify({ type: 'acked', ids }))
      ids = []
    })
  }
}

function idOf(text: string): string {
  const from = text.indexOf('"id":"') + 6
  return text.slice(from, text.indexOf('"', from))
}
