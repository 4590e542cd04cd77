import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { RateLimiter, type UpgradeEndpoint, UpgradeGate, WebSocketAcceptor } from '@holdfast/gate/internals'
import type { ShellNegotiation } from '@holdfast/protocol/shell'
import { SESSION_ID_NAME, SHELL_CLOSE, SHELL_ID_HEADER } from '@holdfast/protocol/shell'
import { dialectOf } from '../client/dialects/dialects.ts'
import { SHELL_ERROR_TABLE, shellError } from '../errors.ts'
import type { Authorization, ShellHost } from '../host/shell-host.ts'
import { podRefusal } from '../kubernetes/status.ts'
import { ShellAccess, type ShellAccessOptions } from './shell-access.ts'

/** Options of {@link attachShells}. */
export interface ShellEndpointOptions extends ShellAccessOptions {}

/** What the handshake has settled. */
interface Handshake {
  readonly admission: Authorization
  readonly revoked: AbortSignal | undefined
  readonly negotiated: Extract<ShellNegotiation, { ok: true }>
}

const REVOKED = 'the credentials were revoked'
/** How long a client has to answer a close before its socket is dropped. */
const CLOSE_TIMEOUT_MS = 10_000

/**
 * The shells of a host as a WebSocket endpoint (shell §2): three paths, three dialects. Every request passes origin,
 * credentials, rate limit, authorisation and policy before it is upgraded.
 */
export function attachShells(host: ShellHost, options: ShellEndpointOptions): UpgradeEndpoint {
  return new ShellEndpoint(host, options)
}

class ShellEndpoint implements UpgradeEndpoint {
  readonly #host: ShellHost
  readonly #requests: ShellAccess
  readonly #rates: RateLimiter
  readonly #gate: UpgradeGate<Handshake>
  readonly #acceptor: WebSocketAcceptor
  #draining = false

  constructor(host: ShellHost, options: ShellEndpointOptions) {
    const { clock, logger, limits } = host
    this.#host = host
    this.#requests = new ShellAccess({ clock, logger, ...options })
    this.#rates = new RateLimiter({ clock, burst: limits.upgradeBurst, everyMs: limits.upgradeEveryMs })
    this.#acceptor = new WebSocketAcceptor(clock, CLOSE_TIMEOUT_MS)
    this.#gate = new UpgradeGate({
      handles: (path) => this.#requests.handles(path),
      clock,
      logger,
      errors: SHELL_ERROR_TABLE,
      bodyOf: podRefusal,
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      authorize: (request) => this.#authorize(request),
      open: (handshake, ...upgrade) => this.#open(handshake, ...upgrade),
    })
  }

  handles(path: string): boolean {
    return this.#gate.handles(path)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#gate.upgrade(request, socket, head)
  }

  async drain(reconnectWindowMs: number): Promise<void> {
    this.#draining = true
    this.#host.closeConnections(SHELL_CLOSE.restart, JSON.stringify({ spreadMs: reconnectWindowMs }))
  }

  #open({ admission, negotiated, revoked }: Handshake, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const terms = {
      maxFrameBytes: dialectOf(negotiated.dialect).maxMessageBytes,
      protocol: negotiated.selected ?? false,
      headers: [`${SESSION_ID_NAME.toLowerCase()}: ${admission.sessionId}`, `${SHELL_ID_HEADER}: ${admission.shellId}`],
    } as const
    this.#acceptor.accept(request, socket, head, terms, (channel) => {
      const end = (): void => channel.close(SHELL_CLOSE.credentialsEnded, REVOKED)
      revoked?.addEventListener('abort', end)
      socket.once('close', () => revoked?.removeEventListener('abort', end))
      void admission.attach(channel)
    })
  }

  async #authorize(request: IncomingMessage): Promise<Handshake> {
    if (this.#draining) throw shellError('shell/draining', 'This server is going away.')
    const visit = await this.#requests.enter(request)
    const { principal, requested, negotiated } = visit
    const waitMs = this.#rates.take(principal.id)
    if (waitMs > 0) {
      throw shellError('shell/rate_limited', 'Too many connections in a short time.', { details: { waitMs } })
    }
    const admission = await this.#host.admit({ principal, dialect: dialectOf(negotiated.dialect), requested })
    this.#requests.demandDialect(visit)
    return { admission, revoked: principal.revoked, negotiated }
  }
}
