import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { attachShells, defaultPolicy, ShellHost } from '@holdfast/server/shell'
import { spawn } from '@lydell/node-pty'
import { type WebSocket, WebSocketServer } from 'ws'

/** The other process: our shell host, and next to it what it is measured against: node-pty piped into `ws`. */
const host = new ShellHost({
  policy: defaultPolicy({ cwd: '/' }),
  limits: { upgradeBurst: 1_000_000, maxShells: 1_000 },
})
const endpoint = attachShells(host, { authenticate: () => ({ id: 'bench', scopes: new Set(['shell']) }) })
const plain = new WebSocketServer({ noServer: true, perMessageDeflate: false })
const server = createServer()
server.on('upgrade', (request, socket, head) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'ws://x')
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
process.on('disconnect', () => void host.close().finally(() => process.exit(0)))
