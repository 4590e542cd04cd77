import type { Clock, Timer } from '@holdfast/contract'

/** So long before the end of its credentials a client is told of it. */
const NOTICE_MS = 60_000

/** What happens as credentials come to their end. */
export interface ExpiryEvents {
  /** Called once, {@link NOTICE_MS} before, or at once where less is left. */
  expiring(expiresAt: number): void
  expired(): void
}

/** Watches the end of a connection's credentials (design: server §3.8). Nothing to watch where they have none. */
export class ExpiryWatch {
  readonly #clock: Clock
  readonly #expiresAt: number
  readonly #events: ExpiryEvents
  #timer: Timer | undefined
  #hasTold = false

  constructor(clock: Clock, expiresAt: number | undefined, events: ExpiryEvents) {
    this.#clock = clock
    this.#expiresAt = expiresAt ?? Number.POSITIVE_INFINITY
    this.#events = events
  }

  start(): void {
    const left = this.#expiresAt - this.#clock.epoch()
    if (left <= 0) return this.#events.expired()
    if (left <= NOTICE_MS && !this.#hasTold) {
      this.#hasTold = true
      this.#events.expiring(this.#expiresAt)
    }
    if (left === Number.POSITIVE_INFINITY) return
    // A timer may end early, and the system's time may be set: then it looks again.
    this.#timer = this.#clock.after(left > NOTICE_MS ? left - NOTICE_MS : left, () => this.start())
  }

  stop(): void {
    this.#timer?.cancel()
  }
}
