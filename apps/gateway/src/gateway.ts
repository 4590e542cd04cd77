import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import type { Logger } from '@holdfast/core'
import { silentLogger } from '@holdfast/core/contract'
import { refuseUpgrade, requestUrl } from '@holdfast/gate'
import type { Directory } from '@holdfast/log/directory'
import type { GatewayConfig } from './config.ts'
import { GatewayError } from './errors.ts'
import { removeAddress, writeAddress } from './lifetime/address-file.ts'
import { IdleEnd } from './lifetime/idle-end.ts'
import { Listener } from './listener.ts'
import { GatewayMetrics } from './metrics/gateway-metrics.ts'
import { readinessOf } from './readiness.ts'
import { notFound, redirect, refuseForNow, refuseMalformed, send, sendError, sendJson } from './responses.ts'
import { openServices, type Services } from './services.ts'
import { type Pages, pages } from './static-files.ts'
import { openStore, type Store } from './store.ts'
import { withTimeout } from './with-timeout.ts'

/** How long clients have to leave after they were notified … */
const LEAVE_MS = 3_000
/** … and how long answers that are under way have after that, before their sockets are dropped. */
const LINGER_MS = 1_000
/** Each client adds so much to the time over which all of them come back, within these bounds. */
const SPREAD = { perClientMs: 2, leastMs: 1_000, mostMs: 30_000 } as const

/** A gateway that serves. */
export interface Gateway {
  /** Where it listens, as clients dial it. */
  readonly url: string
  /** 0 where it listens on a Unix socket. */
  readonly port: number
  /** Reads anew what may change while it runs: its certificate. */
  reload(): void
  /**
   * Drains and ends: new clients are refused, clients are asked to reconnect at a later time, the store is flushed. Takes a few
   * seconds at most. Idempotent; never rejects.
   */
  close(): Promise<void>
}

/** Options of {@link startGateway} besides its configuration. */
export interface GatewayOptions {
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
  /** A build of the web console. @defaultValue the one beside this app, if any */
  readonly consoleFolder?: string | undefined
  /**
   * Called when this process is to drain and end, with who wants it: an operator, or the setting `end-when-idle`.
   * @defaultValue operators are refused, and nothing ends by itself
   */
  readonly stop?: ((why: 'an operator' | 'idleness') => void) | undefined
}

/**
 * Starts a gateway in this process (gateway.md). Resolves when it is ready.
 * @throws GatewayError `gateway/port_taken`, `gateway/listen_failed`, `gateway/data_taken`, `gateway/store_failed`,
 * `gateway/store_unavailable`
 */
export async function startGateway(config: GatewayConfig, options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = new GatewayServer(config, options)
  await gateway.start()
  return gateway
}

type Phase = 'starting' | 'ready' | 'draining'

class GatewayServer implements Gateway {
  readonly #config: GatewayConfig
  readonly #logger: Logger
  readonly #stop: GatewayOptions['stop']
  readonly #pages: Pages
  readonly #listener: Listener
  readonly #sockets = new Set<Socket>()
  readonly #metrics: GatewayMetrics
  #phase: Phase = 'starting'
  #store: Store | undefined
  #directory: Directory | undefined
  #services: Services | undefined
  #idle: IdleEnd | undefined
  #closing: Promise<void> | undefined

