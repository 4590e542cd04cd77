import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type ChannelEnd,
  type Clock,
  HoldfastError,
  type Logger,
  type Timer,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/contract'
import { FRAME_LIMIT_HEADER } from '@holdfast/protocol/sessions'
import { acceptChannel } from '@holdfast/transport-node'
import { WebSocketServer } from 'ws'
import { hasScope, type Scope } from '../access/auth.ts'
import { requestCredentials } from '../access/credentials.ts'
import { Entrance } from '../access/entrance.ts'
import type { TrustedProxies } from '../access/trusted-proxies.ts'
import type { Authenticate, Principal, UpgradeEndpoint } from '../endpoint.ts'
import { serverStatusOf } from '../errors.ts'
import { RESTART_CLOSE, spreadReason } from './drain.ts'
import { ExpiryWatch } from './expiry-watch.ts'
import { PeerWatch } from './peer-watch.ts'
import { PendingUpgrades } from './pending-upgrades.ts'
import { PrincipalCounts } from './principal-counts.ts'
import { afterRunning } from './running-timer.ts'
import { refuseUpgrade } from './upgrade-refusal.ts'

/** Bounds of a door. */
export interface DoorLimits {
  /** The largest frame; a larger one ends its connection (close code 1009). */
  readonly maxFrameBytes: number
  readonly maxConnections: number
  /** Of them those of one principal: the rest is for others. */
  readonly maxConnectionsPerPrincipal: number
  /** Time for the first frame, where that carries the credentials. */
  readonly handshakeTimeoutMs: number
  /** A ping every so often … */
  readonly pingIntervalMs: number
  /** … and a connection of which nothing was heard for so long is dropped. */
  readonly silenceMs: number
  /** A connection that still has output, none of which it took for so long, is dropped. */
  readonly stalledMs: number
  /** Above this much output in its socket nothing more is taken from a connection. */
  readonly maxOutputBytes: number
  /** Frames of one connection that may be under way; above it, its socket is not read. */
  readonly maxPendingFrames: number
}

export const DOOR_LIMITS: DoorLimits = {
  maxFrameBytes: 1_048_576,
  maxConnections: 10_000,
  maxConnectionsPerPrincipal: 8_000,
  handshakeTimeoutMs: 10_000,
  pingIntervalMs: 15_000,
  // Two pings may get lost.
  silenceMs: 45_000,
  stalledMs: 300_000,
  maxOutputBytes: 1_048_576,
  maxPendingFrames: 256,
}

/** One connection, once it is known whose. */
export interface Guest {
  /** One at a time: the next after the promise of the one before. After one that rejects none is given. */
  frame(frame: WebSocketFrame): void | Promise<void>
  /** The last call. After a clean end it waits until all that came before that end was given. */
  closed(): void
}

/** What is behind a door. */
export interface DoorParts {
  readonly handles: (path: string) => boolean
  readonly authenticate: Authenticate
  /** Any of them lets in. */
  readonly scopes: readonly Scope[]
  readonly origins: readonly string[]
  /** Whose forwarded headers are believed. @defaultValue nobody's */
  readonly proxies?: TrustedProxies | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: DoorLimits
  /** The credential in a first frame; undefined where it carries none. */
  readonly credentialOf: (frame: WebSocketFrame) => string | undefined
  /** Tells whoever came without a good credential, and closes. */
  readonly refuse: (channel: WebSocketChannel, error: HoldfastError) => void
  /** Lets somebody in. May throw a HoldfastError, which is told by `refuse`. */
  readonly enter: (
    channel: WebSocketChannel,
    principal: Principal,
    request: IncomingMessage,
    byFrame: boolean,
  ) => Promise<Guest>
}

/** A WebSocket endpoint: origin, credentials at the upgrade or in the first frame, liveness, drain. */
export class SocketDoor implements UpgradeEndpoint {
  readonly #parts: DoorParts
  readonly #entrance: Entrance
  readonly #server: WebSocketServer
  readonly #visitors = new Set<Visitor>()
  readonly #counts = new PrincipalCounts()
  readonly #upgrading: PendingUpgrades
  #draining = false
  #checks: Timer | undefined

