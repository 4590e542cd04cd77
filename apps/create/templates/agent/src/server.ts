import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { AcpAgents, acpEndpoint, LocalPrograms } from '@holdfast/acp-host'
import { attachEndpoints, parseToken, tokenAuthenticate } from '@holdfast/gate'
import { createHub } from '@holdfast/server'
import { killTree, SHELL_MARK } from '@holdfast/shell-host'
import { sqliteLog } from '@holdfast/store-sqlite'
import { ledSessions } from './led-sessions.ts'

const AGENT = fileURLToPath(new URL('../src/agent.mjs', import.meta.url))

export interface ServerOptions {
  /** The file that keeps what agents say. */
  readonly path: string
  /** `secret=who:scope+scope`, with scopes lead, control and observe. */
  readonly tokens: readonly string[]
  /** Where the agent may work. */
  readonly folder: string
}

export interface RunningServer {
  readonly server: Server
  close(): Promise<void>
}

/** The agent at `/acp`, and its sessions in the hub beside it. */
export async function startServer({ path, tokens, folder }: ServerOptions): Promise<RunningServer> {
  const log = sqliteLog({ path })
  const authenticate = tokenAuthenticate(tokens.map(parseToken))
  const hub = createHub({ log, authenticate })
  const agents = new AcpAgents({
    agents: [{ name: 'counter', command: [process.execPath, AGENT], folders: [folder] }],
    programs: new LocalPrograms({ tools: { markName: SHELL_MARK, endTree: killTree } }),
    sessions: ledSessions(hub),
    log,
  })
  await agents.start()
  const endpoint = acpEndpoint({ service: agents, authenticate })
  const server = createServer((_request, response) => response.end('my application\n'))
  attachEndpoints(server, { upgrades: [hub.upgrades, endpoint.upgrade], requests: [hub.requests, endpoint.request] })
  return {
    server,
    async close() {
      await endpoint.drain(2000)
      await agents.close()
      await hub.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await log.close()
    },
  }
}
