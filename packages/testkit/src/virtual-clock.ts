import type { Clock, Timer } from '@holdfast/contract'
import { testkitError } from './errors.ts'
import { Timeline } from './timeline.ts'
import { type ClockJump, type Lateness, type SleepOptions, VirtualProcess } from './virtual-process.ts'

/** How a {@link VirtualClock} begins. */
export interface VirtualClockOptions {
  /** What `now()` says at the beginning, in milliseconds. @defaultValue 0 */
  readonly startMs?: number | undefined
  /** What `epoch()` says at the beginning, in milliseconds since 1970. @defaultValue {@link VIRTUAL_CLOCK_DEFAULTS}`.epochMs` */
  readonly epochMs?: number | undefined
  /** Makes timers fire late. @defaultValue none: every timer is on time */
  readonly lateness?: Lateness | undefined
  /** More timers than this in one instant is a runaway. @defaultValue {@link VIRTUAL_CLOCK_DEFAULTS}`.maxTimersPerInstant` */
  readonly maxTimersPerInstant?: number | undefined
  /** Remember the stack of every `after()`, so that a leak names its line. Slow. @defaultValue false */
  readonly trackOrigins?: boolean | undefined
  /**
   * Between timers the event loop turns once, so that chains of Node's `process.nextTick` run too, and not promise jobs
   * alone. For code on Node's streams; about three times slower. @defaultValue false
   */
  readonly wholeTurns?: boolean | undefined
}

/** What {@link VirtualClock} takes where nothing is said. */
export const VIRTUAL_CLOCK_DEFAULTS: {
  readonly startMs: number
  readonly epochMs: number
  readonly maxTimersPerInstant: number
  readonly trackOrigins: boolean
  readonly wholeTurns: boolean
  readonly limitMs: number
} = {
  startMs: 0,
  /** 2024-01-01T00:00:00Z: looks like a real time, and is the same in every run. */
  epochMs: 1_704_067_200_000,
  /** Far above what any test does in one instant; reached within a second by a zero-delay loop. */
  maxTimersPerInstant: 100_000,
  trackOrigins: false,
  wholeTurns: false,
  /** Longer than anything that a client waits for by its defaults. */
  limitMs: 300_000,
}

/** A timer that is armed now. */
export interface PendingTimer {
  /** In how many milliseconds it is due. */
  readonly inMs: number
  /** The stack of its `after()`; only with `trackOrigins`. */
  readonly origin: string | undefined
}

/**
 * Time that passes only on request. Timers run in order of time, then of arming; before each one every promise job has
 * run, so that code with `await` behaves as it would with real time between the timers.
 *
 * A timer that throws makes the running `advance()` reject with its error; the others stay armed.
 */
export class VirtualClock implements Clock {
  readonly #timeline: Timeline
  readonly #options: { readonly startMs: number; readonly epochMs: number }
  readonly #own: VirtualProcess

