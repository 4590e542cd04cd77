import { memoryLog } from '@holdfast/log'
import { expect, it } from 'vitest'
import { relayedUpTo, rememberRelayed } from './relay-position.ts'

it('a position that does not fit is named and taken for none, and what is beside it stays', async () => {
  await using log = memoryLog()
  await log.createSession('t', { data: { theme: 'dark' } })
  expect(relayedUpTo(await log.findSession('t'), 7)).toBe(7)
  await rememberRelayed(log, 't', 4)
  expect(relayedUpTo(await log.findSession('t'), 7)).toBe(4)
  for (const [relayed, got] of [
    ['four', 'string'],
    [null, 'null'],
  ]) {
    await log.updateSession('t', { data: { theme: 'dark', relayed } })
    const issues: string[] = []
    // Nothing that was not shown is released for it.
    expect(relayedUpTo(await log.findSession('t'), 7, (issue) => issues.push(issue))).toBe(0)
    expect(issues).toEqual([expect.stringMatching(new RegExp(`^data\\.relayed: expected .*, got ${got}$`))])
  }
  await rememberRelayed(log, 't', 5)
  expect((await log.findSession('t'))?.data).toEqual({ theme: 'dark', relayed: 5 })
})
