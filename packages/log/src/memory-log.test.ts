import { expect, it } from 'vitest'
import { sessionLogConformance } from './conformance.ts'
import { memoryLog } from './memory-log.ts'

sessionLogConformance({ name: 'memory', open: async (options) => memoryLog(options) })

it('all sessions together stay within the bound: what snapshots make up for goes, longest written first', async () => {
  const log = memoryLog({ maxBytes: 50_000 })
  const write = (session: string, count: number): Promise<unknown> => {
    const events = Array.from({ length: count }, (_, i) => ({ id: `${i}`, kind: 'k', at: 0, payload: 'x'.repeat(990) }))
    return log.append(session, events, { producer: { id: 'p', fence: 0 } })
  }
  for (const session of ['a', 'b', 'c']) {
    await log.createSession(session)
    await write(session, 15)
    await log.putSnapshot(session, 10, {})
  }
  await write('a', 1)
  expect(await write('c', 8)).toMatchObject({ outcome: 'appended' })
  expect((await log.head('b')).first).toBe(10)
  expect((await log.head('a')).first).toBe(1)
  // What no snapshot makes up for stays; then it is full.
  expect(await write('c', 30)).toEqual({ outcome: 'refused', reason: 'quota' })
  expect([(await log.head('a')).first, (await log.head('c')).first]).toEqual([10, 10])
  await log.removeSession('b')
  await log.removeSession('a')
  expect(await write('c', 30)).toMatchObject({ outcome: 'appended' })
  await log.close()
})

it('a log in memory refuses a bound of all sessions that is no number', () => {
  expect(() => memoryLog({ maxBytes: Number.NaN })).toThrow('option maxBytes: expected a number of at least 0, got NaN')
})
