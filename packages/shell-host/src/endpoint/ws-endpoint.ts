import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { RateLimiter, type UpgradeEndpoint } from '@holdfast/gate/internals'
import type { ShellNegotiation } from '@holdfast/protocol/shell'
import { SESSION_ID_NAME, SHELL_CLOSE, SHELL_ID_HEADER } from '@holdfast/protocol/shell'
import { acceptChannel } from '@holdfast/transport-node'
import { WebSocketServer } from 'ws'
import { shellError } from '../errors.ts'
import type { Admission, ShellHost } from '../host/shell-host.ts'
import { dialectOf } from '../viewer/dialect.ts'
import { HandshakeDeadline } from './handshake-deadline.ts'
import { refuseShell, ShellDoor, type ShellDoorOptions } from './shell-door.ts'

/** What {@link attachShells} must and may be told. */
export interface ShellEndpointOptions extends ShellDoorOptions {}

/** What the handshake has settled. */
interface Handshake {
  readonly admission: Admission
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
  readonly #door: ShellDoor
  readonly #rates: RateLimiter
  readonly #handshakes = new WeakMap<IncomingMessage, Handshake>()
  readonly #servers = new Map<number, WebSocketServer>()
  #draining = false

  constructor(host: ShellHost, options: ShellEndpointOptions) {
    this.#host = host
    this.#door = new ShellDoor({ clock: host.clock, logger: host.logger, ...options })
    const { upgradeBurst: burst, upgradeEveryMs: everyMs } = host.limits
    this.#rates = new RateLimiter({ clock: host.clock, burst, everyMs })
  }

  handles(path: string): boolean {
    return this.#door.handles(path)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { clock, logger, limits } = this.#host
    const handshake = new HandshakeDeadline(socket, clock, limits.handshakeTimeoutMs)
    this.#prepare(request).then(
      (settled) => {
        if (!handshake.finish()) return
        this.#handshakes.set(request, settled)
        const { maxMessageBytes } = dialectOf(settled.negotiated.dialect)
        this.#server(maxMessageBytes).handleUpgrade(request, socket, head, (webSocket) => {
          const channel = acceptChannel(webSocket, request, { clock, closeTimeoutMs: CLOSE_TIMEOUT_MS })
          const end = (): void => channel.close(SHELL_CLOSE.credentialsEnded, REVOKED)
          settled.revoked?.addEventListener('abort', end)
          webSocket.once('close', () => settled.revoked?.removeEventListener('abort', end))
          void settled.admission.attach(channel)
        })
      },
      (error: unknown) => {
        if (handshake.finish()) refuseShell(socket, error, logger)
      },
    )
  }

  async drain(spreadMs: number): Promise<void> {
    this.#draining = true
    this.#host.closeConnections(SHELL_CLOSE.restart, JSON.stringify({ spreadMs }))
  }

  async #prepare(request: IncomingMessage): Promise<Handshake> {
    if (this.#draining) throw shellError('shell/draining', 'This server is going away.')
    const { principal, wish, negotiated } = await this.#door.enter(request)
    const waitMs = this.#rates.take(principal.id)
    if (waitMs > 0) {
      throw shellError('shell/rate_limited', 'Too many connections in a short time.', { details: { waitMs } })
    }
    const admission = await this.#host.admit({ principal, dialect: dialectOf(negotiated.dialect), wish })
    return { admission, revoked: principal.revoked, negotiated }
  }

  /** One WebSocket server for each message bound, made on first use. */
  #server(maxPayload: number): WebSocketServer {
    const known = this.#servers.get(maxPayload)
    if (known !== undefined) return known
    const server = new WebSocketServer({
      noServer: true,
      maxPayload,
      perMessageDeflate: false,
      handleProtocols: (_offered, request) => this.#handshakes.get(request)?.negotiated.selected ?? false,
    })
    server.on('headers', (headers: string[], request: IncomingMessage) => {
      const admission = this.#handshakes.get(request)?.admission
      if (admission === undefined) return
      headers.push(
        `${SESSION_ID_NAME.toLowerCase()}: ${admission.sessionId}`,
        `${SHELL_ID_HEADER}: ${admission.shellId}`,
      )
    })
    this.#servers.set(maxPayload, server)
    return server
  }
}
