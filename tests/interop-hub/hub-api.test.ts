import { HubApi } from '@holdfast/hub'
import { tokenAuthenticate } from '@holdfast/server'
import { expect, it } from 'vitest'
import { startHub } from './support.ts'

it('HubApi makes, finds, changes, reads and ends sessions of our hub', async () => {
  const { hub, url } = await startHub({ authenticate: tokenAuthenticate([{ secret: 'key', principal: 'somebody' }]) })
  const api = new HubApi({ url, token: 'key' })
  const { sessionId } = await api.createSession({ label: 'one', task: 'a task', tags: ['t'] })
  using session = await hub.createSession(sessionId)
  await session.publish('task_start', { taskId: 't1' })
  expect(await api.getSession(sessionId)).toMatchObject({ sessionId, label: 'one', task: 'a task', tags: ['t'] })
  expect(await api.updateSession(sessionId, { label: 'two' })).toMatchObject({ label: 'two' })
  const ids: string[] = []
  for await (const one of api.sessions({ limit: 1 })) ids.push(one.sessionId)
  expect(ids).toContain(sessionId)
  expect(await api.participants(sessionId)).toMatchObject({ sessionId, participants: [] })
  expect(await api.replay(sessionId)).toMatchObject({ sessionId, entriesSource: 'log' })
  const { events, total } = await api.eventHistory(sessionId, { limit: 500 })
  expect(events.map(({ event }) => event)).toContain('task_start')
  expect(total).toBe(events.length)
  expect(await api.archiveSession(sessionId)).toMatchObject({ sessionId, status: 'archived' })
  expect(await api.resumeSession(sessionId)).toMatchObject({ sessionId })
  await api.deleteSession(sessionId)
  await expect(api.getSession(sessionId)).rejects.toMatchObject({
    code: 'api/not_found',
    details: { status: 404, serverCode: 'hub/not_found' },
  })
})

it('HubApi reports a key that our hub refuses', async () => {
  const { url } = await startHub({ authenticate: tokenAuthenticate([{ secret: 'key', principal: 'somebody' }]) })
  await expect(new HubApi({ url, token: 'wrong' }).listSessions()).rejects.toMatchObject({
    code: 'api/unauthorized',
    details: { status: 401 },
  })
})
