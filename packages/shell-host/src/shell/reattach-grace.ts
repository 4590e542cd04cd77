import type { Clock, Timer } from '@holdfast/contract'
import { afterRunning } from '@holdfast/gate/internals'
import type { Lease } from '../client/known-writers.ts'

/** A writer that dropped and acknowledges will come back for what it has not read: the program waits a while for it. */
export class ReattachGrace {
  readonly #clock: Clock
  readonly #forMs: number
  readonly #givenUp: () => void
  #lease: Lease | undefined
  #timer: Timer | undefined

  constructor(clock: Clock, forMs: number, givenUp: () => void) {
    this.#clock = clock
    this.#forMs = forMs
    this.#givenUp = givenUp
  }

  /** Whose return is waited for. */
  get lease(): Lease | undefined {
    return this.#lease
  }

  begin(lease: Lease): void {
    this.stop()
    this.#lease = lease
    this.#timer = afterRunning(this.#clock, this.#forMs, () => {
      this.#lease = undefined
      this.#givenUp()
    })
  }

  stop(): void {
    this.#lease = undefined
    this.#timer?.cancel()
  }
}
