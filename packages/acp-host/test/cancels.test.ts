import { afterEach, expect, it, vi } from 'vitest'
import { LocalPrograms } from '../src/index.ts'
import { AcpState } from '../src/state/acp-state.ts'
import { TestClient, TOOLS, type World, world } from './support/harness.ts'

let at: World | undefined

afterEach(async () => {
  await at?.end()
  at = undefined
})

const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 10 })

function begins(): readonly string[] {
  return at?.journal().filter((line) => line.startsWith('begin ')) ?? []
}

it('a cancelled turn that the agent never ends is over in its time: its program is ended, and the next prompt starts another', async () => {
  at = await world([], { limits: { cancelMs: 200 } })
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const turn = client.prompt(session, 'say before\ndeaf')
  await soon(() => expect(client.text()).toBe('before'))
  client.notify('session/cancel', { sessionId: session })
  expect((await turn).stopReason).toBe('cancelled')
  const why = 'The agent scripted failed: It did not end a cancelled turn within 0.2 s.'
  const notices = client.updates.filter(({ sessionUpdate }) => sessionUpdate === 'notice')
  expect(notices[0]?.['title']).toContain(why)
  expect((await client.prompt(session, 'say after')).stopReason).toBe('end_turn')
  expect(client.text()).toBe('beforeafter')
  expect(begins()).toHaveLength(2)
  const { events } = await at.log.read(session, { after: 0 })
  const payloads = events.map(({ payload }) => Object(payload))
  expect(payloads.find(({ event }) => event === 'session_error').data.error).toContain(why)
  expect(payloads.filter(({ event }) => event === 'turn_end').map(({ data }) => data.stopReason)).toEqual([
    'cancelled',
    'end_turn',
  ])
})

it('a turn that ends in its time after a cancel ends no program', async () => {
  at = await world([], { limits: { cancelMs: 200 } })
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const turn = client.prompt(session, 'say before\nsleep 60000')
  await soon(() => expect(client.text()).toBe('before'))
  client.notify('session/cancel', { sessionId: session })
  expect((await turn).stopReason).toBe('cancelled')
  await client.prompt(session, 'sleep 400\nsay after')
  expect(begins()).toHaveLength(1)
})

it('a server that takes over gives a cancelled turn no more time than was left', async () => {
  const local = new LocalPrograms({ tools: TOOLS })
  const programs = { find: local.find.bind(local), start: local.start.bind(local), close: async () => {} }
  at = await world([], { programs, limits: { cancelMs: 300 } })
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  void client.prompt(session, 'say before\ndeaf').catch(() => {})
  await soon(() => expect(client.text()).toBe('before'))
  client.notify('session/cancel', { sessionId: session })
  await soon(() => expect(at?.journal().some((line) => line.includes('session/cancel'))).toBe(true))
  await at.agents.close()
  const next = await at.another()
  expect(next.stats.turns).toBe(1)
  await soon(() => expect(next.stats.turns).toBe(0))
  const { events } = await at.log.read(session, { after: 0 })
  const removed = events.find(({ kind }) => kind === 'acp.removed')
  const cancelled = events.find(({ payload }) => Object(payload).why === 'cancel')
  expect((removed?.at ?? 0) - (cancelled?.at ?? 0)).toBeGreaterThanOrEqual(300)
  await local.close()
})

it('a prompt that is removed while it has its turn has none any more', () => {
  const state = new AcpState()
  let n = 0
  const apply = (payload: unknown): ReturnType<AcpState['apply']> => {
    n += 1
    return state.apply({ n, at: n, id: String(n), kind: 'x', payload })
  }
  const by = { principal: 'ann' }
  apply({ t: 'acp.opened', agent: 'a', cwd: '/', params: {}, by })
  apply({ t: 'acp.out', p: 'p', m: { method: 'session/new', params: {} }, why: 'open' })
  apply({ t: 'acp.in', p: 'p', o: 1, m: { id: 's 2', result: { sessionId: 'theirs' } } })
  apply({ t: 'acp.prompt', prompt: [{ type: 'text', text: 'go' }], by })
  apply({ t: 'acp.out', p: 'p', m: { method: 'session/prompt', params: {} }, why: 'prompt', prompt: 4 })
  expect(state.turn?.prompt).toBe(4)
  const { settled } = apply({ t: 'acp.removed', prompt: 4, why: 'cancelled' })
  expect(state.turn).toBeUndefined()
  expect(settled).toEqual([{ n: 4, outcome: { result: { stopReason: 'cancelled' } } }])
})
