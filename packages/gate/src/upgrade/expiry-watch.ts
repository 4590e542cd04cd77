import type { Clock, Timer } from '@holdfast/contract'
import type { Principal } from '../endpoint.ts'

/** So long before the end of its credentials a client is warned … */
const NOTICE_MS = 60_000

/** … but not before this part of their time is over: short ones must not be renewed without a pause. */
const LEAST_USED = 1 / 3

/** What happens as credentials come to their end. */
export interface ExpiryEvents {
  /** Called once before the end of each credentials. */
  expiring(expiresAt: number): void
  expired(): void
}

/** Watches the end of a connection's credentials (design: server §3.8). Nothing to watch where they have none. */
export class ExpiryWatch {
  readonly #clock: Clock
  #expiresAt: number
  readonly #events: ExpiryEvents
  readonly #revoked: AbortSignal | undefined
  #timer: Timer | undefined
  #noticeAt = 0
  #hasNotified = false

  constructor(clock: Clock, { expiresAt, revoked }: Pick<Principal, 'expiresAt' | 'revoked'>, events: ExpiryEvents) {
    this.#revoked = revoked
    this.#clock = clock
    this.#expiresAt = expiresAt ?? Number.POSITIVE_INFINITY
    this.#events = events
  }

  start(): void {
    const now = this.#clock.epoch()
    this.#noticeAt = this.#expiresAt - Math.min(NOTICE_MS, (this.#expiresAt - now) * (1 - LEAST_USED))
    this.#hasNotified = false
    if (this.#revoked?.aborted === true) return this.#events.expired()
    this.#revoked?.addEventListener('abort', this, { once: true })
    this.#look()
  }

  /** Other credentials, from now on. */
  renew(expiresAt: number | undefined): void {
    this.stop()
    this.#expiresAt = expiresAt ?? Number.POSITIVE_INFINITY
    this.start()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#revoked?.removeEventListener('abort', this)
  }

  /** For the signal of the principal. */
  handleEvent(): void {
    this.#events.expired()
  }

  #look(): void {
    if (this.#expiresAt === Number.POSITIVE_INFINITY) return
    const now = this.#clock.epoch()
    if (now >= this.#expiresAt) return this.#events.expired()
    if (now >= this.#noticeAt && !this.#hasNotified) {
      this.#hasNotified = true
      this.#events.expiring(this.#expiresAt)
    }
    // A timer may end early, and the system's time may be set: then it looks again.
    const next = this.#hasNotified ? this.#expiresAt : this.#noticeAt
    this.#timer = this.#clock.after(next - now, () => this.#look())
  }
}
