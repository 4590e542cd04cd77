import { describe, expect, it } from 'vitest'
import { TrackerFold } from './fold.ts'
import type { TrackerRecord } from './records.ts'

const LIMITS = {
  maxTasks: 3,
  maxMessages: 3,
  maxChats: 2,
  maxAgents: 2,
  maxInbox: 5,
  maxExpected: 2,
  maxExpectedInbox: 2,
}

const agent = (name: string): TrackerRecord => ({ t: 'agent', agent: name })
const said = (
  author: string,
  content: string,
  to: object = { chat_id: 'lobby' },
  mentions: string[] = [],
): TrackerRecord => ({
  t: 'message',
  message: { id: content, author, content, mentions, created_at: 0, ...to },
})
const task = (id: string, assignee?: string): TrackerRecord => ({
  t: 'task',
  task: {
    id,
    title: id,
    description: '',
    project_id: 'p',
    status: 'open',
    created_by: 'person',
    created_at: 0,
    ...(assignee === undefined ? {} : { assignee }),
  },
})

function folded(...records: TrackerRecord[]): TrackerFold {
  const fold = new TrackerFold(LIMITS)
  for (const [at, record] of records.entries()) fold.apply(at + 1, 0, record)
  return fold
}

const types = (fold: TrackerFold, name: string): string[] => [...fold.inbox(name).values()].map(({ type }) => type)

describe('TrackerFold', () => {
  it('keeps an event for an agent until it is acknowledged', () => {
    const fold = folded(agent('ann'), said('person', 'hi'))
    expect([...fold.inbox('ann').keys()]).toEqual([2])
    fold.apply(3, 0, { t: 'ack', agent: 'ann', n: 2 })
    expect(fold.inbox('ann').size).toBe(0)
  })

  it('tells chat to everybody but its author, and a task to its assignee, its author and those who are mentioned', () => {
    const fold = folded(
      agent('ann'),
      agent('bob'),
      said('ann', 'hi'),
      task('t', 'ann'),
      said('bob', 'x', { task_id: 't' }),
    )
    expect(types(fold, 'ann')).toEqual(['task.assigned', 'task.comment'])
    expect(types(fold, 'bob')).toEqual(['chat.message'])
    fold.apply(6, 0, said('person', 'y', { task_id: 't' }, ['bob']))
    expect(types(fold, 'bob')).toEqual(['chat.message', 'task.comment'])
  })

  it('a task without assignee is for everybody; a status for those concerned', () => {
    const fold = folded(agent('ann'), agent('bob'), task('t'), task('u', 'bob'))
    expect(types(fold, 'ann')).toEqual(['task.created'])
    fold.apply(5, 0, { t: 'status', taskId: 'u', status: 'done', by: 'ann' })
    expect(types(fold, 'bob')).toEqual(['task.created', 'task.assigned', 'task.updated'])
    expect(fold.tasks.get('u')?.status).toBe('done')
  })

  it('every part is bounded, and says what an inbox lost', () => {
    const fold = folded(agent('ann'), agent('bob'), agent('one too many'))
    for (let n = 4; n < 14; n++) fold.apply(n, 0, said('bob', `${n}`))
    expect(fold.knows('one too many')).toBe(false)
    expect([...fold.inbox('ann').keys()]).toEqual([9, 10, 11, 12, 13])
    expect(fold.lost('ann')).toBe(5)
    expect(fold.messages('chat:lobby').map(({ content }) => content)).toEqual(['11', '12', '13'])
    for (let n = 14; n < 18; n++) fold.apply(n, 0, task(`${n}`))
    expect([...fold.tasks.keys()]).toEqual(['15', '16', '17'])
  })

  it('keeps what is for a name that was never seen until somebody comes under it, within bounds', () => {
    const fold = folded(agent('ann'), task('t', 'bob'), task('u', 'bob'), said('ann', 'hurry', { task_id: 'u' }))
    expect(fold.knows('bob')).toBe(false)
    expect(fold.agents).toEqual(['ann'])
    fold.apply(5, 0, said('ann', 'to all'))
    fold.apply(6, 0, agent('bob'))
    expect(types(fold, 'bob')).toEqual(['task.assigned', 'task.comment'])
    expect(fold.lost('bob')).toBe(1)
    for (const [at, name] of ['c', 'd', 'e'].entries()) fold.apply(7 + at, 0, task(name, name))
    const copy = new TrackerFold({ ...LIMITS, maxAgents: 9 })
    copy.restore(9, JSON.parse(JSON.stringify(fold.snapshot())))
    for (const [at, name] of ['c', 'd', 'e'].entries()) copy.apply(10 + at, 0, agent(name))
    expect(['c', 'd', 'e'].map((name) => copy.inbox(name).size)).toEqual([0, 1, 1])
  })

  it('comes out of a snapshot as it went in', () => {
    const fold = folded(agent('ann'), task('t', 'ann'), said('person', 'x', { task_id: 't' }))
    const copy = new TrackerFold(LIMITS)
    expect(copy.restore(3, JSON.parse(JSON.stringify(fold.snapshot())))).toBe(true)
    expect(copy.snapshot()).toEqual(fold.snapshot())
    expect(new TrackerFold(LIMITS).restore(3, { v: 99 })).toBe(false)
  })
})
