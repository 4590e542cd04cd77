import type { Clock, Timer } from '@holdfast/contract'

/** A timer that fires later than this, and than half its length, tells of sleep and not of a silent peer. */
const LATE_MS = 2_000

/** Tells when nothing was heard for too long. One timer, however often something is heard. */
export class StallWatch {
  readonly #clock: Clock
  readonly #boundMs: number | null
  readonly #onStall: () => void
  #heardAt = 0
  #timer: Timer | undefined

  constructor(clock: Clock, boundMs: number | null, onStall: () => void) {
    this.#clock = clock
    this.#boundMs = boundMs
    this.#onStall = onStall
  }

  start(): void {
    this.stop()
    this.heard()
    if (this.#boundMs !== null) this.#arm(this.#boundMs, this.#boundMs)
  }

  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #arm(ms: number, boundMs: number): void {
    const dueAt = this.#clock.now() + ms
    this.#timer = this.#clock.after(ms, () => {
      // After sleep, what arrived meanwhile is still to be read: the silence is counted afresh.
      if (this.#clock.now() - dueAt > Math.max(LATE_MS, ms / 2)) this.heard()
      const left = this.#heardAt + boundMs - this.#clock.now()
      if (left > 0) this.#arm(left, boundMs)
      else this.#onStall()
    })
  }
}
