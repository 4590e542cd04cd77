import { type Clock, systemClock, type Timer } from '@holdfast/core'
import { lock, lockName } from './ownership.ts'

/** What is looked at, and what happens to an abandoned box. */
export interface LeftBoxesHost {
  readonly name: string
  readonly box: string
  readonly locks: LockManager
  readonly clock?: Clock | undefined
  /** Between two looks. In milliseconds. */
  readonly everyMs: number
  /** All boxes of this name that hold something. */
  boxes(): Promise<readonly string[]>
  /** Called under the box's lock. */
  adopt(box: string): Promise<void>
  failed(error: unknown): void
}

/**
 * Finds boxes whose tab does not come back. One that is free at two looks in a row is such a box: a tab that is only being
 * reloaded is without its lock for a moment, and must find its box where it was.
 */
export class LeftBoxes {
  readonly #host: LeftBoxesHost
  readonly #clock: Clock
  #timer: Timer | undefined
  #freeBefore: ReadonlySet<string> = new Set()
  #isStopped = false

  constructor(host: LeftBoxesHost) {
    this.#host = host
    this.#clock = host.clock ?? systemClock
    this.#arm()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  #arm(): void {
    if (this.#isStopped) return
    this.#timer = this.#clock.after(this.#host.everyMs, () => {
      this.#look()
        .catch((error: unknown) => {
          if (!this.#isStopped) this.#host.failed(error)
        })
        .finally(() => this.#arm())
    })
  }

  async #look(): Promise<void> {
    const { name, box: own, locks } = this.#host
    const { held = [] } = await locks.query()
    const taken = new Set(held.map((one) => one.name))
    const free = (await this.#host.boxes()).filter((box) => box !== own && !taken.has(lockName(name, box)))
    const before = this.#freeBefore
    this.#freeBefore = new Set(free)
    for (const box of free) if (before.has(box)) await this.#take(box)
  }

  async #take(box: string): Promise<void> {
    const { name, locks } = this.#host
    const release = await lock(locks, lockName(name, box), 0, this.#clock)
    if (release === undefined || this.#isStopped) return release?.()
    try {
      await this.#host.adopt(box)
    } finally {
      release()
    }
  }
}
