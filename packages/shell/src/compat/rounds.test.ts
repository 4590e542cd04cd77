import { backoffDelay, RETRY_PRESETS, resolveRetry } from '@holdfast/core/retry'
import { expect, it } from 'vitest'
import { type Rounds, roundsAsRetry } from './rounds.ts'

const delays = (given: Rounds, count: number, random: number, hurry = false): number[] => {
  const { schedule, jitter = 0, floorMs = 0, capMs = 0 } = roundsAsRetry(given, () => hurry)
  const retry = { ...RETRY_PRESETS.fleet, schedule, jitter, floorMs, capMs }
  return Array.from({ length: count }, (_, at) => Math.round(backoffDelay(at + 1, retry, () => random)))
}

it('the schedule of rounds dials at once, then doubles, and pauses between rounds; a quarter more or less', () => {
  expect(delays({}, 7, 0.5)).toEqual([0, 1_000, 2_000, 4_000, 8_000, 30_000, 1_000])
  expect(delays({}, 3, 0)).toEqual([0, 750, 1_500])
  expect(delays({}, 3, 1)).toEqual([0, 1_250, 2_500])
  expect(delays({ maxRetries: 7 }, 7, 0.5)).toEqual([0, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
})

it('the schedule of rounds does not pause between rounds while the user waits', () => {
  expect(delays({ maxRetries: 2 }, 4, 0.5, true)).toEqual([0, 1_000, 1_000, 1_000])
})

it('the schedule of rounds gives up after the published window, another one, or never', () => {
  expect(roundsAsRetry({}).giveUpAfterMs).toBe(900_000)
  expect(roundsAsRetry({ reconnectWindow: 60_000 }).giveUpAfterMs).toBe(60_000)
  expect(roundsAsRetry({ reconnectWindow: null }).giveUpAfterMs).toBe(Number.POSITIVE_INFINITY)
})

it('the schedule of rounds keeps the limits of dials of a fleet, and has none of its own for links that did not last', () => {
  expect(resolveRetry(roundsAsRetry({})).limits).toEqual(RETRY_PRESETS.fleet.limits)
  expect(resolveRetry(roundsAsRetry({})).flapLimits).toEqual([])
})

it('a refused number of rounds is named', () => {
  expect(() => roundsAsRetry({ maxRetries: 0 })).toThrow(/maxRetries/)
  expect(() => roundsAsRetry({ reconnectWindow: -1 })).toThrow(/reconnectWindow/)
})
