import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { type GatewayProcess, startGateway } from '../gateway-process.ts'
import type { Mortal } from './agents-at-work.ts'
import { Balancer } from './balancer.ts'
import { PERSON_TOKEN, TOKEN } from './mortal-gateway.ts'

/** Two gateway processes on one NATS server, and a balancer before them. */
export class NatsGateways implements Mortal {
  /** Everything that ended gateways wrote. */
  output = ''
  readonly #nats: NatsServers
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-agents-'))
  readonly #gateways = new Map<string, GatewayProcess>()
  #balancer: Balancer | undefined
  #kills = 0

  private constructor(nats: NatsServers) {
    this.#nats = nats
  }

  static async start(): Promise<NatsGateways> {
    const gateways = new NatsGateways(await startNats())
    await Promise.all(['a', 'b'].map((name) => gateways.#start(name)))
    gateways.#balancer = await Balancer.start(() => [...gateways.#gateways.values()].map(({ port }) => port))
    return gateways
  }

  get port(): number {
    return this.#balancer?.port ?? 0
  }

  get url(): string {
    return this.#balancer?.url ?? ''
  }

  /** kill -9 of the one and the other in turn. */
  async killAndRestart(awayMs: number): Promise<void> {
    this.#kills += 1
    const name = this.#kills % 2 === 0 ? 'a' : 'b'
    await this.#kill(name)
    await new Promise((resolve) => setTimeout(resolve, awayMs))
    await this.#start(name)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#gateways.keys()].map((name) => this.#kill(name)))
    await this.#balancer?.close()
    await this.#nats.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #kill(name: string): Promise<void> {
    const gateway = this.#gateways.get(name)
    this.#gateways.delete(name)
    const ended = await gateway?.stop('SIGKILL')
    this.output += `${ended?.stdout}${ended?.stderr}`
  }

  async #start(name: string): Promise<void> {
    const tokens = ['--token', TOKEN, '--token', `${PERSON_TOKEN}=person:track`]
    const place = ['--data', join(this.#folder, name), '--node', name, '--port', '0', '--shell', 'none']
    this.#gateways.set(name, await startGateway([...place, ...tokens, '--store', this.#nats.urls.join(',')]))
  }
}
