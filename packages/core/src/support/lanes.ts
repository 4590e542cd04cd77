import { Fifo } from './fifo.ts'

/** Work that runs side by side, so much at once; more waits its turn. */
export class Lanes {
  readonly #maxRunning: number
  readonly #maxWaiting: number
  readonly #waiting = new Fifo<() => PromiseLike<void>>()
  #running = 0

  /** @param maxRunning at once, 16 by default. @param maxWaiting behind them, 10,000 by default: what was asked in one burst is answered. */
  constructor(maxRunning: number = 16, maxWaiting: number = 10_000) {
    this.#maxRunning = maxRunning
    this.#maxWaiting = maxWaiting
  }

  /** Runs it now or when there is room. False: too much waits. `work` reports its own failures. */
  run(work: () => PromiseLike<void>): boolean {
    if (this.#running >= this.#maxRunning) {
      if (this.#waiting.length >= this.#maxWaiting) return false
      this.#waiting.push(work)
      return true
    }
    this.#running += 1
    const next = (): void => {
      this.#running -= 1
      const waiting = this.#waiting.shift()
      if (waiting !== undefined) this.run(waiting)
    }
    work().then(next, next)
    return true
  }
}