  constructor(config: GatewayConfig, options: GatewayOptions) {
    this.#config = config
    this.#logger = options.logger ?? silentLogger
    this.#stop = options.stop
    this.#pages = pages(options.consoleFolder)
    this.#metrics = new GatewayMetrics({
      sockets: () => this.#sockets.size,
      isReady: () => this.#phase === 'ready',
      log: () => this.#store?.log,
    })
    this.#listener = new Listener(config, this.#logger)
    const { server } = this.#listener
    server.on('request', (request, response) => this.#request(request, response))
    server.on('upgrade', (request, socket, head) => this.#upgrade(this.#within(request), socket, head))
    server.on('clientError', (error, socket) => refuseMalformed(error, socket))
    // The ones beneath TLS, where there is TLS: they are what a drain waits for and ends.
    const sockets = this.#sockets
    // One function for all of them: most are idle.
    const forget = function (this: Socket): void {
      sockets.delete(this)
    }
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('close', forget)
      this.#idle?.used()
    })
  }

  get port(): number {
    const address = this.#listener.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get url(): string {
    return `${this.#listener.url}${this.#config.basePath}`
  }

  /** Where the other gateways reach this one. */
  get #advertised(): string {
    const { host, advertise } = this.#config
    const isWildcard = host === '0.0.0.0' || host === '::'
    if (advertise !== undefined) return advertise
    const { protocol } = new URL(this.#listener.url)
    return isWildcard ? `${protocol}//${hostname()}:${this.port}` : this.#listener.url
  }

  /** The port comes first: a port that is in use is reported as such, whatever else is shared with another gateway. */
  async start(): Promise<void> {
    await this.#listener.listen()
    try {
      const store = await openStore(this.#config, this.#logger)
      this.#store = store
      // From when the folder is this gateway's: another gateway that finds it taken reads this.
      if (this.#config.hasAddressFile) this.#writeAddress()
      this.#directory = await store.join?.(this.#config.node ?? `${hostname()}:${this.port}`)
      const place = this.#directory === undefined ? undefined : { directory: this.#directory, url: this.#advertised }
      const node = this.#directory?.node ?? this.#config.node ?? `${hostname()}:${this.port}`
      const stop = this.#stop
      const operated = { node, status: () => this.#phase, stop: stop && (() => stop('an operator')) }
      this.#services = await openServices(this.#config, store, this.#logger, this.#metrics.registry, operated, place)
      this.#phase = 'ready'
      this.#endWhenIdle(this.#services)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** @throws GatewayError `gateway/store_failed` */
  #writeAddress(): void {
    const { data, tokens } = this.#config
    const [{ secret } = { secret: '' }] = tokens
    try {
      writeAddress(data, { url: this.url, token: secret, pid: process.pid })
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new GatewayError('gateway/store_failed', `--address-file: ${why}.`, { cause, setting: 'address-file' })
    }
  }

  #endWhenIdle({ isAtWork }: Services): void {
    const { endWhenIdleMs: idleMs } = this.#config
    const stop = this.#stop
    if (idleMs === undefined || stop === undefined) return
    const hasClients = (): boolean => this.#sockets.size > 0
    this.#idle = new IdleEnd({ idleMs, hasClients, isAtWork, end: () => stop('idleness') })
    this.#idle.used()
  }

  reload(): void {
    this.#listener.reload()
  }

  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    this.#phase = 'draining'
    this.#idle?.stop()
    const { perClientMs, leastMs, mostMs } = SPREAD
    const reconnectWindowMs = Math.min(mostMs, Math.max(leastMs, this.#sockets.size * perClientMs))
    // Until all clients are notified, the port still answers: "not ready" to a balancer, "come back later" to clients.
    await withTimeout(this.#services?.drain(reconnectWindowMs) ?? Promise.resolve(), LEAVE_MS)
    this.#listener.stop()
    this.#listener.server.closeIdleConnections()
    await emptied(this.#sockets, LINGER_MS)
    for (const socket of this.#sockets) socket.destroy()
    try {
      await this.#services?.close()
    } catch (error) {
      this.#logger.error('a service did not end well', { error: String(error) })
    }
    await this.#directory?.close()
    await this.#store?.log.close()
    if (this.#config.hasAddressFile && this.#store !== undefined) removeAddress(this.#config.data, process)
  }

  /** Without the path before all others: a proxy may have taken it off already, or not. */
  #within(request: IncomingMessage): IncomingMessage {
    const { basePath } = this.#config
    const target = request.url ?? '/'
    if (
      basePath !== '' &&
      (target === basePath || target.startsWith(`${basePath}/`) || target.startsWith(`${basePath}?`))
    ) {
      const rest = target.slice(basePath.length)
      request.url = rest.startsWith('/') ? rest : `/${rest}`
    }
    return request
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    response.once('finish', () => this.#metrics.responded(response.statusCode))
    // The console's addresses are relative to a folder.
    if (request.url === this.#config.basePath) return redirect(response, `${this.#config.basePath}/`)
    const path = requestUrl(this.#within(request))?.pathname
    if (path === undefined) return sendError(response, 400, 'bad_request', 'The request target cannot be read.')
    if (path === '/healthz') return sendJson(response, 200, { status: 'ok' })
    if (path === '/readyz') return this.#ready(request, response)
    if (path === '/metrics') return this.#sendMetrics(response)
    if (this.#phase !== 'ready') return refuseForNow(response, this.#phase)
    const { requests = [], upgrades = [] } = this.#services ?? {}
    const endpoint = requests.find((candidate) => candidate.handles(request))
    if (endpoint !== undefined) return endpoint.handle(request, response)
    if (upgrades.some((candidate) => candidate.handles(path))) {
      return sendError(response, 426, 'upgrade_required', 'This path speaks WebSocket.', { upgrade: 'websocket' })
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return notFound(response)
    this.#pages(request, response, () => notFound(response))
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = requestUrl(request)?.pathname
    const upgrades = this.#services?.upgrades ?? []
    const endpoint = path === undefined ? undefined : upgrades.find((candidate) => candidate.handles(path))
    this.#metrics.upgrading(endpoint !== undefined)
    if (endpoint !== undefined && this.#phase === 'ready') return endpoint.upgrade(request, socket, head)
    socket.on('error', () => {})
    if (this.#phase !== 'ready') {
      const message = `The gateway is ${this.#phase}.`
      return refuseUpgrade(socket, { status: 503, code: 'unavailable', message, retryAfterMs: 1_000 })
    }
    refuseUpgrade(socket, { status: 400, code: 'bad_request', message: 'There is no WebSocket at this path.' })
  }

  #ready(request: IncomingMessage, response: ServerResponse): void {
    if (this.#phase !== 'ready') return sendJson(response, 503, { status: this.#phase }, { connection: 'close' })
    const wanted = requestUrl(request)?.searchParams.get('for') === 'read' ? 'read' : 'all'
    const { status, body } = readinessOf(this.#store?.log.health(), wanted)
    sendJson(response, status, body)
  }

  #sendMetrics(response: ServerResponse): void {
    this.#metrics.text(this.#services?.metrics ?? []).then(
      ({ type, body }) => send(response, { status: 200, type, body }),
      (error: unknown) => {
        this.#logger.error('metrics failed', { error: String(error) })
        sendError(response, 500, 'internal', 'The metrics could not be read.')
      },
    )
  }
}

/** Resolves when all are closed, or the time is over. */
function emptied(sockets: ReadonlySet<Socket>, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (sockets.size === 0) return resolve()
    const timer = setTimeout(resolve, withinMs)
    for (const socket of sockets) {
      socket.once('close', () => {
        if (sockets.size > 0) return
        clearTimeout(timer)
        resolve()
      })
    }
  })
}
