// Starts one nats-server or a cluster of three on loopback, for tests, benchmarks and examples. Every process is ended
// by its id, its files are removed with it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { natsServerProgram } from './nats-server.ts'

/** How the servers are set up. */
export interface NatsOptions {
  /** One server, or three that replicate. @defaultValue 1 */
  readonly count?: 1 | 3 | undefined
  /** `default` is the server's own: it flushes every two minutes. @defaultValue `always` */
  readonly sync?: 'always' | 'default' | undefined
  /** @defaultValue true */
  readonly jetStream?: boolean | undefined
  /** More lines of configuration, such as accounts. */
  readonly config?: string | undefined
  /**
   * What one server dials to reach another, by their places: a proxy's port, so that they can be parted. They then tell
   * each other no other way. @defaultValue the port itself
   */
  readonly through?: ((from: number, to: number, port: number) => Promise<number>) | undefined
  /** Bytes that JetStream may use on disk. @defaultValue 4 GB */
  readonly maxStoreBytes?: number | undefined
}

/** One server, running or not. */
export interface NatsNode {
  readonly name: string
  /** For clients. */
  readonly url: string
  /** Its monitoring, over HTTP. */
  readonly monitor: string
  readonly process: ChildProcess | undefined
  /** Starts it again with the files that it had, and resolves when it takes part. */
  start(): Promise<void>
  /** Ends it and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Lets it stand still, as a long pause of its machine does. */
  pause(): void
  resume(): void
}

/** All servers together. */
export interface NatsServers extends AsyncDisposable {
  readonly nodes: readonly NatsNode[]
  readonly urls: readonly string[]
  /** Ends all and removes their files. */
  stop(): Promise<void>
}

const READY_MS = 60_000

/** Starts servers and resolves when JetStream is ready, in a cluster with its leader. @throws where there is no program */
export async function startNats(options: NatsOptions = {}): Promise<NatsServers> {
  const found = natsServerProgram()
  if ('missing' in found) throw new Error(found.missing)
  for (let attempt = 1; ; attempt++) {
    const count = options.count ?? 1
    const ports = await freePorts(count * 3)
    const servers = new Servers(found.path, options, ports, await routesOf(ports.slice(count * 2), options))
    try {
      await servers.start()
      return servers
    } catch (error) {
      await servers.stop()
      // A port that was free may be somebody else's by now.
      if (attempt === 3) throw error
    }
  }
}

class Servers implements NatsServers {
  readonly nodes: readonly Node[]
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-nats-'))
  readonly #atExit = (): void => this.#endAll()

