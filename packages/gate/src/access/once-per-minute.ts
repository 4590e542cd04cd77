import type { Clock } from '@holdfast/contract'

const MINUTE_MS = 60_000
/** How many names are remembered; the one that was reported longest ago goes first. */
const MAX_NAMES = 1_000

/** Lets something be said once a minute for each name, so that its cause cannot fill a log. */
export class OncePerMinute {
  readonly #clock: Clock
  readonly #reported = new Map<string, number>()
  #busyUntil = 0
  #inMinute = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether it may be said now. Names that change all the time get no more than sixty a minute together. */
  isDue(name: string): boolean {
    const now = this.#clock.now()
    const before = this.#reported.get(name)
    if (before !== undefined && now - before < MINUTE_MS) return false
    if (now >= this.#busyUntil) {
      this.#busyUntil = now + MINUTE_MS
      this.#inMinute = 0
    }
    if (this.#inMinute >= 60) return false
    this.#inMinute += 1
    this.#reported.delete(name)
    this.#reported.set(name, now)
    const [oldest] = this.#reported.keys()
    if (this.#reported.size > MAX_NAMES && oldest !== undefined) this.#reported.delete(oldest)
    return true
  }
}
