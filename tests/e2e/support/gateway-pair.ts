import { createServer, type Server } from 'node:http'
import { silentLogger } from '@holdfast/core/contract'
import type { SessionLog } from '@holdfast/log'
import { type MemoryCluster, memoryCluster } from '@holdfast/log/directory'
import { attachEndpoints, createHub, parseToken, tokenAuthenticate } from '@holdfast/server'
import { permissionPrompts, sessionsEndpoint } from '@holdfast/server/sessions'
import { HubRelay, openTracker, trackerEndpoint, trackerRequests } from '@holdfast/server/tracker'
import type { Mortal } from './agents-at-work.ts'
import { Balancer, portOf } from './balancer.ts'
import { PERSON_TOKEN, TOKEN } from './mortal-gateway.ts'
import { type MortalLog, mortalLog } from './mortal-log.ts'

const authenticate = tokenAuthenticate([
  { secret: TOKEN, principal: 'default' },
  parseToken(`${PERSON_TOKEN}=person:track`),
])

/** One gateway in this process: everything that clients reach, over a log that it shares. */
class PairedGateway {
  readonly #view: MortalLog
  readonly #server: Server
  readonly #end: () => void

  private constructor(view: MortalLog, server: Server, end: () => void) {
    this.#view = view
    this.#server = server
    this.#end = end
  }

  static async start(name: string, shared: SessionLog, nodes: MemoryCluster): Promise<PairedGateway> {
    const view = mortalLog(shared)
    const { log } = view
    const cluster = nodes.join(name)
    const hub = createHub({ log, cluster, authenticate, requireApproval: permissionPrompts() })
    const relay = new HubRelay(hub, silentLogger)
    const tracker = await openTracker({ log, cluster, relay })
    const sessions = sessionsEndpoint({ hub, authenticate })
    const agents = trackerEndpoint({ tracker, authenticate })
    const server = createServer()
    const upgrades = [hub.upgrades, sessions, agents]
    attachEndpoints(server, { upgrades, requests: [hub.requests, trackerRequests({ tracker, authenticate })] })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new PairedGateway(view, server, () => {
      nodes.crash(name)
      sessions.close()
      agents.close()
      // Not awaited: what a dead process waits for does not come.
      void tracker.close()
      void hub.close()
    })
  }

  get port(): number {
    return portOf(this.#server)
  }

  /** As kill -9: nothing is said, written or given back any more. */
  kill(): void {
    this.#view.kill()
    this.#server.close()
    this.#server.closeAllConnections()
    this.#end()
  }
}

/** Two gateways over one log, and a balancer before them that gives each connection to the next one in turn. */
export class GatewayPair implements Mortal {
  readonly #log: SessionLog
  readonly #nodes = memoryCluster({ leaseMs: 500 })
  readonly #gateways = new Map<string, PairedGateway>()
  #balancer: Balancer | undefined
  #kills = 0

  private constructor(log: SessionLog) {
    this.#log = log
  }

  static async start(log: SessionLog): Promise<GatewayPair> {
    const pair = new GatewayPair(log)
    for (const name of ['a', 'b']) await pair.#start(name)
    pair.#balancer = await Balancer.start(() => [...pair.#gateways.values()].map(({ port }) => port))
    return pair
  }

  get port(): number {
    return this.#balancer?.port ?? 0
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** One of them, past the balancer. */
  at(name: 'a' | 'b'): string {
    return `http://127.0.0.1:${this.#gateways.get(name)?.port}`
  }

  /** The one and the other in turn. */
  async killAndRestart(awayMs: number): Promise<void> {
    this.#kills += 1
    const name = this.#kills % 2 === 0 ? 'a' : 'b'
    this.#gateways.get(name)?.kill()
    this.#gateways.delete(name)
    await new Promise((resolve) => setTimeout(resolve, awayMs))
    await this.#start(name)
  }

  async close(): Promise<void> {
    for (const gateway of this.#gateways.values()) gateway.kill()
    this.#gateways.clear()
    await this.#balancer?.close()
    await this.#log.close()
  }

  async #start(name: string): Promise<void> {
    this.#gateways.set(name, await PairedGateway.start(name, this.#log, this.#nodes))
  }
}
