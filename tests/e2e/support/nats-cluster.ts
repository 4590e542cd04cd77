import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChaosProxy, startChaosProxy } from '@holdfast/testkit/chaos-proxy'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { type GatewayProcess, startGateway } from '../gateway-process.ts'
import { Balancer } from './balancer.ts'
import { TOKEN } from './mortal-gateway.ts'

/** The way from one server to another. */
interface Road {
  readonly from: number
  readonly to: number
  readonly proxy: ChaosProxy
}

/** Three JetStream servers, three gateways on them, and a balancer before those: all processes of their own. */
export class NatsCluster {
  readonly nats: NatsServers
  /** Everything that gateways wrote which have ended. */
  output = ''
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-cluster-'))
  readonly #gateways = new Map<string, GatewayProcess>()
  readonly #roads: readonly Road[]
  #balancer: Balancer | undefined

  private constructor(nats: NatsServers, roads: readonly Road[]) {
    this.nats = nats
    this.#roads = roads
  }

  static async start(): Promise<NatsCluster> {
    const roads: Road[] = []
    const through = async (from: number, to: number, port: number): Promise<number> => {
      const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
      roads.push({ from, to, proxy })
      return proxy.port
    }
    const cluster = new NatsCluster(await startNats({ count: 3, through }), roads)
    await Promise.all(['g1', 'g2', 'g3'].map((name) => cluster.startGateway(name)))
    cluster.#balancer = await Balancer.start(() => [...cluster.#gateways.values()].map(({ port }) => port))
    return cluster
  }

  /** Of the balancer. */
  get url(): string {
    return this.#balancer?.url ?? ''
  }

  get port(): number {
    return this.#balancer?.port ?? 0
  }

  get gateways(): readonly string[] {
    return [...this.#gateways.keys()]
  }

  async startGateway(name: string): Promise<void> {
    const place = ['--data', join(this.#folder, name), '--node', name, '--port', '0', '--shell', 'none']
    this.#gateways.set(name, await startGateway([...place, '--token', TOKEN, '--store', this.nats.urls.join(',')]))
  }

  async stopGateway(name: string, signal: NodeJS.Signals): Promise<void> {
    const gateway = this.#gateways.get(name)
    // Of a draining one the balancer is told first, as deployments do.
    this.#gateways.delete(name)
    const ended = await gateway?.stop(signal)
    this.output += `${ended?.stdout}${ended?.stderr}`
  }

  /** The server that leads a session's stream, by its place. */
  async leader(): Promise<number> {
    for (const { monitor } of this.nats.nodes) {
      const response = await fetch(`${monitor}/jsz?streams=true&accounts=true`).catch(() => undefined)
      const told = JSON.stringify((await response?.json()) ?? {})
      const [, name] = /"name":"(?:[^"]*)","created":[^{}]*?"cluster":\{[^{}]*?"leader":"(n\d)"/.exec(told) ?? []
      const at = this.nats.nodes.findIndex((node) => node.name === name)
      if (at >= 0) return at
    }
    return 0
  }

  /** Takes a server's ways to the others away; gateways still reach it. */
  part(node: number): void {
    for (const { proxy } of this.#around(node)) proxy.stall()
  }

  join(node: number): void {
    for (const { proxy } of this.#around(node)) {
      proxy.heal()
      proxy.cut()
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.gateways.map((name) => this.stopGateway(name, 'SIGKILL')))
    await this.#balancer?.close()
    await this.nats.stop()
    await Promise.all(this.#roads.map(({ proxy }) => proxy.close()))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #around(node: number): readonly Road[] {
    return this.#roads.filter(({ from, to }) => from === node || to === node)
  }
}
