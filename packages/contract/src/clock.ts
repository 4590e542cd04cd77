/** A timer that has been armed. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void
}

/** The only source of time. Give a virtual one to make everything deterministic. */
export interface Clock {
  /** Milliseconds, monotonic; only differences mean anything. */
  now(): number
  /** Milliseconds since 1970; for timestamps on the wire and to detect sleep, never for timeouts. */
  epoch(): number
  /** Runs once after `ms`. Intervals re-arm themselves. */
  after(ms: number, run: () => void): Timer
}

/** Resolves after `ms` milliseconds of the clock, or as soon as the signal is aborted. Never rejects. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) return resolve()
    const done = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.after(ms, done)
    signal.addEventListener('abort', done, { once: true })
  })
}

/** Largest delay that every runtime's timer honours: 2³¹−1 ms. */
const MAX_TIMER_MS = 2_147_483_647

declare const setTimeout: (run: () => void, ms: number) => unknown
declare const clearTimeout: (handle: unknown) => void
declare const performance: { now(): number }

/** The runtime's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  after: (ms, run) => new SystemTimer(ms, run),
}

class SystemTimer implements Timer {
  readonly #handle: unknown

  constructor(ms: number, run: () => void) {
    this.#handle = setTimeout(run, Math.min(Math.max(ms, 0), MAX_TIMER_MS))
  }

  cancel(): void {
    clearTimeout(this.#handle)
  }
}
