import { backoffDelay, resolveRetry } from '@holdfast/core/retry'
import { seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { PUBLISHED, publishedRetry } from './compat/retry.ts'
import { retryOptions } from './options.ts'

const DRAWS = 20_000

it('an outage that is given up ends the client, whatever other options say', () => {
  expect(retryOptions(undefined)).toEqual({ onExhausted: 'close' })
  const asked = { maxAttempts: 3, baseMs: 7, onExhausted: 'suspend' } as const
  expect(retryOptions(asked)).toEqual({ maxAttempts: 3, baseMs: 7, onExhausted: 'close' })
})

it('the compat client retries ten times, as often as asked, or not at all', () => {
  expect(publishedRetry({})).toMatchObject({ maxAttempts: 10, baseMs: 1_000, firstMs: 1_000, capMs: 30_000 })
  expect(publishedRetry({ maxReconnectAttempts: 3 })).toMatchObject({ maxAttempts: 3 })
  expect(publishedRetry({}, false)).toMatchObject({ maxAttempts: 0 })
  expect(publishedRetry({ reconnectDelayMs: 20, retry: { baseMs: 7 } })).toMatchObject({ baseMs: 7, firstMs: 20 })
})

/** Milliseconds until the tenth retry, of twenty thousand clients. */
function givingUp(delay: (n: number, random: () => number) => number): readonly number[] {
  const random = seededRandom('give up')
  const sums = Array.from({ length: DRAWS }, () => {
    let sum = 0
    for (let n = 1; n <= 10; n += 1) sum += delay(n, () => random.between(0, 1))
    return sum
  })
  return sums.sort((a, b) => a - b)
}

it('the compat client is never less patient than the published one', () => {
  const published = givingUp((n, random) => Math.min(Math.floor(1_000 * 2 ** (n - 1) * (0.5 + random() * 0.5)), 30_000))
  const random = seededRandom('ours')
  const retry = resolveRetry(publishedRetry({ random: () => random.between(0, 1) }))
  const ours = givingUp((n, chance) => backoffDelay(n, retry, chance))
  expect(PUBLISHED.maxReconnectAttempts).toBe(10)
  const at = (sums: readonly number[], part: number): number => sums[Math.floor(part * DRAWS)] ?? Number.NaN
  expect(at(ours, 0.01)).toBeGreaterThanOrEqual(at(published, 0.01))
  for (const part of [0.5, 0.99]) expect(at(ours, part) / at(published, part)).toBeCloseTo(1, 2)
})
