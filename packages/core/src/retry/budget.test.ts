import { describe, expect, it } from 'vitest'
import { nextDialAt, recentDials } from './budget.ts'

const LIMITS = [
  { max: 2, perMs: 1_000 },
  { max: 3, perMs: 10_000 },
]

describe('the dial budget', () => {
  it('allows at once what is within every limit', () => {
    expect(nextDialAt([], LIMITS, 50)).toBe(50)
    expect(nextDialAt([0], LIMITS, 50)).toBe(50)
    expect(nextDialAt([0, 10], LIMITS, 1_010)).toBe(1_010)
  })

  it('waits until the strictest limit allows one more', () => {
    expect(nextDialAt([0, 10], LIMITS, 50)).toBe(1_000)
    expect(nextDialAt([0, 10, 5_000], LIMITS, 6_000)).toBe(10_000)
  })

  it('never exceeds a limit in any window, dialing as soon as it is allowed', () => {
    const dials: number[] = []
    for (let now = 0; dials.length < 50; now = nextDialAt(dials, LIMITS, now)) dials.push(now)
    for (const { max, perMs } of LIMITS)
      for (const at of dials)
        expect(dials.filter((other) => other >= at && other < at + perMs).length).toBeLessThanOrEqual(max)
  })

  it('allows everything without limits', () => {
    expect(nextDialAt([1, 1, 1, 1], [], 1)).toBe(1)
  })

  it('forgets dials that no limit looks at any more', () => {
    expect(recentDials([0, 5_000, 9_000, 9_500, 9_900], LIMITS, 10_000)).toEqual([9_000, 9_500, 9_900])
    expect(recentDials([0, 1], LIMITS, 20_000)).toEqual([])
    expect(recentDials([0, 1], [], 2)).toEqual([])
  })
})
