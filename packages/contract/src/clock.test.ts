import { expect, it } from 'vitest'
import { type Clock, pause } from './clock.ts'

/** A clock whose timers run when they are told to. */
function clockByHand() {
  const armed = new Map<() => void, number>()
  const clock: Clock = {
    now: () => 0,
    epoch: () => 0,
    after: (ms, run) => {
      armed.set(run, ms)
      return { cancel: () => void armed.delete(run) }
    },
  }
  return { clock, armed }
}

it('a pause lasts until its timer runs, and leaves nothing', async () => {
  const { clock, armed } = clockByHand()
  const over = pause(clock, 100, new AbortController().signal)
  expect([...armed.values()]).toEqual([100])
  for (const run of armed.keys()) run()
  await over
  expect(armed.size).toBe(0)
})

it('a pause is over as soon as its signal is aborted, and leaves no timer', async () => {
  const { clock, armed } = clockByHand()
  const end = new AbortController()
  const over = pause(clock, 100, end.signal)
  end.abort()
  await over
  await pause(clock, 100, end.signal)
  expect(armed.size).toBe(0)
})
