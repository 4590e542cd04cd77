import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Timer } from '@holdfast/contract'
import { HoldfastError } from '@holdfast/contract'
import type { ShellNegotiation, ShellRequest } from '@holdfast/protocol/shell'
import {
  isShellPath,
  negotiateShell,
  parseShellRequest,
  SESSION_ID_NAME,
  SHELL_CLOSE,
  SHELL_ID_HEADER,
} from '@holdfast/protocol/shell'
import { acceptChannel } from '@holdfast/transport-node'
import { WebSocketServer } from 'ws'
import { requestCredentials, requestUrl } from '../credentials.ts'
import type { Authenticate, Principal, UpgradeEndpoint } from '../endpoint.ts'
import { isAllowedOrigin } from '../origin.ts'
import { RateLimiter } from '../rate-limiter.ts'
import { refuseUpgrade } from '../upgrade-refusal.ts'
import { dialectOf } from './dialect.ts'
import { type ShellErrorCode, shellError, statusOf } from './errors.ts'
import type { Admission, ShellHost } from './shell-host.ts'

/** What {@link attachShells} must and may be told. */
export interface ShellEndpointOptions {
  readonly authenticate: Authenticate
  /** Origins of browsers that are allowed besides the server's own host. */
  readonly origins?: readonly string[] | undefined
  /** A path before the shell paths. @defaultValue none */
  readonly base?: string | undefined
}

/** What the handshake has settled. */
interface Handshake {
  readonly admission: Admission
  readonly negotiated: Extract<ShellNegotiation, { ok: true }>
}

type Wish = Extract<ShellRequest, { kind: 'shell' | 'exec' }>

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
  readonly #options: ShellEndpointOptions
  readonly #base: string
  readonly #rates: RateLimiter
  readonly #handshakes = new WeakMap<IncomingMessage, Handshake>()
  readonly #servers = new Map<number, WebSocketServer>()
  #draining = false

  constructor(host: ShellHost, options: ShellEndpointOptions) {
    this.#host = host
    this.#options = options
    this.#base = (options.base ?? '').replace(/\/+$/, '')
    const { upgradeBurst: burst, upgradeEveryMs: everyMs } = host.limits
    this.#rates = new RateLimiter({ clock: host.clock, burst, everyMs })
  }

  handles(path: string): boolean {
    return path.startsWith(this.#base) && isShellPath(path.slice(this.#base.length))
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const handshake = new Deadline(this.#host, socket)
    this.#prepare(request).then(
      (settled) => {
        if (!handshake.finish()) return
        this.#handshakes.set(request, settled)
        const { maxMessageBytes } = dialectOf(settled.negotiated.dialect)
        this.#server(maxMessageBytes).handleUpgrade(request, socket, head, (webSocket) => {
          const clock = this.#host.clock
          const channel = acceptChannel(webSocket, request, { clock, closeTimeoutMs: CLOSE_TIMEOUT_MS })
          void settled.admission.attach(channel)
        })
      },
      (error: unknown) => {
        if (handshake.finish()) this.#refuse(socket, error)
      },
    )
  }

  async drain(spreadMs: number): Promise<void> {
    this.#draining = true
    this.#host.closeConnections(SHELL_CLOSE.restart, JSON.stringify({ spreadMs }))
  }

  async #prepare(request: IncomingMessage): Promise<Handshake> {
    if (this.#draining) throw shellError('shell/draining', 'This server is going away.')
    const wish = this.#read(request)
    if (!isAllowedOrigin(request, this.#options.origins)) {
      throw shellError('shell/forbidden', 'This origin is not allowed. Start the server with --origin to allow it.')
    }
    const negotiated = negotiateShell(offeredSubprotocols(request))
    if (!negotiated.ok) throw shellError('shell/bad_request', `subprotocol: ${negotiated.issue}`)
    const principal = await this.#authenticate(request, negotiated.token)
    const waitMs = this.#rates.take(principal.id)
    if (waitMs > 0) {
      throw shellError('shell/rate_limited', 'Too many connections in a short time.', { details: { waitMs } })
    }
    if ((wish.kind === 'exec') === (negotiated.dialect === 'agentcore')) {
      throw shellError('shell/bad_request', 'exec speaks v5.channel.k8s.io or v4.channel.k8s.io, shells speak neither.')
    }
    const admission = await this.#host.admit({ principal, dialect: dialectOf(negotiated.dialect), wish })
    return { admission, negotiated }
  }

  #read(request: IncomingMessage): Wish {
    const url = requestUrl(request)
    const header = request.headers[SESSION_ID_NAME.toLowerCase()]
    const session = typeof header === 'string' ? header : undefined
    const parsed =
      url === undefined
        ? undefined
        : parseShellRequest(url.pathname.slice(this.#base.length), url.searchParams, session)
    if (parsed?.kind === 'shell' || parsed?.kind === 'exec') return parsed
    throw shellError('shell/bad_request', parsed?.kind === 'invalid' ? parsed.issue : 'expected a path of the shells')
  }

  async #authenticate(request: IncomingMessage, token: string | undefined): Promise<Principal> {
    const principal = await this.#options.authenticate(requestCredentials(request, token))
    if (principal === undefined) throw shellError('shell/unauthorized', 'Credentials are missing or wrong.')
    return principal
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

  #refuse(socket: Duplex, error: unknown): void {
    const known = error instanceof HoldfastError
    if (!known) this.#host.logger.error('a shell upgrade failed', { error: String(error) })
    const code: string = known ? error.code : 'shell/internal'
    const message = known ? error.message : 'The server failed.'
    const status = statusOf(error)
    const waitMs = known ? error.details['waitMs'] : undefined
    const retryAfterMs = status === 429 || status === 503 ? (typeof waitMs === 'number' ? waitMs : 1000) : undefined
    refuseUpgrade(socket, { status, code, message, retryAfterMs })
  }
}

/** A handshake that takes too long, or whose socket dies, counts once: as that. */
class Deadline {
  readonly #timer: Timer
  readonly #socket: Duplex
  readonly #gone = (): void => void this.finish()
  #done = false

  constructor(host: ShellHost, socket: Duplex) {
    this.#socket = socket
    socket.on('error', this.#gone)
    socket.on('close', this.#gone)
    this.#timer = host.clock.after(host.limits.handshakeTimeoutMs, () => {
      if (!this.finish()) return
      const code: ShellErrorCode = 'shell/too_many'
      refuseUpgrade(socket, { status: 503, code, message: 'The handshake took too long.', retryAfterMs: 1000 })
    })
  }

  /** @returns false when somebody finished it before. */
  finish(): boolean {
    if (this.#done) return false
    this.#done = true
    this.#timer.cancel()
    this.#socket.off('close', this.#gone)
    return true
  }
}

function offeredSubprotocols(request: IncomingMessage): string[] {
  const header = request.headers['sec-websocket-protocol'] ?? ''
  return header
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
