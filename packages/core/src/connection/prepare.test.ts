import { describe, expect, it } from 'vitest'
import type { AttemptContext } from '../support/attempt-context.ts'
import type { ConnectionOptions } from './options.ts'
import { prepareAttempt, rotationDelay } from './prepare.ts'

const transport = {
  name: 'none',
  traits: { binary: true, ping: true, pause: true, requestHeaders: true },
  liveness: 'none' as const,
  open: () => new Promise<never>(() => {}),
}
const context: AttemptContext = {
  attempt: 2,
  reason: 'retry',
  previousError: undefined,
  signal: new AbortController().signal,
}
type Options = ConnectionOptions<unknown, unknown, string, string, undefined>
const prepare = (options: Omit<Options, 'transport'>) =>
  prepareAttempt<unknown, unknown, string, string, undefined>({ transport, ...options }, context)

describe('preparing an attempt', () => {
  it('asks both functions anew and passes them the number of the attempt', async () => {
    const asked: AttemptContext[] = []
    const { target } = await prepare({
      target: (told) => {
        asked.push(told)
        return `ws://server/${told.attempt}`
      },
      credentials: (told) => {
        asked.push(told)
        return {}
      },
    })
    expect(target).toMatchObject({ url: 'ws://server/2' })
    expect(asked).toEqual([context, context])
  })

  it('lays the credentials over the target', async () => {
    const { target } = await prepare({
      target: { url: 'ws://server/', headers: { a: '1', b: '1' }, protocols: ['p'] },
      credentials: async () => ({ url: 'ws://other/', headers: { b: '2' }, protocols: ['token'] }),
    })
    expect(target).toEqual({ url: 'ws://other/', headers: { a: '1', b: '2' }, protocols: ['p', 'token'] })
  })

  it('names the option when there is no URL', async () => {
    await expect(prepare({ target: () => '' })).rejects.toMatchObject({ code: 'connection/invalid_option' })
  })

  it('fails with what the functions throw', async () => {
    const error = new Error('no token')
    await expect(prepare({ target: 'ws://server/', credentials: () => Promise.reject(error) })).rejects.toBe(error)
  })
})

describe('rotation', () => {
  const LONG_AGO = Number.POSITIVE_INFINITY

  it('comes before expiry: by a tenth of what is left, or 30 s, and earlier by chance', () => {
    expect(rotationDelay(3_600_000, LONG_AGO, () => 0)).toBe(3_240_000)
    expect(rotationDelay(3_600_000, LONG_AGO, () => 1)).toBe(3_168_000)
    expect(rotationDelay(100_000, LONG_AGO, () => 0)).toBe(70_000)
  })

  it('is due soon for what is short-lived, but never twice in a minute', () => {
    expect(rotationDelay(10_000, LONG_AGO, () => 0)).toBe(1_000)
    expect(rotationDelay(1_000, LONG_AGO, () => 0)).toBe(500)
    expect(rotationDelay(10_000, 1_000, () => 0)).toBe(59_000)
  })

  it('is not due ahead of time for what looks expired when it is new', () => {
    expect(rotationDelay(0, LONG_AGO, () => 0)).toBeUndefined()
    expect(rotationDelay(-660_000, LONG_AGO, () => 0)).toBeUndefined()
  })
})
