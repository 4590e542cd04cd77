import { seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { type BackoffOptions, backoffDelay } from './backoff.ts'
import { RETRY_PRESETS } from './presets.ts'

const CLIENTS = 20_000

/** How long after the end of an absence clients are back, in seconds: so many of a hundred of them. */
function backAfter(options: BackoffOptions, absenceMs: number, ...percents: readonly number[]): readonly number[] {
  const random = seededRandom(1)
  const times = Array.from({ length: CLIENTS }, () => {
    let at = 0
    for (let n = 1; at < absenceMs; n++) at += backoffDelay(n, options, random, at)
    return at - absenceMs
  }).sort((one, other) => one - other)
  return percents.map((percent) => Math.round((times[(percent * CLIENTS) / 100] ?? 0) / 100) / 10)
}

// The README says these. A fleet that was away for a few seconds is not back at once, and is not meant to be.
it.each([
  ['fleet', 2_000, [0.9, 6.4]],
  ['fleet', 4_000, [1.7, 12.7]],
  ['fleet', 30_000, [9.4, 26.6]],
  ['eager', 4_000, [0.6, 1.8]],
] as const)(
  'a %s: half and all but one of a hundred clients are back in time after an absence of %i ms',
  (preset, absenceMs, told) => {
    const model = backAfter(RETRY_PRESETS[preset], absenceMs, 50, 99)
    for (const [index, seconds] of model.entries()) {
      const expected = told[index] ?? 0
      expect(Math.abs(seconds - expected)).toBeLessThanOrEqual(Math.max(0.15, expected * 0.08))
    }
  },
)
