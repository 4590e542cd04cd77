import { once } from 'node:events'
import { createServer } from 'node:http'
import { attachEndpoints } from '@holdfast/server'
import { attachShells, defaultPolicy, ShellHost } from '@holdfast/shell-host'
import { type OurHub, TOKEN } from './our-hub.ts'

/** Starts shells of ours that want a credential. */
export async function startOurShells(): Promise<OurHub> {
  const host = new ShellHost({ policy: defaultPolicy({ shell: '/bin/sh', cwd: '/' }) })
  const authenticate = ({ bearer }: { bearer?: string | undefined }) =>
    bearer === TOKEN ? { id: 'p', scopes: new Set(['shell']) } : undefined
  const server = createServer()
  attachEndpoints(server, { upgrades: [attachShells(host, { authenticate })], requests: [] })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    close: async () => {
      await host.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
