import { afterEach, expect, it } from 'vitest'
import { TestClient, type World, world } from './support/harness.ts'

let at: World | undefined

afterEach(async () => {
  await at?.end()
  at = undefined
})

it('a turn streams its updates in order, and its answer comes behind them', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const { stopReason } = await client.prompt(session, 'think hm\nchunks 1 50\ntool t1\nplan one two\nsay end')
  expect(stopReason).toBe('end_turn')
  expect(client.text()).toBe(`${Array.from({ length: 50 }, (_, i) => `${i + 1} `).join('')}end`)
  expect(client.text('agent_thought_chunk')).toBe('hm')
  const kinds = client.updates.map(({ sessionUpdate }) => sessionUpdate)
  expect(kinds.slice(-4)).toEqual(['tool_call', 'tool_call_update', 'plan', 'agent_message_chunk'])
  expect('result' in (client.got.at(-1)?.message ?? {})).toBe(true)
})
