import type { Clock, Timer } from '@holdfast/contract'

/** So often it is looked, in the time that something may be idle. */
const LOOKS = 10

export interface IdleWatchParts {
  readonly clock: Clock
  readonly idleMs: number
  /** Called at intervals. `gone`: there is nothing to watch any more. */
  readonly look: () => 'busy' | 'idle' | 'gone'
  /** Called when every check during `idleMs` found it idle. */
  readonly idle: () => void
}

/** Detects that something has no users. */
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
