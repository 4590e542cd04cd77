import { testkitError } from './errors.ts'
import { type AfterMicrotasks, microtaskDrain } from './microtasks.ts'
import { type HeapEntry, isBefore, TimerHeap } from './timer-heap.ts'

/** One armed timer of a {@link Timeline}. */
export interface TimelineEntry extends HeapEntry {
  /** When its owner wants it, in the owner's own monotonic time. */
  readonly deadline: number
  /** Extra delay that its owner's lateness gave it. */
  readonly lateMs: number
  /** Whose timer it is: says at which time of the line it may run. */
  readonly owner: TimelineOwner
  readonly run: () => void
  /** Where it was armed; only when origins are tracked. */
  readonly origin: string | undefined
}

/** Someone who arms timers: knows what its own clock makes of the line's time. */
export interface TimelineOwner {
  /** The earliest time of the line at which the entry may run. */
  dueTime(entry: Pick<TimelineEntry, 'deadline' | 'lateMs'>): number
}

/** How a {@link Timeline} works. */
export interface TimelineOptions {
  readonly maxTimersPerInstant: number
  readonly trackOrigins: boolean
  readonly wholeTurns: boolean
}

/** The true time of a simulated world, and every timer in it. Virtual clocks are views of it. */
export class Timeline {
  readonly #heap = new TimerHeap<TimelineEntry>()
  readonly #afterMicrotasks: AfterMicrotasks
  readonly #maxPerInstant: number
  readonly #trackOrigins: boolean
  #time = 0
  #order = 0
  #busy = false

  constructor(options: TimelineOptions) {
    this.#afterMicrotasks = microtaskDrain(options.wholeTurns)
    this.#maxPerInstant = options.maxTimersPerInstant
    this.#trackOrigins = options.trackOrigins
  }

  /** Milliseconds since the line began. */
  get time(): number {
    return this.#time
  }

  get pending(): number {
    return this.#heap.size
  }

  get nextTimerAt(): number | undefined {
    return this.#heap.peek()?.at
  }

  entries(): readonly TimelineEntry[] {
    return [...this.#heap.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  arm(owner: TimelineOwner, deadline: number, lateMs: number, run: () => void): TimelineEntry {
    const origin = this.#trackOrigins ? new Error('armed here').stack : undefined
    const at = owner.dueTime({ deadline, lateMs })
    const entry: TimelineEntry = { owner, deadline, lateMs, run, origin, at, order: this.#order++, slot: -1 }
    this.#heap.add(entry)
    return entry
  }

  /** False when it has run or was cancelled before. */
  cancel(entry: TimelineEntry): boolean {
    return this.#heap.remove(entry)
  }

  /** To be called when an owner's clock jumped or fell asleep: its timers find their new places. */
  reschedule(): void {
    this.#heap.rebuild((entry) => entry.owner.dueTime(entry))
  }

  /** Lets all promise jobs run; time stands still and no timer runs. */
  settle(): Promise<void> {
    return new Promise((resolve) => this.#afterMicrotasks(resolve))
  }

  /**
   * Runs timers up to and including `until`, all promise jobs between one timer and the next, and leaves the time at
   * `until`. Ends earlier, and answers true, when `isDone` says so.
   */
  advanceTo(until: number, isDone?: () => boolean): Promise<boolean> {
    if (this.#busy) {
      throw testkitError('testkit/clock_busy', 'expected one advance() at a time, got a second before the first ended')
    }
    this.#busy = true
    return this.#run(until, isDone).finally(() => {
      this.#busy = false
    })
  }

  #run(until: number, isDone: (() => boolean) | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let instant = this.#time
      let ran = 0
      const next = (): void => {
        try {
          if (isDone?.() === true) {
            resolve(true)
            return
          }
          const entry = this.#heap.peek()
          if (entry === undefined || entry.at > until) {
            this.#time = Math.max(this.#time, until)
            resolve(false)
            return
          }
          this.#heap.remove(entry)
          this.#time = Math.max(this.#time, entry.at)
          ran = this.#time === instant ? ran + 1 : 1
          instant = this.#time
          if (ran > this.#maxPerInstant) throw this.#runaway(entry)
          entry.run()
          this.#afterMicrotasks(next)
        } catch (error) {
          reject(error)
        }
      }
      this.#afterMicrotasks(next)
    })
  }

  #runaway(entry: TimelineEntry): Error {
    const origin = entry.origin === undefined ? '' : `; the last was armed at ${entry.origin}`
    return testkitError(
      'testkit/runaway',
      `expected at most ${this.#maxPerInstant} timers in one instant, got more at ${this.#time} ms${origin}`,
    )
  }
}
