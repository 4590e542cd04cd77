import { backoffDelay, RETRY_PRESETS, resolveRetry } from '@holdfast/core'
import { expect, it } from 'vitest'
import { reconnectSchedule, resolveShellOptions, type ShellSessionOptions } from './options.ts'

const delays = (
  options: Parameters<typeof reconnectSchedule>[0],
  count: number,
  random: number,
  hurry = false,
): number[] => {
  const { schedule, jitter = 0, floorMs = 0, capMs = 0 } = reconnectSchedule(options, () => hurry)
  const retry = { ...RETRY_PRESETS.fleet, schedule, jitter, floorMs, capMs }
  return Array.from({ length: count }, (_, at) => Math.round(backoffDelay(at + 1, retry, () => random)))
}

it('dials at once, then doubles, and pauses between rounds; a quarter more or less', () => {
  expect(delays({}, 7, 0.5)).toEqual([0, 1_000, 2_000, 4_000, 8_000, 30_000, 1_000])
  expect(delays({}, 3, 0)).toEqual([0, 750, 1_500])
  expect(delays({}, 3, 1)).toEqual([0, 1_250, 2_500])
  expect(delays({ maxRetries: 7 }, 7, 0.5)).toEqual([0, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
})

it('does not pause between rounds while the user waits', () => {
  expect(delays({ maxRetries: 2 }, 4, 0.5, true)).toEqual([0, 1_000, 1_000, 1_000])
})

it('gives up after the window, or never', () => {
  expect(reconnectSchedule({ reconnectWindow: 900_000 }).giveUpAfterMs).toBe(900_000)
  expect(reconnectSchedule({}).giveUpAfterMs).toBe(Number.POSITIVE_INFINITY)
  expect(reconnectSchedule({ reconnectWindow: null }).giveUpAfterMs).toBe(Number.POSITIVE_INFINITY)
})

it('hands on the limits of dials, of links that did not last too', () => {
  const limits = [{ max: 4, perMs: 60_000 }]
  const flapLimits = [{ max: 2, perMs: 30_000 }]
  expect(reconnectSchedule({ limits, flapLimits })).toMatchObject({ limits, flapLimits })
  expect(resolveRetry(reconnectSchedule({})).flapLimits).toEqual([])
})

it('names the option that is wrong', () => {
  const good: ShellSessionOptions = {
    transport: {
      name: 'none',
      traits: { binary: true, ping: true, pause: true, requestHeaders: true },
      liveness: 'none',
      open: async () => Promise.reject(new Error()),
    },
    connect: () => ({ url: 'ws://x' }),
  }
  expect(() => resolveShellOptions({ ...good, shellId: '-x' })).toThrow(/shellId/)
  expect(() => resolveShellOptions({ ...good, keepaliveIntervalMs: -1 })).toThrow(/keepaliveIntervalMs/)
  expect(() => resolveShellOptions({ ...good, inputBufferBytes: Number.NaN })).toThrow(/inputBufferBytes/)
  expect(() => reconnectSchedule({ maxRetries: 0 })).toThrow(/maxRetries/)
  expect(resolveShellOptions(good).shellId).toMatch(/^sh-[a-z0-9]{16}$/)
})
