import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, HoldfastError, type Logger } from '@holdfast/contract'
import type { UpgradeEndpoint } from '../endpoint.ts'
import { type ErrorTable, refusalIn } from '../http/error-table.ts'
import { PendingUpgrade } from './pending-upgrade.ts'
import { refuseUpgrade } from './upgrade-refusal.ts'

/** Options of an {@link UpgradeGate}. */
export interface UpgradeGateOptions<Visit> {
  readonly handles: (path: string) => boolean
  readonly clock: Clock
  readonly logger: Logger
  /** The error table for refusals over HTTP. */
  readonly errors: ErrorTable
  /** Time for deciding. What takes longer is refused with `server/unavailable`. */
  readonly handshakeTimeoutMs: number
  /** Decides on a request; throws to refuse it. `others`: how many other requests are being decided, each with an open socket. */
  readonly authorize: (request: IncomingMessage, others: number) => Promise<Visit>
  /** Continues with one that is let in. */
  readonly open: (visit: Visit, request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Releases one that was decided too late. @defaultValue nothing hangs on it */
  readonly abandoned?: ((visit: Visit) => void) | undefined
  /** The body of a refusal, where a published protocol defines one. @defaultValue `{ error: { code, message } }` */
  readonly bodyOf?: ((request: IncomingMessage, error: HoldfastError) => object | undefined) | undefined
  /** Called with the code of each refusal. */
  readonly refused?: ((code: string) => void) | undefined
}

/** The HTTP part of an upgrade, for every protocol: decides within a time limit, and refuses so that the refusal arrives. */
export class UpgradeGate<Visit> implements UpgradeEndpoint {
  readonly #options: UpgradeGateOptions<Visit>
  readonly #pending = new Map<PendingUpgrade, Duplex>()

  constructor(options: UpgradeGateOptions<Visit>) {
    this.#options = options
  }

  /** Upgrades that are being decided over. */
  get size(): number {
    return this.#pending.size
  }

  handles(path: string): boolean {
    return this.#options.handles(path)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { clock, handshakeTimeoutMs: timeoutMs, authorize, open, abandoned } = this.#options
    const decided = authorize(request, this.#pending.size)
    const late = (): void => this.refuse(socket, unavailable('The handshake took too long.'), request)
    const pending = new PendingUpgrade({ clock, timeoutMs, socket, late, ended: () => this.#pending.delete(pending) })
    this.#pending.set(pending, socket)
    decided.then(
      (visit) => {
        if (pending.finish()) open(visit, request, socket, head)
        else abandoned?.(visit)
      },
      (error: unknown) => {
        if (pending.finish()) this.refuse(socket, error, request)
      },
    )
  }

  /** Refuses those that are being decided over. */
  giveUp(): void {
    for (const [pending, socket] of this.#pending) {
      if (pending.finish()) this.refuse(socket, unavailable('The server is going away.'))
    }
  }

  /** Answers an upgrade with what went wrong. */
  refuse(socket: Duplex, failure: unknown, request?: IncomingMessage | undefined): void {
    const { errors, logger, refused, bodyOf } = this.#options
    const { error, status, retryAfterMs } = refusalIn(errors, failure)
    const { code, message } = error
    refused?.(code)
    if (code.endsWith('/internal')) logger.error('an upgrade failed', { error: String(error.cause ?? failure) })
    const body = request === undefined ? undefined : bodyOf?.(request, error)
    refuseUpgrade(socket, { status, code, message, retryAfterMs, body })
  }
}

function unavailable(message: string): HoldfastError {
  return new HoldfastError('server/unavailable', message)
}
