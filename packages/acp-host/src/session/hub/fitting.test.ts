import { expect, it } from 'vitest'
import { fitting, storable } from './fitting.ts'

const ROOM = 256 * 1024

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

it('a record that fits the bound stays the same', () => {
  const record = { t: 'event', event: 'e', data: { text: 'x'.repeat(60_000), _meta: { a: 1 } } } as const
  expect(storable(record)).toEqual(record)
  expect(fitting({ text: 'x', _meta: 1 })).toEqual({ text: 'x', _meta: 1 })
})

it("an agent's extensions go first, and nothing else where that is enough", () => {
  const commands = [{ name: 'go', description: 'd'.repeat(20_000), _meta: { a: 1 } }]
  const told = fitting({ commands, _meta: { skills: 's'.repeat(600_000) } })
  expect(told).toEqual({ commands: [{ name: 'go', description: 'd'.repeat(20_000) }], isShortened: true })
})

it.each<[string, unknown]>([
  ['a long text', '語'.repeat(1_000_000)],
  ['many texts', Array.from({ length: 2_000 }, (_, at) => `${at} ${'語'.repeat(1_000)}`)],
  ['lists in lists', Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => ({ a: ['語'.repeat(100)] })))],
  ['many members', Object.fromEntries(Array.from({ length: 30_000 }, (_, at) => [`m${at}`, at]))],
  ['long names', { ['n'.repeat(400_000)]: 1 }],
  ['what JSON makes longer', '\0'.repeat(300_000)],
])('a record with %s is shortened in an event and in a message, and keeps its names', (_what, value) => {
  const event = storable({ t: 'event', event: 'tool_call', data: { toolCallId: 'c', value } })
  expect(event).toMatchObject({ t: 'event', event: 'tool_call', data: { toolCallId: 'c', isShortened: true } })
  const message = { type: 'rpc_ui_request', id: 'ask-1', method: 'select', params: { value } }
  const asked = storable({ t: 'rpc', to: 'controllers', message })
  expect(asked).toMatchObject({ to: 'controllers', message: { type: 'rpc_ui_request', id: 'ask-1', method: 'select' } })
  for (const record of [event, asked]) expect(bytesOf(record)).toBeLessThan(ROOM)
})

it('a text that is cut says so', () => {
  const { data } = storable({ t: 'event', event: 'user_prompt', data: { content: 'x'.repeat(300_000) } })
  expect(data).toEqual({ content: `${'x'.repeat(30_000)}…`, isShortened: true })
})
