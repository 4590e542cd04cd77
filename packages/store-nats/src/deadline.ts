import type { Clock } from '@holdfast/contract'

/** The end of one call's patience. */
export class Deadline {
  readonly #timers: Clock
  readonly #at: number

  constructor(timers: Clock, ms: number) {
    this.#timers = timers
    this.#at = timers.now() + ms
  }

  get leftMs(): number {
    return Math.max(this.#at - this.#timers.now(), 0)
  }

  get isOver(): boolean {
    return this.leftMs === 0
  }

  /** Resolves after `ms`, or at the end. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.after(Math.min(ms, this.leftMs), resolve)
    })
  }

  /** What `work` gives, or undefined at the end. */
  async orEnd<T>(work: Promise<T>): Promise<T | undefined> {
    let end: () => void = () => {}
    const over = new Promise<undefined>((resolve) => {
      end = () => resolve(undefined)
    })
    const timer = this.#timers.after(this.leftMs, end)
    try {
      return await Promise.race([work, over])
    } finally {
      timer.cancel()
    }
  }
}
