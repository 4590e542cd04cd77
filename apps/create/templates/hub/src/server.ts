import { createServer, type Server } from 'node:http'
import { slowGuesses } from '@holdfast/gate'
import { createHub, type Hub, parseToken, tokenAuthenticate } from '@holdfast/server'
import { sqliteLog } from '@holdfast/store-sqlite'

export interface ServerOptions {
  /** The file that keeps the sessions. */
  readonly path: string
  /** `secret=who:scope+scope`, with scopes lead, control and observe. */
  readonly tokens: readonly string[]
}

export interface RunningServer {
  readonly server: Server
  readonly hub: Hub
  close(): Promise<void>
}

/** Your application, and the hub beside its routes on the same port. */
export function startServer({ path, tokens }: ServerOptions): RunningServer {
  const server = createServer((_request, response) => response.end('my application\n'))
  const log = sqliteLog({ path })
  const authenticate = slowGuesses(tokenAuthenticate(tokens.map(parseToken)), { logger: console })
  const hub = createHub({ log, authenticate })
  hub.attach(server)
  return {
    server,
    hub,
    async close() {
      await hub.close()
      await new Promise((resolve) => server.close(resolve))
      await log.close()
    },
  }
}
