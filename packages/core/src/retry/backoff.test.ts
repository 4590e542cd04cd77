import { seededRandom } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { backoffDelay, backoffWindow } from './backoff.ts'
import { RETRY_PRESETS } from './presets.ts'
import { MAX_HINT_MS, withHint } from './server-hint.ts'

const { eager, fleet: retry } = RETRY_PRESETS

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

describe('the window of an eager client', () => {
  it('is short at first and grows with the age of the outage', () => {
    expect([1, 2, 3, 4, 5, 100].map((n) => backoffWindow(n, eager))).toEqual([250, 500, 1_000, 2_000, 2_000, 2_000])
    const ages = [29_999, 30_000, 299_999, 300_000, 3_599_999, 3_600_000, 1e9]
    expect(ages.map((age) => backoffWindow(100, eager, age))).toEqual([
      2_000, 5_000, 5_000, 30_000, 30_000, 300_000, 300_000,
    ])
  })

  it('is drawn from whole at first, from its upper half afterwards', () => {
    expect([0, 1].map((chance) => backoffDelay(1, eager, () => chance))).toEqual([0, 250])
    expect([0, 1].map((chance) => backoffDelay(4, eager, () => chance))).toEqual([1_000, 2_000])
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