  constructor(options: VirtualClockOptions = {}) {
    this.#timeline = new Timeline({
      maxTimersPerInstant: options.maxTimersPerInstant ?? VIRTUAL_CLOCK_DEFAULTS.maxTimersPerInstant,
      trackOrigins: options.trackOrigins ?? VIRTUAL_CLOCK_DEFAULTS.trackOrigins,
      wholeTurns: options.wholeTurns ?? VIRTUAL_CLOCK_DEFAULTS.wholeTurns,
    })
    this.#options = {
      startMs: options.startMs ?? VIRTUAL_CLOCK_DEFAULTS.startMs,
      epochMs: options.epochMs ?? VIRTUAL_CLOCK_DEFAULTS.epochMs,
    }
    this.#own = this.process({ lateness: options.lateness })
  }

  now(): number {
    return this.#own.now()
  }

  epoch(): number {
    return this.#own.epoch()
  }

  /** A negative or NaN delay counts as zero, as with the runtime's timers. */
  after(ms: number, run: () => void): Timer {
    return this.#own.after(ms, run)
  }

  /** Timers armed now, on this clock and on its processes. */
  get pending(): number {
    return this.#timeline.pending
  }

  /** When the next timer runs, as `now()` of this clock; undefined when none is armed. */
  get nextTimerAt(): number | undefined {
    const at = this.#timeline.nextTimerAt
    return at === undefined ? undefined : this.now() + Math.max(0, at - this.#timeline.time)
  }

  /** All armed timers, the earliest first. */
  pendingTimers(): readonly PendingTimer[] {
    const { time } = this.#timeline
    return this.#timeline.entries().map(({ at, origin }) => ({ inMs: Math.max(0, at - time), origin }))
  }

  /** Makes timers that are armed from now on fire late; undefined ends it. */
  set lateness(lateness: Lateness | undefined) {
    this.#own.lateness = lateness
  }

  /**
   * Lets `ms` pass. When it resolves, all timers due in that time and all promise jobs have run.
   * @throws `testkit/clock_busy` while another advance runs, `testkit/runaway`, `testkit/invalid_time`, or a timer's error.
   */
  async advance(ms: number): Promise<void> {
    await this.#timeline.advanceTo(this.#timeline.time + duration('advance', ms))
  }

  /** Lets all promise jobs run. Time stands still and no timer runs. */
  settle(): Promise<void> {
    return this.#timeline.settle()
  }

  /**
   * Lets time pass until `predicate` holds, looking after every timer, and says how many milliseconds that took.
   * `limitMs` is {@link VIRTUAL_CLOCK_DEFAULTS}`.limitMs` where nothing is said.
   * @throws `testkit/limit_reached` when it does not hold after `limitMs`; the time is then at the limit.
   */
  async runUntil(predicate: () => boolean, limitMs: number = VIRTUAL_CLOCK_DEFAULTS.limitMs): Promise<number> {
    const begun = this.#timeline.time
    const held = await this.#timeline.advanceTo(begun + duration('runUntil', limitMs), predicate)
    if (!held) {
      const next = this.nextTimerAt
      const timers = next === undefined ? 'no timer is armed' : `${this.pending} timers armed, the next at ${next} ms`
      throw testkitError(
        'testkit/limit_reached',
        `expected the condition to hold within ${limitMs} ms of virtual time, it does not at ${this.now()} ms; ${timers}`,
      )
    }
    return this.#timeline.time - begun
  }

  /**
   * Lets time pass until the promise has settled, and settles as it did: `await clock.passing(connection.connect())`.
   * @throws `testkit/limit_reached` as {@link runUntil}, or what the promise rejects with.
   */
  async passing<T>(promise: PromiseLike<T>, limitMs?: number): Promise<T> {
    let settled = false
    const done = (): void => {
      settled = true
    }
    promise.then(done, done)
    await this.runUntil(() => settled, limitMs)
    return promise
  }

  /** This clock's readings jump; no timer runs meanwhile. Those that became overdue run, late, in the next `advance()`. */
  jump(jump: ClockJump): void {
    this.#own.jump(jump)
  }

  /**
   * The whole process sleeps for `ms`: time passes, no timer of this clock runs until the end, then all overdue ones
   * run late. Timers of a {@link process} that is awake run on time.
   */
  async suspend(ms: number, options: SleepOptions = {}): Promise<void> {
    this.#own.sleep(ms, options)
    await this.advance(ms)
  }

  /**
   * A clock of its own on the same line of time, for one machine of a simulated world: it can sleep, jump and be late
   * while the others go on. {@link advance} of this clock drives it.
   */
  process(options: { readonly lateness?: Lateness | undefined } = {}): VirtualProcess {
    return new VirtualProcess(this.#timeline, { ...this.#options, ...options })
  }
}

function duration(method: string, ms: number): number {
  if (ms >= 0 && Number.isFinite(ms)) return ms
  throw testkitError(
    'testkit/invalid_time',
    `expected ${method}() to get a finite number of ms, zero or more, got ${ms}`,
  )
}
