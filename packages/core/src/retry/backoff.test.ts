import { seededRandom } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { CONNECTION_DEFAULTS } from '../connection/options.ts'
import { backoffDelay, backoffWindow, MAX_HINT_MS, withHint } from './backoff.ts'

const { retry } = CONNECTION_DEFAULTS

describe('the backoff window', () => {
  it('begins wide, doubles, and ends at the cap', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 100].map((n) => backoffWindow(n, retry))).toEqual([
      2_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ])
  })

  it('takes a schedule instead, within the same cap and floor', () => {
    const schedule = (n: number) => [0, 500, 90_000][n - 1] ?? 0
    expect([1, 2, 3].map((n) => backoffWindow(n, { ...retry, schedule }))).toEqual([100, 500, 30_000])
  })
})

describe('the delay', () => {
  it('is spread over the whole window, never below the floor, never above the cap', () => {
    const random = seededRandom(1)
    const delays = Array.from({ length: 2_000 }, () => backoffDelay(9, retry, random))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(retry.floorMs)
    expect(Math.min(...delays)).toBeLessThan(1_000)
    expect(Math.max(...delays)).toBeLessThanOrEqual(retry.capMs)
    expect(Math.max(...delays)).toBeGreaterThan(29_000)
  })

  it('is the window itself without jitter', () => {
    expect(backoffDelay(3, { ...retry, jitter: 0 }, () => 0.5)).toBe(4_000)
    expect(backoffDelay(3, { ...retry, jitter: 0.25 }, () => 0)).toBe(3_000)
  })
})

describe('a hint', () => {
  it('is a floor with a spread above it', () => {
    expect(withHint(1_000, 10_000, () => 0)).toBe(10_000)
    expect(withHint(1_000, 10_000, () => 1)).toBe(12_000)
    expect(withHint(20_000, 10_000, () => 0)).toBe(20_000)
  })

  it('is honoured for five minutes at the most', () => {
    expect(withHint(1_000, 86_400_000, () => 0)).toBe(MAX_HINT_MS)
    expect(withHint(1_000, Number.POSITIVE_INFINITY, () => 1)).toBe(MAX_HINT_MS + 30_000)
  })

  it('is ignored when it is no positive number', () => {
    for (const hint of [undefined, 0, -5, Number.NaN]) expect(withHint(1_000, hint, () => 1)).toBe(1_000)
  })
})
