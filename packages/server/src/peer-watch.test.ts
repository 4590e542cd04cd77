import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { HUB_LIMITS } from './limits.ts'
import { PeerWatch } from './peer-watch.ts'

const { silenceMs, stalledMs } = HUB_LIMITS

it('holds a peer that says nothing for gone', async () => {
  const clock = new VirtualClock()
  const watch = new PeerWatch(clock, HUB_LIMITS)
  await clock.advance(silenceMs)
  expect(watch.isGone(0, true)).toBe(false)
  await clock.advance(1)
  expect(watch.isGone(0, true)).toBe(true)
  watch.heard()
  expect(watch.isGone(0, true)).toBe(false)
})

it('is patient with a peer that takes its output slowly, and not with one that takes none', async () => {
  const clock = new VirtualClock()
  const watch = new PeerWatch(clock, HUB_LIMITS)
  for (let buffered = 20; buffered > 0; buffered--) {
    expect(watch.isGone(buffered, true)).toBe(false)
    await clock.advance(silenceMs)
  }
  const stuck = new PeerWatch(clock, HUB_LIMITS)
  expect(stuck.isGone(7, true)).toBe(false)
  await clock.advance(stalledMs)
  expect(stuck.isGone(7, true)).toBe(false)
  await clock.advance(1)
  expect(stuck.isGone(7, true)).toBe(true)
})

it('does not blame a peer for what was not read', async () => {
  const clock = new VirtualClock()
  const watch = new PeerWatch(clock, HUB_LIMITS)
  await clock.advance(silenceMs + 1)
  expect(watch.isGone(0, false)).toBe(false)
  await clock.advance(silenceMs)
  expect(watch.isGone(0, true)).toBe(false)
})
