import { expect, it } from 'vitest'
import { Conversation } from './conversation.ts'

const hydration = (
  entries: Parameters<Conversation['hydrate']>[0]['entries'],
): Parameters<Conversation['hydrate']>[0] => ({
  type: 'session_hydration',
  sessionId: 's',
  resumedAt: 0,
  entries,
})

it('the conversation shows the past and then every event once, also where the two overlap', () => {
  const conversation = new Conversation()
  conversation.hydrate(hydration([{ type: 'message', timestamp: 1, content: 'one' }]))
  conversation.event('message_end', { content: 'one' }, 1)
  conversation.event('message_end', { content: 'two' }, 2)
  expect(conversation.rows.map(({ entry }) => entry.content)).toEqual(['one', 'two'])
})

it('the conversation puts the output of one program into one row and keeps its newest lines', () => {
  const conversation = new Conversation()
  for (let n = 1; n <= 1_200; n++) conversation.event('runtime_process_output', { taskId: 't', output: `${n}` }, n)
  conversation.event('runtime_process_output', { taskId: 'u', output: 'other' }, 1_201)
  expect(conversation.rows.map(({ lineCount }) => lineCount)).toEqual([1_200, 1])
  expect(conversation.rows[0]?.lines).toHaveLength(1_000)
  expect(conversation.rows[0]?.lines.at(-1)).toBe('1200')
})

it('the conversation shows what is being said, and no longer when it was said', () => {
  const conversation = new Conversation()
  conversation.event('message_start', {}, 1)
  conversation.event('message_update', { delta: 'a ' }, 2)
  conversation.event('message_update', { delta: 'b' }, 3)
  expect(conversation.stream).toEqual({ kind: 'message', text: 'a b' })
  conversation.event('message_end', { content: 'a b' }, 4)
  expect(conversation.stream).toBeUndefined()
})

it('the conversation follows tasks from start to end', () => {
  const conversation = new Conversation()
  conversation.event('task_start', { taskId: 't', agent: 'lead', prompt: 'ls' }, 0)
  conversation.event('task_error', { taskId: 't', error: 'no', duration: 5 }, 10)
  expect(conversation.tasks.get('t')).toMatchObject({ prompt: 'ls', status: 'failed', duration: 5 })
})

it('the conversation keeps unconfirmed messages of this page, whatever a hydration brings', () => {
  const conversation = new Conversation()
  conversation.note({ type: 'user_prompt', timestamp: 1, content: 'mine' }, 'sending')
  conversation.hydrate(hydration([]))
  expect(conversation.rows.map(({ entry }) => entry.content)).toEqual(['mine'])
})

it('the conversation puts earlier pages before what is known, under names of their own', () => {
  const conversation = new Conversation()
  conversation.hydrate(hydration([{ type: 'message', timestamp: 3, content: 'three' }]))
  conversation.prepend([{ type: 'message', timestamp: 2, content: 'two' }])
  conversation.prepend([
    { type: 'message', timestamp: 0, content: 'zero' },
    { type: 'message', timestamp: 1, content: 'one' },
  ])
  conversation.event('message_end', { content: 'four' }, 4)
  expect(conversation.rows.map(({ entry }) => entry.content)).toEqual(['zero', 'one', 'two', 'three', 'four'])
  expect(new Set(conversation.rows.map(({ key }) => key)).size).toBe(5)
})
