import type { Clock, Timer } from '@holdfast/contract'

/** So often it is looked, in the time that something may be idle. */
const LOOKS = 10

export interface IdleWatchParts {
  readonly clock: Clock
  readonly idleMs: number
  /** Looked at now and then. `gone`: there is nothing to watch any more. */
  readonly look: () => 'busy' | 'idle' | 'gone'
  /** It was idle at every look for so long. */
  readonly idle: () => void
}

/** Finds out that nobody uses something. */
export class IdleWatch {
  readonly #parts: IdleWatchParts
  #timer: Timer | undefined
  #busyAt = 0

  constructor(parts: IdleWatchParts) {
    this.#parts = parts
  }

  /** Begins anew. */
  start(): void {
    this.stop()
    this.#busyAt = this.#parts.clock.now()
    this.#arm()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    const { clock, idleMs, look, idle } = this.#parts
    this.#timer = clock.after(idleMs / LOOKS, () => {
      this.#timer = undefined
      const seen = look()
      if (seen === 'gone') return
      if (seen === 'busy') this.#busyAt = clock.now()
      else if (clock.now() - this.#busyAt >= idleMs) idle()
      this.#arm()
    })
  }
}
