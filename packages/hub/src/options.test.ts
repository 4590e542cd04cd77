import { seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { HUB_DEFAULTS, hubBackoffWindow, retryOptions } from './options.ts'

const FLOOR_MS = 100

/** When a thousand clients of a server that is away for so long dial it, and when each of them finds it back. */
function storm(awayMs: number): { readonly dials: readonly number[]; readonly back: readonly number[] } {
  const random = seededRandom('storm')
  const dials: number[] = []
  const back: number[] = []
  for (let client = 0; client < 1_000; client += 1) {
    let at = 0
    for (let n = 1; at < awayMs; n += 1) {
      at += random.between(FLOOR_MS, hubBackoffWindow(n, HUB_DEFAULTS.reconnectDelayMs))
      dials.push(at)
    }
    back.push(at)
  }
  return { dials, back }
}

it.each([2_000, 3_000, 4_000])('spreads a thousand clients of a server that was away for %i ms', (awayMs) => {
  const { dials, back } = storm(awayMs)
  // A server that is being restarted is away for two seconds at least.
  const late = dials.filter((at) => at >= 2_000)
  const most = Math.max(...late.map((from) => late.filter((at) => at >= from && at < from + 100).length))
  expect(most).toBeLessThanOrEqual(60)
  expect(back.filter((at) => at <= awayMs + 5_000).length).toBeGreaterThanOrEqual(990)
})

it('doubles the window of a long outage up to the cap, and leaves the first retry soon', () => {
  const windows = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => hubBackoffWindow(n, 1_000))
  expect(windows).toEqual([2_000, 5_000, 5_000, 5_000, 5_000, 10_000, 20_000, 40_000])
  expect(retryOptions({ url: 'http://h' }, true)).toMatchObject({ capMs: 30_000, maxAttempts: 10 })
})

it('gives way to a backoff that was asked for', () => {
  expect(retryOptions({ url: 'http://h', retry: { baseMs: 7 } }, true)).toMatchObject({
    baseMs: 7,
    schedule: undefined,
  })
  const schedule = (): number => 1
  expect(retryOptions({ url: 'http://h', retry: { schedule } }, true)).toMatchObject({ schedule })
})
