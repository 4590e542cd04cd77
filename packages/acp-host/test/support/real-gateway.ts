import { createServer, type Server } from 'node:http'
import { attachEndpoints, parseToken, tokenAuthenticate } from '@holdfast/gate'
import { type AcpEndpoint, type AcpEndpointOptions, acpEndpoint } from '../../src/index.ts'
import { AgentWorld } from './agent-world.ts'
import { WorldService } from './world-service.ts'

/** The endpoint on a port of this machine, in front of a service of the test. */
export class RealGateway {
  readonly world: AgentWorld
  readonly service: WorldService
  readonly endpoint: AcpEndpoint
  readonly #server: Server
  readonly #detach: () => void
  port = 0

  constructor(options: Partial<AcpEndpointOptions> = {}, world: AgentWorld = new AgentWorld(breath)) {
    this.world = world
    this.service = new WorldService(world)
    const authenticate = tokenAuthenticate([
      parseToken('secret=ann'),
      parseToken('other=bob'),
      parseToken('sh=eve:shell'),
    ])
    this.endpoint = acpEndpoint({ service: this.service, authenticate, ...options })
    this.#server = createServer()
    this.#detach = attachEndpoints(this.#server, {
      upgrades: [this.endpoint.upgrade],
      requests: [this.endpoint.request],
    })
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.port = typeof address === 'object' && address !== null ? address.port : 0
    return this
  }

  get http(): string {
    return `http://127.0.0.1:${this.port}/acp`
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}/acp`
  }

  async close(): Promise<void> {
    this.endpoint.close()
    this.#detach()
    this.service.die()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** One turn of the event loop. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
