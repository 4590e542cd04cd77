import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '@holdfast/contract'
import { afterRunning } from './running-timer.ts'

/** Options of a {@link PendingUpgrade}. */
export interface PendingUpgradeOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly socket: Duplex
  /** Called once where it takes too long. Not where it ended before, or its socket did. */
  readonly late: () => void
  /** Called once, however it ended. */
  readonly ended: () => void
}

/** An upgrade that is being decided. One that takes too long, or whose socket closes, is counted once, as that. */
export class PendingUpgrade {
  readonly #options: PendingUpgradeOptions
  readonly #timer: Timer
  readonly #gone = (): void => void this.finish()
  #isDone = false

  constructor(options: PendingUpgradeOptions) {
    this.#options = options
    const { socket, clock, timeoutMs } = options
    socket.on('error', ignoreError)
    socket.on('close', this.#gone)
    this.#timer = afterRunning(clock, timeoutMs, () => {
      if (this.finish()) options.late()
    })
  }

  /** @returns false where it ended before. */
  finish(): boolean {
    if (this.#isDone) return false
    this.#isDone = true
    this.#timer.cancel()
    // Its error listener stays: an error without one would end the process.
    this.#options.socket.off('close', this.#gone)
    this.#options.ended()
    return true
  }
}

/** One function for all sockets, which have it as long as they live. Their end follows, and that is what counts. */
function ignoreError(): void {}
