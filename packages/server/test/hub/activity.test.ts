import { memoryLog } from '@holdfast/log'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { HUB_LIMITS } from '../../src/hub/limits.ts'
import { startHub } from './support.ts'

/** When a hub says that something last happened in the session, in milliseconds since it was made. */
async function lastActivity(base: string): Promise<number> {
  const response = await fetch(`${base}/api/hub/session/s`)
  const { createdAt, lastActivityAt }: Readonly<Record<string, string>> = await response.json()
  return Date.parse(lastActivityAt ?? '') - Date.parse(createdAt ?? '')
}

it('a session has the time of its last event, exactly while it is open and to the minute afterwards', async () => {
  const clock = new VirtualClock()
  const log = memoryLog({ clock })
  const { hub, base } = await startHub({ log, clock })
  const session = await hub.createSession('s')
  expect(await lastActivity(base)).toBe(0)
  await clock.advance(20_000)
  await session.publish('task_start', {})
  expect(await lastActivity(base)).toBe(20_000)
  // Not each event is a write more.
  expect((await log.findSession('s'))?.updatedAt).toBe((await log.findSession('s'))?.createdAt)
  await clock.advance(100_000)
  await session.publish('task_complete', {})
  expect(await lastActivity(base)).toBe(120_000)
  const noted = async (): Promise<number> => {
    const record = await log.findSession('s')
    return (record?.updatedAt ?? 0) - (record?.createdAt ?? 0)
  }
  expect(await noted()).toBe(120_000)
  session[Symbol.dispose]()
  const other = await startHub({ log, clock })
  expect(await lastActivity(other.base)).toBe(120_000)
})

it('a session that leaves memory has the same time of its last event as before', async () => {
  const clock = new VirtualClock()
  const { hub, base } = await startHub({ log: memoryLog({ clock }), clock })
  const session = await hub.createSession('s')
  await clock.advance(20_000)
  await session.publish('task_start', {})
  session[Symbol.dispose]()
  expect(await lastActivity(base)).toBe(20_000)
  await clock.advance(HUB_LIMITS.idleSessionMs + 1)
  expect(await lastActivity(base)).toBe(20_000)
})
