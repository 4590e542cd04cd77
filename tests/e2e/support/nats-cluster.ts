import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { natsLog } from '@holdfast/store-nats'
import { type NatsNode, type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { type Ended, type GatewayProcess, startGateway } from '../gateway-process.ts'
import { Balancer } from './balancer.ts'
import { TOKEN } from './mortal-gateway.ts'

/** Few, so that three servers on a small machine are soon ready. */
const SHARDS = 4

/** Longer than any election. */
const START_MS = 60_000

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
    try {
      const log = natsLog({ servers: cluster.nats.urls, shards: SHARDS })
      await log.opened.finally(() => log.close())
      await Promise.all(['g1', 'g2', 'g3'].map((name) => cluster.startGateway(name)))
      cluster.#balancer = await Balancer.start(() => [...cluster.#gateways.values()].map(({ port }) => port))
    } catch (error) {
      await cluster.close()
      throw error
    }
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

  /** As a supervisor does it: a gateway that finds no store is started again. */
  async startGateway(name: string): Promise<void> {
    const place = ['--data', join(this.#folder, name), '--node', name, '--port', '0', '--shell', 'none']
    const args = [...place, '--token', TOKEN, '--store', this.nats.urls.join(',')]
    for (const end = Date.now() + START_MS; ; ) {
      try {
        this.#gateways.set(name, await startGateway(args))
        return
      } catch (error) {
        if (Date.now() > end) throw error
      }
    }
  }

  async stopGateway(name: string, signal: NodeJS.Signals): Promise<Ended | undefined> {
    const gateway = this.#gateways.get(name)
    // Of a draining one the balancer is told first, as deployments do.
    this.#gateways.delete(name)
    const ended = await gateway?.stop(signal)
    this.output += `${ended?.stdout}${ended?.stderr}`
    return ended
  }

  /** The server that leads the stream that grew most of late: that of the session that is busy. */
  async leader(): Promise<NatsNode> {
    const before = await this.#streams()
    await new Promise((resolve) => setTimeout(resolve, 100))
    const grown = (stream: StreamState): number =>
      stream.messages - (before.find(({ name }) => name === stream.name)?.messages ?? 0)
    const [busiest] = [...(await this.#streams())].sort((a, b) => grown(b) - grown(a))
    const leader = this.nats.nodes.find(({ name }) => name === busiest?.leader)
    if (leader === undefined) throw new Error('expected a stream with a leader')
    return leader
  }

  /** Takes a server's ways to the others away; gateways still reach it. */
  part({ name }: NatsNode): void {
    for (const { proxy } of this.#around(name)) proxy.blackHole()
  }

  join({ name }: NatsNode): void {
    for (const { proxy } of this.#around(name)) proxy.heal({ links: 'reset' })
  }

  async close(): Promise<void> {
    await Promise.all(this.gateways.map((name) => this.stopGateway(name, 'SIGKILL')))
    await this.#balancer?.close()
    await this.nats.stop()
    await Promise.all(this.#roads.map(({ proxy }) => proxy.close()))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #around(name: string): readonly Road[] {
    const at = this.nats.nodes.findIndex((node) => node.name === name)
    return this.#roads.filter(({ from, to }) => from === at || to === at)
  }

  /** The store's streams, as the servers that answer know them. */
  async #streams(): Promise<readonly StreamState[]> {
    return (await Promise.all(this.nats.nodes.map(streamsAt))).flat()
  }
}

interface StreamState {
  readonly name: string
  readonly messages: number
  readonly leader: string
}

async function streamsAt({ monitor }: NatsNode): Promise<readonly StreamState[]> {
  try {
    const response = await fetch(`${monitor}/jsz?streams=true`, { signal: AbortSignal.timeout(1_000) })
    const { account_details: accounts = [] } = await response.json()
    const details: readonly object[] = accounts.flatMap((one: object) => Reflect.get(one, 'stream_detail') ?? [])
    return details
      .map((stream) => ({
        name: String(Reflect.get(stream, 'name')),
        messages: Number(Reflect.get(Object(Reflect.get(stream, 'state')), 'messages')),
        leader: String(Reflect.get(Object(Reflect.get(stream, 'cluster')), 'leader') ?? ''),
      }))
      .filter(({ name, leader }) => !name.startsWith('KV_') && leader !== '')
  } catch {
    return []
  }
}
