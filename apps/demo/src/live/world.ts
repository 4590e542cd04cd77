import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gateway, GatewayError, type GatewayFlags, readConfig, startGateway } from '@holdfast/app-gateway'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { type FaultServer, startFaultServer } from './fault-server.ts'
import { Faults } from './faults.ts'

/** Options of {@link startWorld}. */
export interface WorldOptions {
  /** @defaultValue 4600, or any free one where that is taken */
  readonly port?: string | undefined
  /** Folder that keeps the sessions. @defaultValue a temporary one, deleted at the end */
  readonly data?: string | undefined
  /** A build of the web console. @defaultValue the one beside the gateway */
  readonly consoleFolder?: string | undefined
  /** The command of a coding agent. @defaultValue none */
  readonly agent?: string | undefined
  /** Variables of this process that it is to have. */
  readonly agentEnv?: readonly string[] | undefined
  /** Where it works. @defaultValue the demonstration's own folder */
  readonly agentFolder?: string | undefined
}

/** A gateway, and a network in front of it that breaks on request. */
export interface World {
  readonly gateway: Gateway
  readonly proxy: ChaosProxy
  readonly faults: Faults
  readonly faultServer: FaultServer
  readonly token: string
  /** The lead's own: its shells cannot be seen, and so not ended, through the link. */
  readonly leadToken: string
  /** A folder for what the demonstration writes. */
  readonly folder: string
  /** The console with its credentials, which are in the fragment: browsers never send that. */
  link(sessionId: string): string
  close(): Promise<void>
}

/** Starts everything that the demonstration needs but the lead. @throws GatewayError */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-'))
  const [token, leadToken] = [randomBytes(18).toString('base64url'), randomBytes(18).toString('base64url')]
  const origins: string[] = []
  const { data = join(folder, 'data'), consoleFolder } = options
  // A folder that is removed at the end cannot be returned to: shells end with the demonstration, however it ends.
  const shellHost = options.data === undefined ? 'inside' : undefined
  const { agent, agentEnv = [], agentFolder = folder } = options
  const agents =
    agent === undefined ? {} : { agent: [`agent=${agent}`], 'agent-folder': [agentFolder], 'agent-env': [...agentEnv] }
  const flags: GatewayFlags = {
    ...agents,
    ...{ host: '127.0.0.1', data, store: 'embedded', token: [token, `${leadToken}=demo-lead:lead+shell`], origin: [] },
    'shell-host': shellHost,
  }
  try {
    const gateway = await listen(flags, options.port, origins, consoleFolder)
    const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: gateway.port } })
    // The page comes from the gateway and dials the proxy: to the gateway that is another host.
    origins.push(gateway.url)
    const faults = new Faults(proxy)
    const faultServer = await startFaultServer({ faults, origin: () => gateway.url, proxyUrl: proxy.url })
    const { port, token: faultToken } = faultServer
    return {
      ...{ gateway, proxy, faults, faultServer, token, leadToken, folder },
      link: (session) => `${gateway.url}/#${new URLSearchParams({ token, session, demo: `${port}.${faultToken}` })}`,
      async close() {
        await faultServer.close()
        await proxy.heal({ links: 'reset' })
        await gateway.close()
        await proxy.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function listen(
  flags: GatewayFlags,
  port: string | undefined,
  origins: readonly string[],
  consoleFolder: string | undefined,
): Promise<Gateway> {
  const start = (wanted: string): Promise<Gateway> => {
    const config = readConfig({ ...flags, port: wanted }, { SHELL: process.env['SHELL'] })
    return startGateway({ ...config, origins }, { consoleFolder })
  }
  if (port !== undefined) return start(port)
  try {
    return await start('4600')
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'gateway/port_taken') return start('0')
    throw error
  }
}
