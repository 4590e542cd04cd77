import type { Timer } from '@holdfast/contract'
import type { Attempt, Host } from './attempt.ts'
import { prepareFor } from './preparations.ts'
import { rotationDelay } from './prepare.ts'

/**
 * Credentials are renewed before they expire: in band where the protocol can, else by a new connection. New ones that
 * look expired show a wrong clock. Where the server's is not known, nothing is renewed ahead of time then.
 */
export class Renewal<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly #host: Host<In, Out, WireIn, WireOut, Ready>
  readonly #dial: Attempt<In, Out, WireIn, WireOut, Ready>
  #timer: Timer | undefined

  constructor(host: Host<In, Out, WireIn, WireOut, Ready>, dial: Attempt<In, Out, WireIn, WireOut, Ready>) {
    this.#host = host
    this.#dial = dial
    this.#before(dial.credentials?.expiresAt)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #before(expiresAt: number | undefined): void {
    this.#timer?.cancel()
    if (expiresAt === undefined) return
    const { clock, options, preparations } = this.#host
    const { rotatedAt = Number.NEGATIVE_INFINITY } = preparations
    const leftMs = expiresAt - preparations.epoch()
    const delay = rotationDelay(leftMs, clock.now() - rotatedAt, options.random)
    if (delay === undefined) return preparations.wrongClock(-leftMs)
    this.#timer = clock.after(delay, () => void this.renew())
  }

  /** Now. Never rejects. */
  async renew(): Promise<void> {
    const host = this.#host
    const dial = this.#dial
    const { protocol } = host
    host.preparations.rotatedAt = host.clock.now()
    try {
      if (protocol.renew !== undefined) {
        const { attempt, previousError, signal } = dial
        const { credentials } = await prepareFor(host, { attempt, reason: 'rotate', previousError, signal })
        if (credentials === undefined || host.writer !== dial) return
        protocol.renew(credentials, dial.context)
        return this.#before(credentials.expiresAt)
      }
    } catch (error) {
      host.notifier.problem('renewing credentials failed', error)
    }
    host.apply({ type: 'leave', generation: dial.generation, reason: 'rotate', reconnectWindowMs: 0 })
  }
}
