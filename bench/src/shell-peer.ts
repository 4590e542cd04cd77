import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Principal } from '@holdfast/server'
import { attachShells, defaultPolicy, ShellHost, ShellProcess, tunnelShells } from '@holdfast/shell-host'
import { spawn } from '@lydell/node-pty'
import { type WebSocket, WebSocketServer } from 'ws'
import { cpuMsOf } from './process-cost.ts'

/** The other process: our shell host, and next to it what it is measured against: node-pty piped into `ws`. */
const host = new ShellHost({
  policy: defaultPolicy({ cwd: '/' }),
  limits: {
    upgradeBurst: 1_000_000,
    maxShells: 1_000,
    maxShellsPerPrincipal: 1_000,
    maxAttachedPerSession: 1_000,
    totalRingBytes: 1_073_741_824,
  },
})
const authenticate = (): Principal => ({ id: 'bench', scopes: new Set(['shell']) })
const endpoint = attachShells(host, { authenticate })
/** The same shells in a process of their own, as a gateway has them. */
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
const command = [
  process.execPath,
  ...process.execArgv,
  fileURLToPath(new URL('./shell-host.mjs', import.meta.url)),
  folder,
]
const shells = new ShellProcess({ folder, shell: '/bin/bash', command })
const tunnels = tunnelShells(() => shells.peer(), { authenticate, base: '/process' })
const plain = new WebSocketServer({ noServer: true, perMessageDeflate: false })
const server = createServer()
server.on('upgrade', (request, socket, head) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://x')
  if (tunnels.handles(pathname)) return tunnels.upgrade(request, socket, head)
  if (pathname !== '/plain') return endpoint.upgrade(request, socket, head)
  plain.handleUpgrade(request, socket, head, (webSocket) => pipe(webSocket, searchParams.getAll('command')))
})

function pipe(socket: WebSocket, [file = 'sh', ...args]: string[]): void {
  const pty = spawn(file, args, { cols: 80, rows: 24, cwd: '/', encoding: null })
  // With `encoding: null` it gives buffers, which its types do not say.
  pty.onData((data: string | Buffer) => socket.send(data, { binary: true }))
  socket.on('message', (data: Buffer) => pty.write(data.toString()))
  socket.on('error', () => {})
  socket.on('close', () => pty.kill('SIGKILL'))
}

server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.((server.address() as AddressInfo).port)
process.on('message', (asked) => {
  // What else is asked, `observed.ts` answers.
  if (asked !== 'cpu') return
  const { user, system } = process.cpuUsage()
  process.send?.((user + system) / 1_000 + cpuMsOf(hosts()))
})

/** The process of its own, once it is there. */
function hosts(): number[] {
  try {
    return [Number(JSON.parse(readFileSync(join(folder, 'host.json'), 'utf8')).pid)]
  } catch {
    return []
  }
}

process.on('disconnect', () => {
  const closed = Promise.all([host.close(), shells.close({ keep: false })])
  void closed.finally(() => {
    rmSync(folder, { recursive: true })
    process.exit(0)
  })
})
