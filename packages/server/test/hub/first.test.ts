import { expect, it } from 'vitest'
import { event, startHub } from './support.ts'

it('appends a lead’s event to the log before an observer gets it', async () => {
  const { client, log } = await startHub()
  const lead = client({ role: 'lead', label: 'one', task: 'do it' })
  const init = await lead.type('init')
  expect(init).toMatchObject({ role: 'lead', task: 'do it' })
  const sessionId = String(init['sessionId'])
  const observer = client({ role: 'observer', sessionId })
  expect(await observer.type('init')).toMatchObject({ role: 'observer', sessionId })
  expect(await observer.type('session_hydration')).toMatchObject({ sessionId, entries: [], label: 'one' })
  lead.send(event('e1', 'task_start', { taskId: 't', agent: 'a', prompt: 'p' }))
  const broadcast = await observer.type('broadcast')
  expect(broadcast).toMatchObject({ event: 'task_start', category: 'task', sessionId, data: { taskId: 't' } })
  expect(await lead.next((frame) => frame['id'] === 'e1')).toEqual({ id: 'e1', actions: [{ action: 'ACK' }] })
  const { events } = await log.read(sessionId, { after: 0 })
  expect(events.find(({ n }) => n === broadcast['seq'])).toMatchObject({ kind: 'task_start' })
})
