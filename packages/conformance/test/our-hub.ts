import { createServer } from 'node:http'
import { memoryLog } from '@holdfast/log'
import { createHub, type HubOptions } from '@holdfast/server'

/** A hub of ours on a port of its own. */
export interface OurHub {
  readonly url: string
  close(): Promise<void>
}

/** What it takes for a credential. */
export const TOKEN = 'conformance-token'

/** Starts a hub of ours that wants a credential. */
export async function startOurHub(options: Partial<HubOptions> = {}): Promise<OurHub> {
  const log = memoryLog()
  const scopes = new Set(['lead', 'control', 'observe'])
  const hub = createHub({
    log,
    authenticate: ({ bearer }) => (bearer === TOKEN ? { id: 'p', scopes } : undefined),
    // Every row makes a session, in one run of these tests a few thousand.
    limits: { createBurst: 100_000 },
    ...options,
  })
  const server = createServer((_request, response) => response.writeHead(404).end())
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      await hub.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await log.close()
    },
  }
}
