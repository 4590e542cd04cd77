import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Principal } from '@holdfast/server'
import { attachShells, defaultPolicy, ShellHost } from '@holdfast/shell-host'

/** The other process: shells whose screens are followed, and beside them the same without. */
const authenticate = (): Principal => ({ id: 'bench', scopes: new Set(['shell']) })
const limits = { upgradeBurst: 1_000_000, maxShells: 1_000, maxShellsPerPrincipal: 1_000, maxAttachedPerSession: 1_000 }
const hosts = [true, false].map((screens) => new ShellHost({ policy: defaultPolicy({ cwd: '/' }), limits, screens }))
const endpoints = hosts.map((host, index) => attachShells(host, { authenticate, base: index === 0 ? '' : '/bare' }))
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
process.on('disconnect', () => void Promise.all(hosts.map((host) => host.close())).finally(() => process.exit(0)))
