import { once } from 'node:events'
import { createServer } from 'node:http'
import { attachShells, defaultPolicy, ShellHost, type ShellHostOptions } from '@holdfast/shell-host'

export interface InteropServer extends AsyncDisposable {
  readonly host: ShellHost
  /** Without scheme. */
  readonly authority: string
}

export const TOKEN = 'a-token/with+odd=bytes'

/** Our shell host behind a plain http server, as an application would embed it. */
export async function startServer(options: ShellHostOptions = {}): Promise<InteropServer> {
  const policy = defaultPolicy({ shell: '/bin/bash', shellArgs: ['--norc', '--noprofile'], cwd: '/' })
  const host = new ShellHost({ policy, ...options })
  const endpoint = attachShells(host, {
    authenticate: ({ bearer }) => (bearer === TOKEN ? { id: 'ada', scopes: new Set(['shell']) } : undefined),
  })
  const server = createServer()
  server.on('upgrade', (request, socket, head) => endpoint.upgrade(request, socket, head))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    host,
    authority: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await host.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
