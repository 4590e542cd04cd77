import { seededRandom } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { publishedDelay, publishedNumbers, publishedRetry } from './retry.ts'

const RETRIES = 10
/** The published formula: half of the window is random, and the cap is laid on what was drawn. */
const theirs = (n: number, random: () => number): number =>
  Math.min(Math.floor(1_000 * 2 ** (n - 1) * (0.5 + random() * 0.5)), 30_000)

/** How long all retries of an outage take, at some percentiles of many draws. */
function patience(delay: (n: number, random: () => number) => number): readonly number[] {
  const random = seededRandom(1)
  const totals = Array.from({ length: 5_000 }, () => {
    let total = 0
    for (let n = 1; n <= RETRIES; n++) total += delay(n, random)
    return total
  }).sort((one, other) => one - other)
  return [0.01, 0.5, 0.99].map((part) => totals[Math.floor(part * totals.length)] ?? 0)
}

describe('the patience of the compat clients', () => {
  it('is that of the published client: 156, 167 and 177 s at the 1st, 50th and 99th percentile', () => {
    const ours = patience((n, random) => publishedDelay(n, 1_000, 30_000, random))
    const published = patience(theirs)
    for (const [at, total] of ours.entries()) expect(total).toBeGreaterThan((published[at] ?? 0) - 500)
    expect(ours[0]).toBeGreaterThan(155_000)
  })

  it('has the published numbers also where a program gives none by name', () => {
    const none = { maxReconnectAttempts: undefined, reconnectDelayMs: undefined }
    const published = { maxReconnectAttempts: 10, reconnectDelayMs: 1_000, maxReconnectDelayMs: 30_000 }
    expect(publishedNumbers(none)).toEqual(published)
    expect(publishedNumbers({ maxReconnectAttempts: 3 })).toEqual({ ...published, maxReconnectAttempts: 3 })
  })

  it('spreads the first retry over two bases', () => {
    const random = seededRandom(1)
    const first = Array.from({ length: 1_000 }, () => publishedDelay(1, 1_000, 30_000, random))
    expect(Math.min(...first)).toBeLessThan(50)
    expect(Math.max(...first)).toBeGreaterThan(1_950)
  })

  it('keeps to the options, and to the retry options of our own', () => {
    const { schedule } = publishedRetry({ reconnectDelayMs: 10, maxReconnectDelayMs: 20, random: () => 1 })
    expect([1, 2, 3].map((n) => schedule?.(n))).toEqual([20, 20, 20])
    expect(publishedRetry({ retry: { jitter: 1 } })).toMatchObject({ jitter: 1 })
  })
})
