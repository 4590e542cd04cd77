import { expect, it } from 'vitest'
import { Conversation } from './conversation.ts'
import { ConversationFinder } from './finder.ts'

globalThis.requestAnimationFrame ??= () => 0

function told(): Conversation {
  const conversation = new Conversation()
  conversation.event('message_end', { content: 'The Plan (v1)' }, 1)
  conversation.event('thinking_end', { thinking: 'a plan B' }, 2)
  conversation.event('tool_call', { toolName: 'edit', toolArgs: { path: 'plan.md' } }, 3)
  conversation.event('runtime_process_output', { taskId: 't', output: 'one\nplanned\n' }, 4)
  conversation.event('message_end', { content: 'nothing of it' }, 5)
  return conversation
}

it('the search in a conversation finds a text in everything that is shown, without regard to case, the newest first', () => {
  const { rows } = told()
  const finder = new ConversationFinder()
  finder.find('plan', rows)
  expect(finder.hits).toEqual(rows.slice(0, 4).map(({ key }) => key))
  expect([finder.current, finder.place]).toEqual([rows[3]?.key, 4])
  finder.step(1)
  expect([finder.current, finder.place]).toEqual([rows[0]?.key, 1])
  finder.step(-1)
  expect(finder.place).toBe(4)
})

it('the search in a conversation takes every character for itself', () => {
  const { rows } = told()
  const finder = new ConversationFinder()
  finder.find('(v1)', rows)
  expect(finder.hits).toEqual([rows[0]?.key])
  finder.find('p.an', rows)
  expect([finder.hits.length, finder.current]).toEqual([0, undefined])
})
