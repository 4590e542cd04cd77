import { backoffDelay, resolveRetry } from '@holdfast/core/retry'
import { seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { PUBLISHED, publishedRetry } from './compat/patience.ts'
import { retryOptions } from './options.ts'

const DRAWS = 20_000

it('never gives up unless it is asked to', () => {
  expect(retryOptions({ url: 'http://h' }, true)).toMatchObject({ maxAttempts: Number.POSITIVE_INFINITY })
  expect(retryOptions({ url: 'http://h', maxReconnectAttempts: 3 }, true)).toMatchObject({ maxAttempts: 3 })
  expect(retryOptions({ url: 'http://h' }, false)).toMatchObject({ maxAttempts: 0 })
})

it('gives way to a backoff that was asked for', () => {
  const asked = { url: 'http://h', reconnectDelayMs: 20, retry: { baseMs: 7 } }
  expect(retryOptions(asked, true)).toMatchObject({ baseMs: 7, firstMs: 20, onExhausted: 'close' })
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

it('under the published names is never less patient than what it replaces', () => {
  const published = givingUp((n, random) => Math.min(Math.floor(1_000 * 2 ** (n - 1) * (0.5 + random() * 0.5)), 30_000))
  const random = seededRandom('ours')
  const retry = resolveRetry(publishedRetry({ random: () => random.between(0, 1) }))
  const ours = givingUp((n, chance) => backoffDelay(n, retry, chance))
  expect(PUBLISHED.maxReconnectAttempts).toBe(10)
  const at = (sums: readonly number[], part: number): number => sums[Math.floor(part * DRAWS)] ?? Number.NaN
  expect(at(ours, 0.01)).toBeGreaterThanOrEqual(at(published, 0.01))
  for (const part of [0.5, 0.99]) expect(at(ours, part) / at(published, part)).toBeCloseTo(1, 2)
})
