import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, HoldfastError, type Logger, type WebSocketChannel, type WebSocketFrame } from '@holdfast/contract'
import type { Entrance } from '../access/entrance.ts'
import type { Principal, UpgradeEndpoint } from '../endpoint.ts'
import type { ErrorTable } from '../http/error-table.ts'
import { PendingConnection } from './pending-connection.ts'
import { afterRunning } from './running-timer.ts'
import { UpgradeGate } from './upgrade-gate.ts'
import { type AcceptTerms, WebSocketAcceptor } from './web-socket-acceptor.ts'

/** Options of a {@link ConnectionGate}. */
export interface ConnectionGateOptions {
  readonly handles: (path: string) => boolean
  readonly entrance: Entrance
  readonly clock: Clock
  readonly logger: Logger
  /** The error table for refusals over HTTP. */
  readonly errors: ErrorTable
  readonly terms: AcceptTerms | ((request: IncomingMessage) => AcceptTerms)
  readonly handshakeTimeoutMs: number
  readonly closeTimeoutMs?: number | undefined
  /** Throws where one more may not come; `waiting` are at the gate already. */
  readonly demandRoom: (waiting: number) => void
  /** Throws to refuse a request over HTTP: this principal, or a request without valid credentials. */
  readonly demandUpgrade: (request: IncomingMessage, principal: Principal | undefined) => void
  /** Looks at the request of an open connection before its first frame; throws to refuse it. @defaultValue nothing */
  readonly demandFirst?: ((request: IncomingMessage, principal: Principal | undefined) => void) | undefined
  /**
   * How long the first frame may take, where that is less than the handshake timeout, and the error that then follows.
   * In milliseconds.
   */
  readonly firstFrame?: { readonly timeoutMs: number; readonly missing: () => HoldfastError } | undefined
  /** The credential in a first frame; undefined where it carries none. */
  readonly credentialOf: (frame: WebSocketFrame) => string | undefined
  /** Accepts a connection and hands it over. May throw a HoldfastError, which `refuse` sends. */
  readonly enter: (
    pending: PendingConnection,
    principal: Principal,
    request: IncomingMessage,
    byFrame: boolean,
  ) => Promise<void>
  /** Reports on an open connection why it is refused, and closes it. */
  readonly refuse: (channel: WebSocketChannel, error: HoldfastError) => void
  /** Called with the code of each refusal over HTTP. */
  readonly refused?: ((code: string) => void) | undefined
}

/**
 * The front of a WebSocket protocol: origin, credentials at the upgrade or in the first frame, a bound for those who wait and
 * for how long they do. What comes after is the protocol's.
 */
export class ConnectionGate implements UpgradeEndpoint {
  readonly #options: ConnectionGateOptions
  readonly #gate: UpgradeGate<Principal | undefined>
  readonly #acceptor: WebSocketAcceptor
  readonly #waiting = new Set<PendingConnection>()

  constructor(options: ConnectionGateOptions) {
    const { handles, clock, logger, errors, handshakeTimeoutMs, closeTimeoutMs, terms, refused } = options
    this.#options = options
    this.#acceptor = new WebSocketAcceptor(clock, closeTimeoutMs)
    this.#gate = new UpgradeGate({
      handles,
      clock,
      logger,
      errors,
      handshakeTimeoutMs,
      refused,
      authorize: (request, others) => this.#atUpgrade(request, others),
      open: (principal, request, socket, head) =>
        this.#acceptor.accept(request, socket, head, typeof terms === 'function' ? terms(request) : terms, (channel) =>
          this.#receive(channel, request, principal),
        ),
    })
  }

  handles(path: string): boolean {
    return this.#options.handles(path)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#gate.upgrade(request, socket, head)
  }

  /** Open connections whose principal is not known yet. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Refuses those who wait. */
  refuseWaiting(answer: (channel: WebSocketChannel) => void): void {
    for (const pending of this.#waiting) pending.refuse(answer)
  }

  /** Ends all connections that are not accepted yet, at once. */
  close(): void {
    for (const pending of this.#waiting) pending.channel.terminate()
    this.#gate.giveUp()
    this.#acceptor.close()
  }

  /** What HTTP can say: the origin, and credentials in a header. */
  async #atUpgrade(request: IncomingMessage, others: number): Promise<Principal | undefined> {
    const { entrance, demandRoom, demandUpgrade } = this.#options
    entrance.demandOrigin(request)
    demandRoom(this.#waiting.size + others)
    const principal = await entrance.identify(request)
    demandUpgrade(request, principal)
    return principal
  }

  #receive(channel: WebSocketChannel, request: IncomingMessage, principal: Principal | undefined): void {
    const { clock, handshakeTimeoutMs } = this.#options
    const pending = new PendingConnection(channel, () => this.#waiting.delete(pending))
    this.#waiting.add(pending)
    const deadline = afterRunning(clock, handshakeTimeoutMs, () => {
      this.#refuse(pending, principal === undefined ? unauthorized() : tooLong())
    })
    this.#admit(pending, request, principal)
      .catch((error: unknown) => this.#refuse(pending, error))
      .finally(() => deadline.cancel())
  }

  async #admit(pending: PendingConnection, request: IncomingMessage, known: Principal | undefined): Promise<void> {
    const { demandFirst, enter } = this.#options
    demandFirst?.(request, known)
    const principal = known ?? (await this.#identified(pending, request))
    if (!pending.isGone) await enter(pending, principal, request, known === undefined)
  }

  async #identified(pending: PendingConnection, request: IncomingMessage): Promise<Principal> {
    const { entrance, credentialOf } = this.#options
    const frame = await this.#firstFrame(pending)
    const carried = frame === undefined ? undefined : credentialOf(frame)
    const principal = carried === undefined ? undefined : await entrance.identify(request, carried)
    if (principal === undefined) throw unauthorized()
    return principal
  }

  async #firstFrame(pending: PendingConnection): Promise<WebSocketFrame | undefined> {
    const { clock, firstFrame } = this.#options
    if (firstFrame === undefined) return pending.first()
    const deadline = clock.after(firstFrame.timeoutMs, () => this.#refuse(pending, firstFrame.missing()))
    try {
      return await pending.first()
    } finally {
      deadline.cancel()
    }
  }

  #refuse(pending: PendingConnection, failure: unknown): void {
    if (pending.isGone) return
    const error = asKnown(failure, this.#options.logger)
    pending.refuse((channel) => this.#options.refuse(channel, error))
  }
}

/**
 * The error to send for a failure on an open connection. A failure that is not a HoldfastError is logged and sent as an
 * internal error.
 */
export function asKnown(failure: unknown, logger: Logger): HoldfastError {
  if (failure instanceof HoldfastError) return failure
  logger.error('a connection failed', { error: String(failure) })
  return new HoldfastError('server/internal', 'The server failed.', { cause: failure })
}

export function unauthorized(): HoldfastError {
  return new HoldfastError('server/unauthorized', 'Credentials are missing or wrong.')
}

function tooLong(): HoldfastError {
  return new HoldfastError('server/unavailable', 'It took too long.')
}
