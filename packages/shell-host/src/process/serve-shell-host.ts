import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type Clock, type Logger, silentLogger, systemClock, type Timer } from '@holdfast/contract'
import {
  type Authenticate,
  refuseUpgrade,
  requestCredentials,
  requestUrl,
  tokenAuthenticate,
  type UpgradeEndpoint,
} from '@holdfast/gate/internals'
import { attachShells } from '../endpoint/ws-endpoint.ts'
import { shellError } from '../errors.ts'
import { ShellHost } from '../host/shell-host.ts'
import type { ShellHostOptions } from '../host/shell-host-options.ts'
import type { ShellRef } from '../host/shell-summary.ts'
import { defaultPolicy, type SpawnPolicy } from '../host/spawn-policy.ts'
import type { PodCommands } from '../kubernetes/pods.ts'
import { shellUser } from '../pty/shell-user.ts'
import { relayedPrincipals } from '../tunnel/relayed-principal.ts'
import { type HostRecord, privateFolder, removeRecord, SHELL_HOST_PROTOCOL, writeRecord } from './host-record.ts'
import { HOST_ROUTES, SHELL_USER_HEADER } from './host-routes.ts'
import { type HostService, SERVICE_UPGRADE, servicePath } from './host-service.ts'
import { type HostSettings, settingsIn } from './host-settings.ts'

/** Without a gateway and without a shell, a host ends after so long. */
const IDLE_MS = 60_000
const IDLE_CHECKS = 12
/** A path of a Unix socket has room for 108 bytes with its end (unix(7)); other systems have a little less. */
const MAX_SOCKET_PATH = 100
/** Where a short path is looked for, in order: TMPDIR may be long itself, and a root may be read-only. */
const SHORT_FOLDERS = [tmpdir(), '/tmp', '/run', '/var/tmp', '/dev/shm']

/** Options of {@link serveShellHost}. */
export interface ServeShellHostOptions {
  /** Where gateways find it: made for its owner alone. One host a folder. */
  readonly folder: string
  /** Of the program, for people. */
  readonly version: string
  /** The login shell, until a gateway names another one. @defaultValue that of `defaultPolicy()` */
  readonly shell?: string | undefined
  /** How long it stays without a gateway and without a shell. In milliseconds. @defaultValue 60000 */
  readonly idleMs?: number | undefined
  /** What else lives in this process. @defaultValue nothing */
  readonly services?: readonly HostService[] | undefined
  readonly host?: Omit<ShellHostOptions, 'policy' | 'pods' | 'recording' | 'clock' | 'logger'> | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/** A shell host that serves. */
export interface ServedShellHost {
  /** Resolves when it has ended: asked to, or idle for long enough. */
  readonly ended: Promise<void>
  /** Ends every shell, and it. Idempotent; never rejects. */
  close(): Promise<void>
}

/**
 * Serves the shells of this process to gateways on the same machine (design: shells in a process of their own): on a
 * Unix socket in a folder that is its owner's alone, to clients that know the secret in it. Shells live on while no gateway
 * runs, as long as detached ones do.
 * @throws `shell/host_failed`, also where the folder has a host already
 */
export async function serveShellHost(options: ServeShellHostOptions): Promise<ServedShellHost> {
  privateFolder(options.folder)
  const served = new ShellHostServer(options)
  await served.listen()
  return served
}

class ShellHostServer implements ServedShellHost {
  readonly ended: Promise<void>
  readonly #folder: string
  readonly #record: HostRecord
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #host: ShellHost
  readonly #shells: UpgradeEndpoint
  readonly #isGateway: Authenticate
  readonly #services: readonly HostService[]
  /** The one that listens is the last. Those before it lost their socket's file, and carry who came in time. */
  readonly #servers: Server[] = []
  readonly #connected = new Set<ServerResponse>()
  #policy: SpawnPolicy
  #pods: PodCommands | undefined
  #recording: HostSettings['recording']
  #idleChecks = 0
  #timer: Timer | undefined
  #closing: Promise<void> | undefined
  #settle: () => void = () => {}

  constructor(options: ServeShellHostOptions) {
    const { folder, version, shell } = options
    this.#folder = folder
    this.#clock = options.clock ?? systemClock
    this.#idleMs = options.idleMs ?? IDLE_MS
    const secret = randomBytes(32).toString('base64url')
    this.#record = { protocol: SHELL_HOST_PROTOCOL, version, pid: process.pid, socket: socketIn(folder), secret }
    this.#policy = defaultPolicy({ shell })
    const logger = options.logger ?? silentLogger
    const policy: SpawnPolicy = (request) => this.#policy(request)
    this.#host = new ShellHost({
      ...options.host,
      policy,
      pods: () => this.#pods,
      recording: () => this.#recording,
      clock: this.#clock,
      logger,
    })
    this.#services = options.services ?? []
    this.#isGateway = tokenAuthenticate([{ secret, principal: 'gateway' }])
    this.#shells = attachShells(this.#host, { authenticate: relayedPrincipals(secret) })
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  async listen(): Promise<void> {
    await this.#listen()
    try {
      if (!writeRecord(this.#folder, this.#record)) {
        throw shellError('shell/host_failed', `Another shell host serves ${this.#folder} already.`)
      }
    } catch (error) {
      // With its socket's file.
      this.#servers.at(-1)?.close()
      throw error
    }
    this.#watch()
  }

  async #listen(): Promise<void> {
    const { socket } = this.#record
    const server = createServer((request, response) => void this.#request(request, response))
    server.on('upgrade', (request, stream, head) => {
      if (this.#shells.handles(requestUrl(request)?.pathname ?? '')) return this.#shells.upgrade(request, stream, head)
      void this.#serve(request, stream, head)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        reject(shellError('shell/host_failed', `The Unix socket ${socket} cannot be made.`, { cause }))
      })
      server.listen(socket, resolve)
    })
    this.#servers.push(server)
  }

