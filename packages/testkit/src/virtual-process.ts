import type { Clock, Timer } from '@holdfast/contract'
import { testkitError } from './errors.ts'
import type { Timeline, TimelineEntry, TimelineOwner } from './timeline.ts'

/** Given the delay asked for, says by how many milliseconds that timer fires late. Close over a seeded random for a mix. */
export type Lateness = (delayMs: number) => number

/** By how much each reading jumps. They are independent: only one given means that the two diverge. */
export interface ClockJump {
  /** Added to `now()`; zero or more, since it is monotonic. */
  readonly monotonicMs?: number | undefined
  /** Added to `epoch()`; may be negative. */
  readonly epochMs?: number | undefined
}

/** How a sleep looks to the sleeper. */
export interface SleepOptions {
  /**
   * `now()` counts the sleep. False is what Linux and macOS do for a suspended machine: afterwards only `epoch()` shows it,
   * and timers have all of their remaining time left. @defaultValue true
   */
  readonly monotonic?: boolean | undefined
}

/** The clock of one simulated machine. Made by `VirtualClock.process()`; driven by that clock's `advance()`. */
export class VirtualProcess implements Clock {
  readonly #timeline: Timeline
  readonly #owner: TimelineOwner = { dueTime: (entry) => this.#dueTime(entry) }
  #monotonicOffset: number
  #epochOffset: number
  #pending = 0
  #wakesAt = 0
  /** Line time at which `now()` stopped, while it sleeps without counting. */
  #stoppedAt: number | undefined
  /** Makes timers that are armed from now on fire late; undefined ends it. */
  lateness: Lateness | undefined

  constructor(
    timeline: Timeline,
    options: { readonly startMs: number; readonly epochMs: number; readonly lateness?: Lateness | undefined },
  ) {
    this.#timeline = timeline
    this.#monotonicOffset = options.startMs
    this.#epochOffset = options.epochMs
    this.lateness = options.lateness
  }

  now(): number {
    return this.#countedTime() + this.#monotonicOffset
  }

  epoch(): number {
    return this.#timeline.time + this.#epochOffset
  }

  after(ms: number, run: () => void): Timer {
    const delayMs = ms > 0 ? ms : 0
    const lateMs = Math.max(0, this.lateness?.(delayMs) ?? 0)
    const entry = this.#timeline.arm(this.#owner, this.now() + delayMs, lateMs, () => {
      this.#pending -= 1
      run()
    })
    this.#pending += 1
    return {
      cancel: () => {
        if (this.#timeline.cancel(entry)) this.#pending -= 1
      },
    }
  }

  /** Timers of this process that are armed now. */
  get pending(): number {
    return this.#pending
  }

  get asleep(): boolean {
    return this.#timeline.time < this.#wakesAt
  }

  /** Its readings jump; timers that became overdue run, late, as soon as time is advanced. */
  jump({ monotonicMs = 0, epochMs = 0 }: ClockJump): void {
    if (!(monotonicMs >= 0 && Number.isFinite(monotonicMs) && Number.isFinite(epochMs))) {
      throw testkitError(
        'testkit/invalid_time',
        `expected jump() to get finite ms and a monotonic jump of zero or more, got ${monotonicMs} and ${epochMs}`,
      )
    }
    this.#monotonicOffset += monotonicMs
    this.#epochOffset += epochMs
    this.#timeline.reschedule()
  }

  /** Falls asleep now: for the next `ms` none of its timers run; at the end all overdue ones run late, in order. */
  sleep(ms: number, options: SleepOptions = {}): void {
    if (!(ms >= 0 && Number.isFinite(ms))) {
      throw testkitError('testkit/invalid_time', `expected a sleep of finite ms, zero or more, got ${ms}`)
    }
    this.#wake()
    this.#wakesAt = Math.max(this.#wakesAt, this.#timeline.time + ms)
    if (options.monotonic === false) this.#stoppedAt ??= this.#timeline.time
    this.#timeline.reschedule()
  }

  /** The line's time as far as `now()` counts it: it stands still in a sleep that is not counted. */
  #countedTime(): number {
    this.#wake()
    return this.#stoppedAt ?? this.#timeline.time
  }

  /** After an uncounted sleep `now()` continues from where it stopped. */
  #wake(): void {
    if (this.#stoppedAt === undefined || this.asleep) return
    this.#monotonicOffset -= this.#wakesAt - this.#stoppedAt
    this.#stoppedAt = undefined
  }

  #dueTime({ deadline, lateMs }: Pick<TimelineEntry, 'deadline' | 'lateMs'>): number {
    const remaining = deadline - this.now()
    const begins = this.#stoppedAt === undefined ? this.#timeline.time : this.#wakesAt
    return Math.max(begins + remaining + lateMs, this.#wakesAt)
  }
}
