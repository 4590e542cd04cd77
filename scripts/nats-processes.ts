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
    const servers = new Servers(found.path, options, await freePorts((options.count ?? 1) * 3))
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

  constructor(program: string, options: NatsOptions, ports: readonly number[]) {
    const count = options.count ?? 1
    const routes = ports.slice(count * 2)
    this.nodes = Array.from({ length: count }, (_, i) => {
      const place = { client: ports[i] ?? 0, monitor: ports[count + i] ?? 0, route: routes[i] ?? 0, routes }
      return new Node(program, `n${i + 1}`, join(this.#folder, `n${i + 1}`), place, options)
    })
    process.on('exit', this.#atExit)
  }

  get urls(): readonly string[] {
    return this.nodes.map(({ url }) => url)
  }

  async start(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()))
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill('SIGKILL')))
    process.off('exit', this.#atExit)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
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
  const flush = sync === 'always' ? ', sync_interval: always' : ''
  return [
    `server_name: ${name}`,
    `listen: "127.0.0.1:${place.client}"`,
    `http: "127.0.0.1:${place.monitor}"`,
    jetStream ? `jetstream { store_dir: "${folder}", ${limits}${flush} }` : '',
    count === 1 ? '' : `cluster { name: holdfast, listen: "127.0.0.1:${place.route}", routes: [${routes}] }`,
    config,
    '',
  ].join('\n')
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
