import type { Clock, Timer } from '../clock.ts'
import { type LoopTimer, lateMs, loopTimer, movedMs } from './loop-timer.ts'

/** A timer of one who only watches, by which a standstill of this side shows. */
export class WatchTimer {
  readonly #clock: Clock
  readonly #run: () => void
  #set: LoopTimer | undefined
  #timer: Timer | undefined
  /** The page is not seen: its timers come late though it runs. */
  isHidden = false

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock
    this.#run = run
  }

  arm(leftMs: number): void {
    this.cancel()
    this.#set = loopTimer(this.#clock.now(), this.#clock.epoch(), leftMs)
    this.#timer = this.#clock.after(this.#set.delayMs, this.#run)
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = this.#set = undefined
  }

  /** How long after it was due it has not run, or only now. */
  get lateMs(): number {
    return this.#set === undefined ? 0 : lateMs(this.#set, this.#clock.now(), this.isHidden)
  }

  /** By either clock. */
  get standstillMs(): number {
    if (this.#set === undefined) return 0
    return Math.max(this.lateMs, movedMs(this.#set, this.#clock.now(), this.#clock.epoch()))
  }
}
