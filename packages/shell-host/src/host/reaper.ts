import type { Clock, Timer } from '@holdfast/contract'

/** Ends what no client came back for in time. */
export class Reaper<T> {
  readonly #clock: Clock
  readonly #reap: (item: T) => void
  readonly #timers = new Map<T, Timer>()

  constructor(clock: Clock, reap: (item: T) => void) {
    this.#clock = clock
    this.#reap = reap
  }

  /** Reaps the item after `ms`, unless it is forgotten before. A watch that is running continues as it was. */
  watch(item: T, ms: number): void {
    if (this.#timers.has(item)) return
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(item)
      this.#reap(item)
    })
    this.#timers.set(item, timer)
  }

  forget(item: T): void {
    this.#timers.get(item)?.cancel()
    this.#timers.delete(item)
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }
}
