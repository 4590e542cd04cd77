import { expect, it } from 'vitest'
import { stepsUntil, timelineOf } from './timeline.ts'

const EVENTS = [
  { atMs: 100, kind: 'output' as const, text: 'a' },
  { atMs: 500, kind: 'input' as const, text: 'typed' },
  { atMs: 60_000, kind: 'resize' as const, text: '90x30' },
  { atMs: 60_000, kind: 'marker' as const, text: '7 bytes are missing' },
  { atMs: 61_000, kind: 'exit' as const, text: '0' },
]

it('the timeline of a recording cuts pauses, and shows sizes and markers but no typed input', () => {
  const timeline = timelineOf(EVENTS, 2_000)
  expect(timeline.durationMs).toBe(3_500)
  expect(timeline.steps).toEqual([
    { atMs: 100, kind: 'write', text: 'a' },
    { atMs: 2_500, kind: 'resize', width: 90, height: 30 },
    { atMs: 2_500, kind: 'write', text: expect.stringContaining('7 bytes are missing') },
  ])
})

it('the timeline of a recording finds what was done at any moment', () => {
  const timeline = timelineOf(EVENTS, 2_000)
  expect([0, 99, 100, 2_499, 2_500, 9_999].map((ms) => stepsUntil(timeline, ms))).toEqual([0, 0, 1, 1, 3, 3])
  expect(stepsUntil({ steps: [], durationMs: 0 }, 5)).toBe(0)
})
