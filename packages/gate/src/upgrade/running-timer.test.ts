import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { afterRunning } from './running-timer.ts'

it('a running timer runs after the time of a running loop, like any timer', async () => {
  const clock = new VirtualClock()
  let ran = 0
  afterRunning(clock, 45_000, () => ran++)
  await clock.advance(44_999)
  expect(ran).toBe(0)
  await clock.advance(1)
  expect([ran, clock.pending]).toEqual([1, 0])
})

it('a running timer does not count the time in which the process stood still', async () => {
  const clock = new VirtualClock()
  let ran = 0
  afterRunning(clock, 10_000, () => ran++)
  await clock.advance(3_000)
  await clock.suspend(60_000)
  await clock.advance(5_900)
  expect(ran).toBe(0)
  await clock.advance(1_100)
  expect(ran).toBe(1)
})

it('a running timer lets the loop turn once more where it stood still at the very end', async () => {
  const clock = new VirtualClock()
  let ran = 0
  const timer = afterRunning(clock, 2_000, () => ran++)
  await clock.suspend(2_600)
  expect(ran).toBe(0)
  await clock.advance(499)
  expect(ran).toBe(0)
  await clock.advance(1)
  expect(ran).toBe(1)
  timer.cancel()
})

it('a running timer never runs once it is cancelled', async () => {
  const clock = new VirtualClock()
  const timer = afterRunning(clock, 10_000, () => expect.unreachable())
  await clock.advance(9_000)
  timer.cancel()
  await clock.advance(9_000)
  expect(clock.pending).toBe(0)
})
