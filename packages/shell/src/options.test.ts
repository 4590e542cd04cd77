import { expect, it } from 'vitest'
import { resolveShellOptions, type ShellSessionOptions } from './options.ts'

const GOOD: ShellSessionOptions = {
  transport: {
    name: 'none',
    traits: { binary: true, ping: true, pause: true, requestHeaders: true },
    liveness: 'none',
    open: async () => Promise.reject(new Error()),
  },
  target: () => ({ url: 'ws://x' }),
}

it('a wrong shell option is named', () => {
  expect(() => resolveShellOptions({ ...GOOD, shellId: '-x' })).toThrow(/shellId/)
  expect(() => resolveShellOptions({ ...GOOD, liveness: { intervalMs: 0 } })).toThrow(/liveness\.intervalMs/)
  expect(() => resolveShellOptions({ ...GOOD, liveness: { timeoutMs: -1 } })).toThrow(/liveness\.timeoutMs/)
  expect(() => resolveShellOptions({ ...GOOD, queue: { maxBytes: Number.NaN } })).toThrow(/queue\.maxBytes/)
  expect(() => resolveShellOptions({ ...GOOD, target: undefined })).toThrow(/url/)
  expect(resolveShellOptions(GOOD).shellId).toMatch(/^sh-[a-z0-9]{16}$/)
})

it('the shell’s client gives a link two intervals to answer, where no time is named', () => {
  const transport = { ...GOOD.transport }
  expect(resolveShellOptions({ transport, url: 'ws://x' }).liveness).toEqual({ intervalMs: 30_000, timeoutMs: 60_000 })
  const given = { transport, url: 'ws://x', liveness: { intervalMs: 500 } }
  expect(resolveShellOptions(given).liveness).toEqual({ intervalMs: 500, timeoutMs: 1_000 })
})
