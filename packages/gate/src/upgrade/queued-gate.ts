import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type Clock,
  HoldfastError,
  type Logger,
  type Timer,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/contract'
import { FRAME_LIMIT_HEADER } from '@holdfast/protocol/sessions'
import { hasScope, type Scope } from '../access/auth.ts'
import { requestCredentials } from '../access/credentials.ts'
import { Entrance } from '../access/entrance.ts'
import type { TrustedProxies } from '../access/trusted-proxies.ts'
import type { Authenticate, Principal, UpgradeEndpoint } from '../endpoint.ts'
import { SERVER_ERRORS } from '../errors.ts'
import { errorTable } from '../http/error-table.ts'
import type { GateLimits } from '../limits.ts'
import { ConnectionGate } from './connection-gate.ts'
import { RESTART_CLOSE, spreadReason } from './drain.ts'
import type { PendingConnection } from './pending-connection.ts'
import { PrincipalCounts } from './principal-counts.ts'
import { type FrameHandler, QueuedConnection } from './queued-connection.ts'

/** Options of a {@link QueuedGate}. */
export interface QueuedGateOptions {
  readonly handles: (path: string) => boolean
  readonly authenticate: Authenticate
  /** A principal needs one of them. */
  readonly scopes: readonly Scope[]
  readonly origins: readonly string[]
  /** Whose forwarded headers are trusted. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: GateLimits
  /** Headers of the answer beside the limit of frames, as `name: value`. @defaultValue none */
  readonly headers?: ((request: IncomingMessage) => readonly string[]) | undefined
  /** The credential in a first frame; undefined where it carries none. */
  readonly credentialOf: (frame: WebSocketFrame) => string | undefined
  /** Reports on an open connection why it is refused, and closes it. */
  readonly refuse: (channel: WebSocketChannel, error: HoldfastError) => void
  /** Accepts a connection. May throw a HoldfastError, which `refuse` sends. */
  readonly enter: (
    channel: WebSocketChannel,
    principal: Principal,
    request: IncomingMessage,
    byFrame: boolean,
  ) => Promise<FrameHandler>
}

/** A whole WebSocket endpoint for a protocol that takes frames one at a time: the gate, liveness, expiry, drain. */
export class QueuedGate implements UpgradeEndpoint {
  readonly #options: QueuedGateOptions
  readonly #gate: ConnectionGate
  readonly #connections = new Set<QueuedConnection>()
  readonly #counts = new PrincipalCounts()
  #draining = false
  #checks: Timer | undefined

  constructor(options: QueuedGateOptions) {
    const { handles, clock, logger, limits, credentialOf, refuse, headers } = options
    const { maxFrameBytes, handshakeTimeoutMs } = limits
    this.#options = options
    this.#gate = new ConnectionGate({
      handles,
      entrance: new Entrance(options),
      clock,
      logger,
      errors: errorTable({ area: 'server', rows: SERVER_ERRORS }),
      terms: (request) => ({
        maxFrameBytes,
        headers: [`${FRAME_LIMIT_HEADER}: ${maxFrameBytes}`, ...(headers?.(request) ?? [])],
      }),
      handshakeTimeoutMs,
      demandRoom: (waiting) => this.#demandRoom(waiting),
      demandUpgrade: (request, principal) => this.#demandUpgrade(request, principal),
      demandFirst: () => {
        if (this.#draining) throw unavailable()
      },
      credentialOf,
      refuse,
      enter: (...came) => this.#enter(...came),
    })
  }

  get size(): number {
    return this.#connections.size + this.#gate.waiting
  }

  handles(path: string): boolean {
    return this.#options.handles(path)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#gate.upgrade(request, socket, head)
  }

  async drain(reconnectWindowMs: number): Promise<void> {
    this.#draining = true
    this.#gate.refuseWaiting((channel) => channel.close(RESTART_CLOSE, spreadReason(reconnectWindowMs)))
    await Promise.all([...this.#connections].map((connection) => connection.drain(reconnectWindowMs)))
  }

  /** Ends everything at once. */
  close(): void {
    this.#draining = true
    this.#checks?.cancel()
    for (const connection of this.#connections) connection.terminate()
    this.#gate.close()
  }

  #demandRoom(waiting: number): void {
    const isFull = this.#connections.size + waiting >= this.#options.limits.maxConnections
    if (this.#draining || isFull) throw unavailable()
  }

  #demandUpgrade(request: IncomingMessage, principal: Principal | undefined): void {
    const { bearer, apiKey } = requestCredentials(request)
    if (principal !== undefined) this.#demandScope(principal)
    else if (bearer !== undefined || apiKey !== undefined) {
      throw new HoldfastError('server/unauthorized', 'The credentials are wrong.')
    }
  }

  #demandScope(principal: Principal): void {
    const { scopes } = this.#options
    if (hasScope(principal, ...scopes)) return
    throw new HoldfastError('server/forbidden', `This needs the scope ${scopes.join(' or ')}.`)
  }

  async #enter(
    pending: PendingConnection,
    principal: Principal,
    request: IncomingMessage,
    byFrame: boolean,
  ): Promise<void> {
    const { clock, logger, limits, refuse, enter } = this.#options
    this.#demandScope(principal)
    if (this.#counts.of(principal.id) >= limits.maxConnectionsPerPrincipal) throw unavailable()
    const uncount = this.#counts.add(principal.id)
    try {
      const { channel } = pending
      const handler = await enter(channel, principal, request, byFrame)
      const ended = (): void => {
        this.#connections.delete(connection)
        uncount()
      }
      const parts = { channel, handler, principal, clock, logger, limits, refuse, ended }
      const connection = new QueuedConnection(parts)
      this.#connections.add(connection)
      this.#watch()
      pending.handOver(connection)
    } catch (error) {
      uncount()
      throw error
    }
  }

  #watch(): void {
    const { clock, limits } = this.#options
    const check = (): void => {
      for (const one of this.#connections) one.check()
      this.#checks = this.#connections.size === 0 ? undefined : clock.after(limits.pingIntervalMs, check)
    }
    this.#checks ??= clock.after(limits.pingIntervalMs, check)
  }
}

function unavailable(): HoldfastError {
  return new HoldfastError('server/unavailable', 'The server takes no more connections now.')
}