  constructor(program: string, options: NatsOptions, ports: readonly number[], routes: readonly (readonly number[])[]) {
    const count = options.count ?? 1
    this.nodes = Array.from({ length: count }, (_, i) => {
      const [client = 0, monitor = 0, route = 0] = [ports[i], ports[count + i], ports[2 * count + i]]
      const place = { client, monitor, route, routes: routes[i] ?? [] }
      return new Node(program, `n${i + 1}`, join(this.#folder, `n${i + 1}`), place, options)
    })
    process.on('exit', this.#atExit)
  }

  get urls(): readonly string[] {
    return this.nodes.map(({ url }) => url)
  }

  async start(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()))
    for (const until = Date.now() + READY_MS; !(await this.#areTogether()); ) {
      if (Date.now() > until) throw new Error(`The servers have not found each other within ${READY_MS} ms.`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill('SIGKILL')))
    process.off('exit', this.#atExit)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** The leader has heard of all others: before that it refuses streams that need them. */
  async #areTogether(): Promise<boolean> {
    const others = this.nodes.length - 1
    if (others === 0) return true
    const heard = await Promise.all(this.nodes.map((node) => node.peers()))
    return heard.some((peers) => peers.filter(({ offline }) => offline !== true).length === others)
  }

  #endAll(): void {
    for (const node of this.nodes) node.process?.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

interface Place {
  readonly client: number
  readonly monitor: number
  readonly route: number
  readonly routes: readonly number[]
}

class Node implements NatsNode {
  readonly name: string
  readonly url: string
  readonly monitor: string
  process: ChildProcess | undefined
  readonly #program: string
  readonly #file: string
  readonly #options: NatsOptions
  #said = ''

  constructor(program: string, name: string, base: string, place: Place, options: NatsOptions) {
    this.name = name
    this.url = `nats://127.0.0.1:${place.client}`
    this.monitor = `http://127.0.0.1:${place.monitor}`
    this.#program = program
    this.#options = options
    this.#file = `${base}.conf`
    writeFileSync(this.#file, configuration(name, `${base}.js`, place, options))
  }

  async start(): Promise<void> {
    const child = spawn(this.#program, ['-c', this.#file], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.process = child
    child.once('exit', () => {
      if (this.process === child) this.process = undefined
    })
    child.once('error', (error) => this.#hear(String(error)))
    child.stderr?.on('data', (chunk: Buffer) => this.#hear(chunk.toString()))
    for (const until = Date.now() + READY_MS; !(await this.#isReady()); ) {
      if (this.process !== child) throw new Error(`${this.name} ended: ${this.#said}`)
      if (Date.now() > until) throw new Error(`${this.name} is not ready after ${READY_MS} ms: ${this.#said}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.process
    if (child === undefined) return
    const ended = once(child, 'exit')
    if (signal !== 'SIGKILL') child.kill('SIGCONT')
    child.kill(signal)
    await ended
  }

  pause(): void {
    this.process?.kill('SIGSTOP')
  }

  resume(): void {
    this.process?.kill('SIGCONT')
  }

  /** Whom it has heard of, where it leads. */
  async peers(): Promise<readonly { readonly offline?: boolean }[]> {
    const cluster = (await this.#ask('jsz'))?.['meta_cluster']
    const replicas = typeof cluster === 'object' && cluster !== null && 'replicas' in cluster ? cluster.replicas : []
    return Array.isArray(replicas) ? replicas : []
  }

  /** The end of what it says, for the error where it does not start. */
  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-2_000)
  }

  async #isReady(): Promise<boolean> {
    const health = await this.#ask('healthz')
    if (health === undefined || health['status'] !== 'ok') return false
    if (this.#options.jetStream === false || (this.#options.count ?? 1) === 1) return true
    const cluster = (await this.#ask('jsz'))?.['meta_cluster']
    return typeof cluster === 'object' && cluster !== null && 'leader' in cluster && cluster.leader !== ''
  }

  async #ask(path: string): Promise<Record<string, unknown> | undefined> {
    try {
      const response = await fetch(`${this.monitor}/${path}`, { signal: AbortSignal.timeout(2_000) })
      return response.ok ? await response.json() : undefined
    } catch {
      return undefined
    }
  }
}

function configuration(name: string, folder: string, place: Place, options: NatsOptions): string {
  const { count = 1, sync = 'always', jetStream = true, config = '', maxStoreBytes = 4_000_000_000 } = options
  const routes = place.routes.map((port) => `nats://127.0.0.1:${port}`).join(', ')
  const limits = `max_memory_store: 64000000, max_file_store: ${maxStoreBytes}`
  // Servers tell each other where they listen, and would find a way past what stands between them.
  const quiet = options.through === undefined ? '' : ', no_advertise: true, advertise: "127.0.0.1:1"'
  const flush = sync === 'always' ? ', sync_interval: always' : ''
  return [
    `server_name: ${name}`,
    `listen: "127.0.0.1:${place.client}"`,
    `http: "127.0.0.1:${place.monitor}"`,
    jetStream ? `jetstream { store_dir: "${folder}", ${limits}${flush} }` : '',
    count === 1 ? '' : `cluster { name: holdfast, listen: "127.0.0.1:${place.route}", routes: [${routes}]${quiet} }`,
    config,
    '',
  ].join('\n')
}

/** What each server dials to reach the others. */
function routesOf(ports: readonly number[], { through }: NatsOptions): Promise<readonly (readonly number[])[]> {
  const rows = ports.map((_, from) =>
    Promise.all(ports.map((port, to) => (from === to ? port : (through?.(from, to, port) ?? port)))),
  )
  return Promise.all(rows)
}

/** All at once, so that they differ. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
