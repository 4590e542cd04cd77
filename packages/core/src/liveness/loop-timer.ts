import type { Clock, Timer } from '@holdfast/contract'

/** Chrome aligns the timers of a page hidden for five minutes to one a minute: that late they may be. */
const THROTTLED_MS = 60_000

/** A timer that knows how long this side stood still: how late it runs, and how far the wall clock has moved by itself. */
export class LoopTimer {
  readonly #clock: Clock
  #timer: Timer | undefined
  #dueAt = 0
  #delayMs = 0
  #skew = 0
  /** The page is not seen: its timers come late though it runs. */
  isHidden = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isArmed(): boolean {
    return this.#timer !== undefined
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /** How long it was set for. */
  get delayMs(): number {
    return this.#delayMs
  }

  arm(delayMs: number, run: () => void): void {
    const now = this.#clock.now()
    this.cancel()
    this.#delayMs = Math.max(0, delayMs)
    this.#dueAt = now + this.#delayMs
    this.#skew = this.#clock.epoch() - now
    if (Number.isFinite(delayMs)) this.#timer = this.#clock.after(this.#delayMs, run)
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** How long after it was due it has not run, or only now. */
  get lateMs(): number {
    return Math.max(0, this.#clock.now() - this.#dueAt - (this.isHidden ? THROTTLED_MS : 0))
  }

  /** How far wall and monotonic time have drifted apart: a sleep that was not counted, or a clock that was set. */
  get movedMs(): number {
    return Math.abs(this.#clock.epoch() - this.#clock.now() - this.#skew)
  }
}

/** A standstill of so long is a sleep: the network may be another one. */
export const SLEPT_MS = 30_000

/** A timer later than this, or than half its delay, says that the process was not running. */
export const LATE_MS = 2_000

/** What had come when a timer was due may still wait behind it, where it is later than this. */
export const UNREAD_LATE_MS = 500

/** The time of one more turn of the loop, and how often it is looked whether the loop runs while an answer is waited for. */
export const SLICE_MS = 500

/** The patience with a page that nobody sees: its timers, and those of the code behind it, come late. */
export const HIDDEN_LEAST_MS = 120_000