  constructor(parts: DoorParts) {
    this.#parts = parts
    this.#entrance = new Entrance(parts)
    const { maxFrameBytes: maxPayload } = parts.limits
    this.#upgrading = new PendingUpgrades({
      clock: parts.clock,
      timeoutMs: parts.limits.handshakeTimeoutMs,
      late: unavailable,
    })
    this.#server = new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false, clientTracking: false })
    this.#server.on('headers', (headers: string[]) => headers.push(`${FRAME_LIMIT_HEADER}: ${maxPayload}`))
  }

  get size(): number {
    return this.#visitors.size
  }

  handles(path: string): boolean {
    return this.#parts.handles(path)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const dead = (): void => void socket.destroy()
    socket.on('error', dead)
    this.#upgrading.decide(this.#atUpgrade(request)).then(
      (principal) => {
        if (socket.destroyed) return
        socket.off('error', dead)
        this.#server.handleUpgrade(request, socket, head, (webSocket) => {
          const channel = acceptChannel(webSocket, request, { clock: this.#parts.clock })
          this.#visit(channel, request, principal)
        })
      },
      (error: unknown) => {
        const refusal =
          error instanceof HoldfastError ? error : new HoldfastError('server/internal', 'The server failed.')
        const { waitMs } = refusal.details
        const retryAfterMs = typeof waitMs === 'number' ? waitMs : undefined
        const status = serverStatusOf(refusal.code)
        refuseUpgrade(socket, { status, code: refusal.code, message: refusal.message, retryAfterMs })
      },
    )
  }

  async drain(spreadMs: number): Promise<void> {
    this.#draining = true
    const ended = [...this.#visitors].map((visitor) => visitor.leave(spreadMs))
    await Promise.all(ended)
  }

  /** Ends everything at once. */
  close(): void {
    this.#draining = true
    this.#checks?.cancel()
    for (const visitor of this.#visitors) visitor.channel.terminate()
    this.#upgrading.end(unavailable())
    this.#server.close()
  }

  async #atUpgrade(request: IncomingMessage): Promise<Principal | undefined> {
    const { scopes, limits } = this.#parts
    this.#entrance.demandOrigin(request)
    if (this.#draining || this.size + this.#upgrading.size >= limits.maxConnections) {
      throw unavailable()
    }
    const credentials = requestCredentials(request)
    const principal = await this.#entrance.identify(request)
    const shown = credentials.bearer !== undefined || credentials.apiKey !== undefined
    if (principal === undefined && shown) throw new HoldfastError('server/unauthorized', 'The credentials are wrong.')
    if (principal !== undefined && !hasScope(principal, ...scopes)) throw forbidden(scopes)
    return principal
  }

  #visit(channel: WebSocketChannel, request: IncomingMessage, principal: Principal | undefined): void {
    const { clock, limits } = this.#parts
    const parts = { ...this.#parts, entrance: this.#entrance, counts: this.#counts }
    const visitor = new Visitor(channel, parts, request, principal, () => this.#visitors.delete(visitor))
    this.#visitors.add(visitor)
    const check = (): void => {
      for (const one of this.#visitors) one.check()
      this.#checks = this.size === 0 ? undefined : clock.after(limits.pingIntervalMs, check)
    }
    this.#checks ??= clock.after(limits.pingIntervalMs, check)
  }
}

interface VisitorParts extends DoorParts {
  readonly entrance: Entrance
  readonly counts: PrincipalCounts
}

/** Somebody at the door or inside. */
class Visitor {
  readonly channel: WebSocketChannel
  readonly #parts: VisitorParts
  readonly #request: IncomingMessage
  readonly #gone: () => void
  readonly #deadline: Timer
  readonly #ended: Promise<void>
  readonly #watch: PeerWatch
  #guest: Guest | undefined
  #expiry: ExpiryWatch | undefined
  #uncount: (() => void) | undefined
  #queue: Promise<void> = Promise.resolve()
  #pending = 0
  #isOpen = true
  /** Nothing more is taken: it was refused, or all is done. */
  #isDone = false
  #hasLeft = false
  #isKnown: boolean

  constructor(
    channel: WebSocketChannel,
    parts: VisitorParts,
    request: IncomingMessage,
    principal: Principal | undefined,
    gone: () => void,
  ) {
    this.channel = channel
    this.#parts = parts
    this.#request = request
    this.#gone = gone
    this.#watch = new PeerWatch(parts.clock, parts.limits)
    this.#isKnown = principal !== undefined
    this.#deadline = afterRunning(parts.clock, parts.limits.handshakeTimeoutMs, () => this.#refuse(unauthorized()))
    if (principal !== undefined) this.#queue = this.#enter(principal, false)
    this.#ended = new Promise((resolve) => {
      channel.start({
        frame: (frame) => this.#frame(frame),
        pong: () => this.#watch.heard(),
        closed: (end) => this.#closed(end, resolve),
      })
    })
  }

  leave(spreadMs: number): Promise<void> {
    this.channel.close(RESTART_CLOSE, spreadReason(spreadMs))
    return this.#ended
  }

  check(): void {
    if (this.#watch.isGone(this.channel.bufferedBytes, this.#pending === 0)) this.channel.terminate()
    else if (this.channel.traits.ping) this.channel.ping()
  }

  #frame(frame: WebSocketFrame): void {
    const { limits } = this.#parts
    this.#watch.heard()
    this.#pending += 1
    if (this.#pending === limits.maxPendingFrames) this.channel.pause()
    this.#queue = this.#queue
      .then(() => this.#take(frame))
      .finally(() => {
        this.#pending -= 1
        if (this.#pending === limits.maxPendingFrames >> 1) this.channel.resume()
      })
  }

  /** A peer that says goodbye has said all: what is under way is taken first, within a bound. */
  #closed({ clean }: ChannelEnd, ended: () => void): void {
    const { clock, limits } = this.#parts
    this.#isOpen = false
    this.#deadline.cancel()
    const leave = (): void => {
      if (this.#hasLeft) return
      this.#hasLeft = true
      this.#isDone = true
      bound.cancel()
      this.#expiry?.stop()
      this.#uncount?.()
      this.#gone()
      this.#guest?.closed()
      ended()
    }
    const bound = clock.after(limits.handshakeTimeoutMs, leave)
    if (clean) void this.#queue.then(leave)
    else leave()
  }

  async #take(frame: WebSocketFrame): Promise<void> {
    if (this.#isDone) return
    try {
      // Whoever does not read what it is answered is not heard either.
      if (this.channel.bufferedBytes > this.#parts.limits.maxOutputBytes) await this.channel.drained()
      if (this.#guest !== undefined) await this.#guest.frame(frame)
      else if (!this.#isKnown) await this.#identify(frame)
    } catch (error) {
      this.#refuse(error)
    }
  }

  async #identify(frame: WebSocketFrame): Promise<void> {
    const { entrance, credentialOf, scopes } = this.#parts
    const carried = credentialOf(frame)
    const principal = carried === undefined ? undefined : await entrance.identify(this.#request, carried)
    if (principal === undefined) throw unauthorized()
    if (!hasScope(principal, ...scopes)) throw forbidden(scopes)
    this.#isKnown = true
    await this.#enter(principal, true)
  }

  async #enter(principal: Principal, byFrame: boolean): Promise<void> {
    const { counts, limits } = this.#parts
    try {
      if (counts.of(principal.id) >= limits.maxConnectionsPerPrincipal) throw unavailable()
      this.#uncount = counts.add(principal.id)
      const guest = await this.#parts.enter(this.channel, principal, this.#request, byFrame)
      this.#deadline.cancel()
      this.#guest = guest
      this.#watchExpiry(principal)
      if (this.#hasLeft) guest.closed()
    } catch (error) {
      this.#refuse(error)
    } finally {
      if (this.#hasLeft) this.#uncount?.()
    }
  }

  /** Credentials that have ended, or were revoked, let nobody stay in. */
  #watchExpiry(principal: Principal): void {
    if (this.#hasLeft) return
    const expired = (): void => this.#refuse(unauthorized())
    this.#expiry = new ExpiryWatch(this.#parts.clock, principal, { expiring: () => {}, expired })
    this.#expiry.start()
  }

  #refuse(error: unknown): void {
    this.#deadline.cancel()
    this.#isDone = true
    if (!this.#isOpen) return
    const known = error instanceof HoldfastError
    if (!known) this.#parts.logger.error('a connection failed', { error: String(error) })
    this.#parts.refuse(this.channel, known ? error : new HoldfastError('server/internal', 'The server failed.'))
  }
}

function unavailable(): HoldfastError {
  return new HoldfastError('server/unavailable', 'The server takes no more connections now.')
}

function unauthorized(): HoldfastError {
  return new HoldfastError('server/unauthorized', 'Credentials are missing or wrong.')
}

function forbidden(scopes: readonly Scope[]): HoldfastError {
  return new HoldfastError('server/forbidden', `This needs the scope ${scopes.join(' or ')}.`)
}