  async #serve(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    stream.on('error', () => {})
    const service = this.#services.find(({ name }) => requestUrl(request)?.pathname === servicePath(name))
    if (service === undefined || (await this.#isGateway(requestCredentials(request))) === undefined) {
      return refuseUpgrade(stream, { status: 400, code: 'bad_request', message: 'There is no WebSocket at this path.' })
    }
    stream.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${SERVICE_UPGRADE}\r\n\r\n`)
    if (head.length > 0) stream.unshift(head)
    service.serve(stream)
  }

  /** A cleaner of old files may have removed the socket's: new clients would not find this process, and its shells. */
  async #listenAgain(): Promise<void> {
    const { socket } = this.#record
    if (existsSync(socket)) return
    // Before the other one begins: it takes the file of its name away.
    this.#servers.at(-1)?.close()
    try {
      if (!existsSync(dirname(socket))) mkdirSync(dirname(socket), { mode: 0o700 })
      await this.#listen()
    } catch {
      // At the next look.
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    this.#timer?.cancel()
    removeRecord(this.#folder, this.#record)
    await Promise.all([this.#host.close(), ...this.#services.map((service) => service.close())])
    for (const server of this.#servers) {
      server.close()
      server.closeAllConnections()
    }
    const { socket } = this.#record
    if (dirname(socket) !== this.#folder) rmSync(dirname(socket), { recursive: true, force: true })
    this.#settle()
  }

  /** Idle for several looks in a row: a gateway that restarts right now is not missed. Each look is at the socket, too. */
  #watch(): void {
    this.#timer = this.#clock.after(this.#idleMs / IDLE_CHECKS, () => {
      const isIdle =
        this.#connected.size === 0 && this.#host.list().length === 0 && !this.#services.some(({ isBusy }) => isBusy)
      this.#idleChecks = isIdle ? this.#idleChecks + 1 : 0
      if (this.#idleChecks >= IDLE_CHECKS) return void this.close()
      void this.#listenAgain().finally(() => {
        if (this.#closing === undefined) this.#watch()
      })
    })
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if ((await this.#isGateway(requestCredentials(request))) === undefined) return answer(response, 401, {})
    const url = requestUrl(request)
    const query = url?.searchParams
    switch (url?.pathname) {
      case HOST_ROUTES.attend:
        return this.#connect(response, query ?? new URLSearchParams())
      case HOST_ROUTES.list:
        return answer(response, 200, this.#host.list())
      case HOST_ROUTES.stats:
        return answer(response, 200, this.#host.stats())
      case HOST_ROUTES.kill: {
        const left = await this.#host.kill(shellRefIn(query))
        return answer(response, 200, { left })
      }
      case HOST_ROUTES.rename: {
        const renamed = this.#host.rename(shellRefIn(query), query?.get('name') ?? undefined)
        return answer(response, 200, { renamed })
      }
      case HOST_ROUTES.stop:
        return this.#stop(response)
      default:
        return answer(response, 404, {})
    }
  }

  #connect(response: ServerResponse, query: URLSearchParams): void {
    try {
      const settings = settingsIn(query)
      const user = settings?.user === undefined ? undefined : shellUser(settings.user)
      if (settings !== undefined) {
        this.#policy = defaultPolicy({ ...settings, user })
        this.#pods = settings.pods
        this.#recording = settings.recording
      }
      if (user !== undefined) response.setHeader(SHELL_USER_HEADER, user.name)
    } catch (error) {
      return answer(response, 409, { error: error instanceof Error ? error.message : String(error) })
    }
    this.#connected.add(response)
    response.once('close', () => this.#connected.delete(response))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
  }

  async #stop(response: ServerResponse): Promise<void> {
    if (this.#connected.size > 1) return answer(response, 200, { stopped: false })
    // Later gateways start a host of their own.
    removeRecord(this.#folder, this.#record)
    await Promise.all([this.#host.close(), ...this.#services.map((service) => service.close())])
    response.once('close', () => void this.close())
    answer(response, 200, { stopped: true })
  }
}

function shellRefIn(query: URLSearchParams | undefined): ShellRef {
  const one = (name: string): string | undefined => query?.get(name) ?? undefined
  return { shellId: one('shellId') ?? '', sessionId: one('sessionId'), epoch: one('epoch') }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify(body))
}

/** In the folder where its path is short enough, else in a folder of its own that others can neither guess nor enter. */
function socketIn(folder: string): string {
  const near = join(folder, `${process.pid}-${randomBytes(4).toString('hex')}.sock`)
  if (Buffer.byteLength(near) <= MAX_SOCKET_PATH) return near
  const far = SHORT_FOLDERS.map(ownFolderIn).find((made) => made !== undefined)
  if (far !== undefined) return join(far, 'sock')
  throw shellError(
    'shell/host_failed',
    `The path ${near} is too long for a Unix socket, and no short folder can be written.`,
  )
}

function ownFolderIn(folder: string): string | undefined {
  if (Buffer.byteLength(folder) > MAX_SOCKET_PATH - '/holdfast-XXXXXX/sock'.length) return undefined
  try {
    return mkdtempSync(join(folder, 'holdfast-'))
  } catch {
    return undefined
  }
}
