import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Principal } from '@holdfast/server'
import { attachShells, defaultPolicy, ShellHost } from '@holdfast/shell-host'

/** The other process: shells whose screens are followed, the same without, and the same without but recorded. */
const authenticate = (): Principal => ({ id: 'bench', scopes: new Set(['shell']) })
const limits = { upgradeBurst: 1_000_000, maxShells: 1_000, maxShellsPerPrincipal: 1_000, maxAttachedPerSession: 1_000 }
const folder = mkdtempSync(join(tmpdir(), 'bench-recordings-'))
const common = { policy: defaultPolicy({ cwd: '/' }), limits }
const hosts = {
  '': new ShellHost({ ...common, screens: true }),
  '/bare': new ShellHost({ ...common, screens: false }),
  '/recorded': new ShellHost({ ...common, screens: false, recording: () => ({ folder, which: 'all' }) }),
}
const endpoints = Object.entries(hosts).map(([base, host]) => attachShells(host, { authenticate, base }))
const server = createServer()
server.on('upgrade', (request, socket, head) => {
  const { pathname } = new URL(request.url ?? '/', 'ws://x')
  endpoints.find((endpoint) => endpoint.handles(pathname))?.upgrade(request, socket, head)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.on('message', (asked) => {
  if (asked === 'memory') globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  process.send?.(asked === 'memory' ? process.memoryUsage().rss : user + system)
})
process.send?.((server.address() as AddressInfo).port)
process.on('disconnect', () => {
  void Promise.all(Object.values(hosts).map((host) => host.close())).finally(() => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(0)
  })
})
