import type { RetryChoice } from '@holdfast/core'
import { atLeast } from '../options.ts'

/** Rounds of attempts, as the published client brings a lost connection back. Times in milliseconds. */
export interface Rounds {
  /** Attempts in one round. @defaultValue 5 */
  readonly maxRetries?: number | undefined
  /**
   * The delay before the second attempt of a round, in milliseconds; doubles with each. The first attempt of an outage
   * is made at once. @defaultValue 1000
   */
  readonly baseDelay?: number | undefined
  /** No delay inside a round is longer. @defaultValue 15000 */
  readonly maxDelay?: number | undefined
  /** An outage this long is given up; null: never. @defaultValue 900000 */
  readonly reconnectWindow?: number | null | undefined
  /** Between rounds. @defaultValue 30000 */
  readonly outerLoopDelay?: number | undefined
}

/** The published numbers. A session of ours may be more patient by default. */
const PUBLISHED_ROUNDS = {
  maxRetries: 5,
  baseDelay: 1_000,
  maxDelay: 15_000,
  reconnectWindow: 900_000,
  outerLoopDelay: 30_000,
} as const satisfies Rounds

/** A quarter more or less, so that clients that were lost together do not come back together. */
const JITTER = 0.25

/**
 * The rounds of shell §4 as a schedule of the engine: at once, then base, 2·base … up to the cap; between rounds a
 * longer pause. `isHurried`: the user waits for `close()`, so there are no pauses between rounds.
 * @throws `shell/invalid_option`
 */
export function roundsAsRetry(given: Rounds, isHurried: () => boolean = () => false): RetryChoice {
  const numbers = PUBLISHED_ROUNDS
  const rounds = atLeast('reconnect.maxRetries', given.maxRetries ?? numbers.maxRetries, 1)
  const base = atLeast('reconnect.baseDelay', given.baseDelay ?? numbers.baseDelay, 0)
  const cap = atLeast('reconnect.maxDelay', given.maxDelay ?? numbers.maxDelay, 0)
  const pause = atLeast('reconnect.outerLoopDelay', given.outerLoopDelay ?? numbers.outerLoopDelay, 0)
  const delay = (n: number): number => {
    const inRound = (n - 1) % rounds
    if (inRound > 0) return Math.min(cap, base * 2 ** (inRound - 1))
    if (n === 1) return 0
    return isHurried() ? base : pause
  }
  return {
    preset: 'fleet',
    schedule: (n) => delay(n) * (1 + JITTER),
    // The engine draws from the upper part of the window: from ¾ to 5⁄4 of the delay.
    jitter: (2 * JITTER) / (1 + JITTER),
    floorMs: 0,
    capMs: Math.max(cap, pause) * (1 + JITTER),
    giveUpAfterMs: windowOf(given),
  }
}

function windowOf({ reconnectWindow: window = PUBLISHED_ROUNDS.reconnectWindow }: Rounds): number {
  return window === null ? Number.POSITIVE_INFINITY : atLeast('reconnect.reconnectWindow', window, 0)
}
