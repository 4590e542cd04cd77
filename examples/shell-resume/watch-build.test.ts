import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { attachShells, defaultPolicy, ShellHost } from '@holdfast/shell-host'
import { expect, it } from 'vitest'
import { watchBuild } from './watch-build.ts'

it('the shell example prints every line once, in order, while every connection is cut', async () => {
  const host = new ShellHost({ policy: defaultPolicy({ cwd: '/' }) })
  const shells = attachShells(host, {
    authenticate: ({ bearer }) => (bearer === 'secret' ? { id: 'ada', scopes: new Set(['shell']) } : undefined),
  })
  const server = createServer()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    shells.upgrade(request, socket, head),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  try {
    const { lines, code } = await watchBuild({
      url: `ws://${proxy.address}`,
      token: 'secret',
      command: ['/bin/sh', '-c', 'for n in $(seq 1 200); do echo "step $n"; sleep 0.005; done; exit 3'],
      onLine: (line) => {
        if (line.endsWith('0')) proxy.cut()
      },
      retry: { baseMs: 5, firstMs: 5, capMs: 20, limits: [], flapLimits: [] },
    })
    expect(lines).toEqual(Array.from({ length: 200 }, (_, n) => `step ${n + 1}`))
    expect(code).toBe(3)
    expect(proxy.stats.accepted).toBeGreaterThan(5)
  } finally {
    await proxy.close()
    await host.close()
    server.closeAllConnections()
    server.close()
  }
})
