import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { GATE_LIMITS } from '../limits.ts'
import { PeerWatch } from './peer-watch.ts'

const { silenceMs, stalledMs, pingIntervalMs } = GATE_LIMITS

/** Lets time pass while it is asked as often as it should be; whether the peer is gone at the end. */
async function asked(
  clock: VirtualClock,
  watch: PeerWatch,
  ms: number,
  buffered = 0,
  isHeard = true,
): Promise<boolean> {
  for (let left = ms; left > pingIntervalMs; left -= pingIntervalMs) {
    await clock.advance(pingIntervalMs)
    watch.isGone(buffered, isHeard)
  }
  await clock.advance(ms % pingIntervalMs || pingIntervalMs)
  return watch.isGone(buffered, isHeard)
}

it('a peer watch holds a peer that says nothing for gone', async () => {
  const clock = new VirtualClock()
  const watch = new PeerWatch(clock, GATE_LIMITS)
  expect(await asked(clock, watch, silenceMs)).toBe(false)
  await clock.advance(1)
  expect(watch.isGone(0, true)).toBe(true)
  watch.received()
  expect(watch.isGone(0, true)).toBe(false)
})

it('a peer watch is patient with a peer that takes its output slowly, and not with one that takes none', async () => {
  const clock = new VirtualClock()
  const watch = new PeerWatch(clock, GATE_LIMITS)
  for (let buffered = 20; buffered > 0; buffered--) {
    expect(watch.isGone(buffered, true)).toBe(false)
    await asked(clock, watch, silenceMs, buffered)
  }
  const stuck = new PeerWatch(clock, GATE_LIMITS)
  expect(stuck.isGone(7, true)).toBe(false)
  expect(await asked(clock, stuck, stalledMs, 7)).toBe(false)
  await clock.advance(1)
  expect(stuck.isGone(7, true)).toBe(true)
})

it('a peer watch does not blame a peer for what was not read', async () => {
  const clock = new VirtualClock()
  const watch = new PeerWatch(clock, GATE_LIMITS)
  expect(await asked(clock, watch, silenceMs + 1, 0, false)).toBe(false)
  expect(await asked(clock, watch, silenceMs)).toBe(false)
})

it('a peer watch does not blame a peer for the time in which this process stood still', async () => {
  const clock = new VirtualClock()
  const watch = new PeerWatch(clock, GATE_LIMITS)
  await asked(clock, watch, 2 * pingIntervalMs)
  await clock.suspend(600_000)
  expect([watch.isGone(0, true), watch.isGone(7, true)]).toEqual([false, false])
  expect(await asked(clock, watch, 2 * pingIntervalMs)).toBe(true)
})
