import { describe, expect, it } from 'vitest'
import type { TrackerRecord } from './records.ts'
import { TrackerState } from './tracker-state.ts'

const LIMITS = {
  maxTasks: 3,
  maxMessages: 3,
  maxChats: 2,
  maxAgents: 2,
  maxInbox: 5,
  maxExpected: 2,
  maxExpectedInbox: 2,
  maxPartBytes: 1_000_000,
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

function apply(state: TrackerState, n: number, record: TrackerRecord): void {
  state.apply({ n, id: `${n}`, kind: record.t, at: 0, payload: record })
}

function folded(...records: TrackerRecord[]): TrackerState {
  const fold = new TrackerState(LIMITS)
  for (const [at, record] of records.entries()) apply(fold, at + 1, record)
  return fold
}

const types = (fold: TrackerState, name: string): string[] => [...fold.inbox(name).values()].map(({ type }) => type)

describe('TrackerState', () => {
  it('keeps an event for an agent until it is acknowledged', () => {
    const fold = folded(agent('ann'), said('person', 'hi'))
    expect([...fold.inbox('ann').keys()]).toEqual([2])
    apply(fold, 3, { t: 'ack', agent: 'ann', n: 2 })
    expect(fold.inbox('ann').size).toBe(0)
  })

  it('sends chat to all but its author, and a task to its assignee, its author and those who are mentioned', () => {
    const fold = folded(
      agent('ann'),
      agent('bob'),
      said('ann', 'hi'),
      task('t', 'ann'),
      said('bob', 'x', { task_id: 't' }),
    )
    expect(types(fold, 'ann')).toEqual(['task.assigned', 'task.comment'])
    expect(types(fold, 'bob')).toEqual(['chat.message'])
    apply(fold, 6, said('person', 'y', { task_id: 't' }, ['bob']))
    expect(types(fold, 'bob')).toEqual(['chat.message', 'task.comment'])
  })

  it('a task without assignee is for everybody; a status for those concerned', () => {
    const fold = folded(agent('ann'), agent('bob'), task('t'), task('u', 'bob'))
    expect(types(fold, 'ann')).toEqual(['task.created'])
    apply(fold, 5, { t: 'status', taskId: 'u', status: 'done', by: 'ann' })
    expect(types(fold, 'bob')).toEqual(['task.created', 'task.assigned', 'task.updated'])
    expect(fold.tasks.get('u')?.status).toBe('done')
  })

  it('every part is bounded, and says what an inbox lost', () => {
    const fold = folded(agent('ann'), agent('bob'), agent('one too many'))
    for (let n = 4; n < 14; n++) apply(fold, n, said('bob', `${n}`))
    expect(fold.knows('one too many')).toBe(false)
    expect([...fold.inbox('ann').keys()]).toEqual([9, 10, 11, 12, 13])
    expect(fold.lost('ann')).toBe(5)
    expect(fold.messages('chat:lobby').map(({ content }) => content)).toEqual(['11', '12', '13'])
    for (let n = 14; n < 18; n++) apply(fold, n, task(`${n}`))
    expect([...fold.tasks.keys()]).toEqual(['15', '16', '17'])
  })

  it('keeps what is for a name that was never seen until a client comes under it, within bounds', () => {
    const fold = folded(agent('ann'), task('t', 'bob'), task('u', 'bob'), said('ann', 'hurry', { task_id: 'u' }))
    expect(fold.knows('bob')).toBe(false)
    expect(fold.agents).toEqual(['ann'])
    apply(fold, 5, said('ann', 'to all'))
    apply(fold, 6, agent('bob'))
    expect(types(fold, 'bob')).toEqual(['task.assigned', 'task.comment'])
    expect(fold.lost('bob')).toBe(1)
    for (const [at, name] of ['c', 'd', 'e'].entries()) apply(fold, 7 + at, task(name, name))
    const copy = new TrackerState({ ...LIMITS, maxAgents: 9 })
    copy.restore(9, JSON.parse(JSON.stringify(fold.snapshot())))
    for (const [at, name] of ['c', 'd', 'e'].entries()) apply(copy, 10 + at, agent(name))
    expect(['c', 'd', 'e'].map((name) => copy.inbox(name).size)).toEqual([0, 1, 1])
  })

  it('forgets the chat that was silent longest, not the one that began first', () => {
    const fold = folded(said('a', '1', { chat_id: 'lobby' }), said('a', '2', { chat_id: 'x' }))
    apply(fold, 3, said('a', '3', { chat_id: 'lobby' }))
    apply(fold, 4, said('a', '4', { chat_id: 'y' }))
    expect(fold.messages('chat:x')).toEqual([])
    expect(fold.messages('chat:lobby')).toHaveLength(2)
  })

  it('keeps each part within so many bytes, and a snapshot of it small, however many it waits for', () => {
    const limits = { ...LIMITS, maxTasks: 1e6, maxMessages: 1e6, maxChats: 1e6, maxAgents: 1e6, maxInbox: 1e6 }
    const fold = new TrackerState({ ...limits, maxPartBytes: 20_000 })
    const agents = Array.from({ length: 50 }, (_, at) => `agent ${at}`)
    for (const [at, name] of agents.entries()) apply(fold, at + 1, agent(name))
    const text = 'ü'.repeat(200)
    for (let n = 100; n < 700; n += 3) {
      apply(fold, n, said('person', `${n} ${text}`))
      apply(fold, n + 1, said('person', `${n} ${text}`, { chat_id: `${n}` }))
      apply(fold, n + 2, task(`${n} ${text}`))
    }
    const bytes = Buffer.byteLength(JSON.stringify(fold.snapshot()))
    expect(bytes).toBeLessThan(3 * 20_000 + 50 * 500)
    expect(fold.tasks.size).toBeGreaterThan(5)
    const inbox = [...fold.inbox('agent 7').keys()]
    expect(inbox.at(-1)).toBe(699)
    expect(inbox.length + fold.lost('agent 7')).toBe(600)
    // Acknowledged by all but one it still waits for that one, and counts.
    for (const name of agents.slice(1)) apply(fold, 1_000, { t: 'ack', agent: name, n: 699 })
    expect(fold.inbox('agent 0').has(699)).toBe(true)
    const copy = new TrackerState({ ...limits, maxPartBytes: 20_000 })
    copy.restore(1_000, JSON.parse(JSON.stringify(fold.snapshot())))
    expect(copy.snapshot()).toEqual(fold.snapshot())
    for (const one of [fold, copy]) apply(one, 1_001, said('person', text))
    expect(copy.snapshot()).toEqual(fold.snapshot())
  })

  it('comes out of a snapshot as it went in', () => {
    const fold = folded(agent('ann'), task('t', 'ann'), said('person', 'x', { task_id: 't' }))
    const copy = new TrackerState(LIMITS)
    expect(copy.restore(3, JSON.parse(JSON.stringify(fold.snapshot())))).toBe(true)
    expect(copy.snapshot()).toEqual(fold.snapshot())
    expect(new TrackerState(LIMITS).restore(3, { v: 99 })).toBe(false)
  })
})
