import type { Clock } from '@holdfast/contract'
import { afterRunning } from './running-timer.ts'

/** How long deciding over an upgrade may take, and what is said where it takes longer. */
export interface PendingUpgradesOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly late: () => Error
}

/** Upgrades whose credentials are being looked at: counted, since each holds a socket, and given up in time. */
export class PendingUpgrades {
  readonly #options: PendingUpgradesOptions
  readonly #waiting = new Set<(error: Error) => void>()

  constructor(options: PendingUpgradesOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.size
  }

  /** What was decided. Rejects with `late` where that takes too long. */
  async decide<T>(decided: Promise<T>): Promise<T> {
    const { clock, timeoutMs, late } = this.#options
    let giveUp: (error: Error) => void = () => {}
    const given = new Promise<never>((_, reject) => {
      giveUp = reject
    })
    const deadline = afterRunning(clock, timeoutMs, () => giveUp(late()))
    this.#waiting.add(giveUp)
    try {
      return await Promise.race([decided, given])
    } finally {
      deadline.cancel()
      this.#waiting.delete(giveUp)
    }
  }

  /** Waits for none of them any more. */
  end(error: Error): void {
    for (const giveUp of this.#waiting) giveUp(error)
  }
}
