import { type Clock, systemClock, type Timer } from '@holdfast/core'

/** The runtime's own time, and how many timers are armed. */
export class CountingClock implements Clock {
  /** For timers that are not of the program. */
  readonly uncounted: Clock = systemClock
  readonly #armed = new Set<Timer>()

  get armed(): number {
    return this.#armed.size
  }

  now(): number {
    return systemClock.now()
  }

  epoch(): number {
    return systemClock.epoch()
  }

  after(ms: number, run: () => void): Timer {
    const timer = systemClock.after(ms, () => {
      this.#armed.delete(timer)
      run()
    })
    this.#armed.add(timer)
    return {
      cancel: () => {
        this.#armed.delete(timer)
        timer.cancel()
      },
    }
  }
}
