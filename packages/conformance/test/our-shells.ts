import { once } from 'node:events'
import { createServer } from 'node:http'
import { attachEndpoints } from '@holdfast/server'
import { attachShells, defaultPolicy, ShellHost, type ShellLimits } from '@holdfast/shell-host'
import { type OurHub, TOKEN } from './our-hub.ts'

/** Shells of ours on a port of their own. */
export interface OurShells extends OurHub {
  /** How many run. */
  running(): number
}

/** Starts shells of ours that want a credential. */
export async function startOurShells(limits: Partial<ShellLimits> = {}): Promise<OurShells> {
  const host = new ShellHost({ policy: defaultPolicy({ shell: '/bin/sh', cwd: '/' }), limits })
  const authenticate = ({ bearer }: { bearer?: string | undefined }) =>
    bearer === TOKEN ? { id: 'p', scopes: new Set(['shell']) } : undefined
  const server = createServer()
  attachEndpoints(server, { upgrades: [attachShells(host, { authenticate })], requests: [] })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    running: () => host.stats().running,
    close: async () => {
      await host.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
