import { memoryLog } from '@holdfast/log'
import { memoryCluster } from '@holdfast/log/directory'
import type { HubAction } from '@holdfast/protocol/hub'
import { VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import type { RequireApproval, SessionHandle } from '../../src/hub/index.ts'
import { event, type HubFixture, type RawClient, startHub, until } from './support.ts'

const OTHERWISE: readonly HubAction[] = [{ action: 'BLOCK', reason: 'nobody' }]
const YES: readonly HubAction[] = [{ action: 'RETURN', result: 'yes' }]
const NO: readonly HubAction[] = [{ action: 'BLOCK', reason: 'no' }]

const requireApproval: RequireApproval = ({ message }) =>
  message.type === 'event' && message.event === 'may_i' ? { timeoutMs: 60_000, otherwise: OTHERWISE } : undefined

/** Two hubs over one log. */
async function two(clock = new VirtualClock({ wholeTurns: true })): Promise<{
  readonly clock: VirtualClock
  readonly a: HubFixture
  readonly b: HubFixture
}> {
  const log = memoryLog({ clock })
  const common = {
    log,
    clock,
    requireApproval,
    limits: { maxPendingApprovals: 3, maxPendingApprovalLength: 10_000, idleSessionMs: 1_000 },
  }
  const cluster = memoryCluster({ clock })
  const a = await startHub({ ...common, cluster: cluster.join('a') })
  return { clock, a, b: await startHub({ ...common, cluster: cluster.join('b') }) }
}

const leadAt = async ({ client }: HubFixture, driver = 'd1'): Promise<RawClient> => {
  const lead = client({ role: 'lead', sessionId: 's', driverInstanceId: driver, resume: '1' })
  await lead.type('init')
  return lead
}
const answerTo = (lead: RawClient, id: string) => lead.next((frame) => frame['id'] === id && 'actions' in frame)
const ids = (session: SessionHandle) => session.pendingApprovals.map(({ id }) => id)

describe('a request that waits for people', () => {
  it('is seen on every node; the first answer of all is the only one, and reaches the lead wherever it is', async () => {
    const { a, b } = await two()
    const lead = await leadAt(a)
    using here = await a.hub.session('s')
    using there = await b.hub.session('s')
    const told: unknown[] = []
    here.watchApprovals({
      requested: ({ id }) => told.push(id),
      settled: ({ id }, by) => told.push([id, by]),
    })
    lead.send(event('1', 'may_i', { what: 'x' }))
    await until(() => there.pendingApprovals.length === 1 && here.pendingApprovals.length === 1)
    const [{ n, message } = { n: 0, message: {} }] = there.pendingApprovals
    expect(message).toEqual({ type: 'event', id: '1', event: 'may_i', data: { what: 'x' } })
    const answers = [there.answerApproval(n, YES, 'bob'), here.answerApproval(n, NO, 'ann')]
    const won = await Promise.all(answers)
    expect(won.filter(Boolean)).toHaveLength(1)
    const [actions, by] = won[0] ? [YES, 'bob'] : [NO, 'ann']
    expect(await answerTo(lead, '1')).toMatchObject({ actions })
    await until(() => told.length === 2)
    expect(told).toEqual(['1', ['1', by]])
    expect([here.pendingApprovals, there.pendingApprovals]).toEqual([[], []])
    expect(await there.answerApproval(n, NO, 'bob')).toBe(false)
    await until(() => here.head === there.head)
    expect(lead.frames.filter((frame) => 'actions' in frame)).toHaveLength(1)
  })

  it('is still there for a lead that goes on at another node, and is not asked twice', async () => {
    const { a, b } = await two()
    const first = await leadAt(a)
    first.send(event('1', 'may_i'))
    using there = await b.hub.session('s')
    await until(() => there.pendingApprovals.length === 1)
    first.drop()
    await until(() => a.hub.size === 0)
    const second = await leadAt(b)
    // It does not know whether the request arrived.
    second.send(event('1', 'may_i'))
    await second.type('acked')
    expect(ids(there)).toEqual(['1'])
    await there.answerApproval(there.pendingApprovals[0]?.n ?? 0, YES)
    expect(await answerTo(second, '1')).toMatchObject({ actions: YES })
    second.send(event('1', 'may_i'))
    expect(await answerTo(second, '1')).toMatchObject({ actions: YES })
  })

  it('is answered by itself after its time, once, though every node looks at the clock', async () => {
    const { a, b, clock } = await two()
    const lead = await leadAt(a)
    using there = await b.hub.session('s')
    lead.send(event('1', 'may_i'))
    await until(() => there.pendingApprovals.length === 1)
    await clock.advance(59_000)
    expect(ids(there)).toEqual(['1'])
    await clock.advance(2_000)
    expect(await answerTo(lead, '1')).toMatchObject({ actions: OTHERWISE })
    await until(() => there.pendingApprovals.length === 0)
    const { events } = await a.log.read('s', { after: 0 })
    expect(events.filter(({ kind }) => kind === 'hub.answer')).toHaveLength(1)
  })

  it('has its time run on while no node has the session in memory', async () => {
    const { a, b, clock } = await two()
    const lead = await leadAt(a)
    lead.send(event('1', 'may_i'))
    await lead.type('acked')
    lead.drop()
    await until(() => a.hub.size === 0)
    await clock.advance(120_000)
    const again = await leadAt(b)
    again.send(event('1', 'may_i'))
    await clock.advance(10)
    expect(await answerTo(again, '1')).toMatchObject({ actions: OTHERWISE })
  })

  it('does not wait where too many do', async () => {
    const { a } = await two()
    const lead = await leadAt(a)
    for (const id of ['1', '2', '3', '4']) lead.send(event(id, 'may_i', { id }))
    expect(await answerTo(lead, '4')).toMatchObject({ actions: OTHERWISE })
    using session = await a.hub.session('s')
    expect(ids(session)).toEqual(['1', '2', '3'])
  })

  it('does not wait where all together are too large, and does again when one was answered', async () => {
    const { a } = await two()
    const lead = await leadAt(a)
    using session = await a.hub.session('s')
    const large = { text: 'x'.repeat(6_000) }
    lead.send(event('1', 'may_i', large))
    lead.send(event('2', 'may_i', large))
    expect(await answerTo(lead, '2')).toMatchObject({ actions: OTHERWISE })
    await session.answerApproval(session.pendingApprovals[0]?.n ?? 0, YES)
    lead.send(event('3', 'may_i', large))
    await until(() => ids(session).includes('3'))
    expect(ids(session)).toEqual(['3'])
  })

  it('waits no more when another driver leads', async () => {
    const { a, b } = await two()
    const lead = await leadAt(a)
    using there = await b.hub.session('s')
    lead.send(event('1', 'may_i'))
    await until(() => there.pendingApprovals.length === 1)
    const settled: string[] = []
    there.watchApprovals({ requested: () => {}, settled: ({ id }) => settled.push(id) })
    lead.drop()
    await until(() => a.hub.size === 0)
    await leadAt(b, 'd2')
    await until(() => settled.length === 1)
    expect(there.pendingApprovals).toEqual([])
  })

  it('may be answered by a handler first', async () => {
    const { a } = await two()
    const lead = await leadAt(a)
    using session = await a.hub.session('s')
    session.handleRequests(({ message }) => (message.id === '2' ? YES : undefined))
    lead.send(event('1', 'may_i', { a: 1 }))
    lead.send(event('2', 'may_i', { a: 2 }))
    expect(await answerTo(lead, '2')).toMatchObject({ actions: YES })
    expect(ids(session)).toEqual(['1'])
  })

  it('is blocked where a handler answers more than the log has room for', async () => {
    const { a } = await two()
    const lead = await leadAt(a)
    using session = await a.hub.session('s')
    session.handleRequests(() => [{ action: 'RETURN', result: 'x'.repeat(300_000) }])
    lead.send(event('1', 'may_i'))
    expect(await answerTo(lead, '1')).toMatchObject({ actions: [{ action: 'BLOCK' }] })
    expect(ids(session)).toEqual([])
  })

  it('is blocked where the hook that should decide over it throws', async () => {
    const requireApproval = () => {
      throw new Error('broken')
    }
    const { client } = await startHub({ requireApproval })
    const lead = client({ role: 'lead', sessionId: 's' })
    await lead.type('init')
    lead.send(event('1', 'may_i'))
    expect(await answerTo(lead, '1')).toMatchObject({ actions: [{ action: 'BLOCK' }] })
  })

  it('comes out of a snapshot', async () => {
    const { a, clock } = await two()
    const lead = await leadAt(a)
    lead.send(event('1', 'may_i'))
    await lead.type('acked')
    const { hub, log } = a
    const session = await hub.session('s')
    for (let n = 0; n < 1_100; n++) await session.publish('agent_progress', { n })
    session.close()
    lead.drop()
    await until(() => hub.size === 0)
    await clock.advance(5_000)
    expect((await log.snapshot('s'))?.n).toBeGreaterThan(1_000)
    using later = await hub.session('s')
    expect(ids(later)).toEqual(['1'])
  })
})
