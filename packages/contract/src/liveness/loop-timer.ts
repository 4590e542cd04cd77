/** Chrome aligns the timers of a page hidden for five minutes to one a minute: that late they may be. */
const THROTTLED_MS = 60_000

export const NEVER: number = Number.POSITIVE_INFINITY

/** A timer that measures how long this process stood still: how late the timer is, and how far the wall clock jumped. */
export interface LoopTimer {
  readonly dueAt: number
  /** How long it was set for. */
  readonly delayMs: number
  /** How far the wall clock was ahead of the other one. */
  readonly skewMs: number
}

/** A timer that starts now and runs for `leftMs`. `epoch`: the wall clock. All in milliseconds. */
export function loopTimer(now: number, epoch: number, leftMs: number): LoopTimer {
  const delayMs = Math.max(0, leftMs)
  return { dueAt: now + delayMs, delayMs, skewMs: epoch - now }
}

/** How long after it was due it has not run, or only now. `isHidden`: the timers of such a page come late though it runs. */
export function lateMs({ dueAt }: LoopTimer, now: number, isHidden: boolean): number {
  return Math.max(0, now - dueAt - (isHidden ? THROTTLED_MS : 0))
}

/** How far wall and monotonic time have drifted apart: a sleep that was not counted, or a clock that was set. */
export function movedMs({ skewMs }: LoopTimer, now: number, epoch: number): number {
  return Math.abs(epoch - now - skewMs)
}

/** A standstill of this long counts as a sleep of the machine: the network may have changed. In milliseconds. */
export const SLEPT_MS = 30_000

/** A timer later than this, or than half its delay, says that the process was not running. */
export const LATE_MS = 2_000

/** What had come when a timer was due may still wait behind it, where it is later than this. */
export const UNREAD_LATE_MS = 500

/** The time of one more turn of the loop, and how often it is looked whether the loop runs while an answer is waited for. */
export const SLICE_MS = 500

/** How late a hidden page may be: its timers, and those of the code behind it, come late. */
export const HIDDEN_LEAST_MS = 120_000
