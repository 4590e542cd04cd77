import type { Clock } from '@holdfast/contract'

const MINUTE_MS = 60_000
/** How many names are remembered; the one that was told longest ago goes first. */
const MAX_NAMES = 1_000

/** Lets something be said once a minute for each name, so that whoever causes it cannot fill a log. */
export class OncePerMinute {
  readonly #clock: Clock
  readonly #told = new Map<string, number>()
  #busyUntil = 0
  #inMinute = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether it may be said now. Names that change all the time get no more than sixty a minute together. */
  isDue(name: string): boolean {
    const now = this.#clock.now()
    const before = this.#told.get(name)
    if (before !== undefined && now - before < MINUTE_MS) return false
    if (now >= this.#busyUntil) {
      this.#busyUntil = now + MINUTE_MS
      this.#inMinute = 0
    }
    if (this.#inMinute >= 60) return false
    this.#inMinute += 1
    this.#told.delete(name)
    this.#told.set(name, now)
    const [oldest] = this.#told.keys()
    if (this.#told.size > MAX_NAMES && oldest !== undefined) this.#told.delete(oldest)
    return true
  }
}
