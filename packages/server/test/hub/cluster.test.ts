import { setImmediate as turn } from 'node:timers/promises'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { memoryCluster } from '@holdfast/log/directory'
import { VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import type { HubOptions } from '../../src/hub/index.ts'
import { event, type HubFixture, type Json, type RawClient, startHub } from './support.ts'

const done = [{ action: 'RETURN', result: 'done' }]

/** Hubs over one log and one directory, as gateways of a cluster are. */
async function startHubs(names: readonly string[], options: Partial<HubOptions> = {}) {
  const log = memoryLog()
  const cluster = memoryCluster(options.clock === undefined ? {} : { clock: options.clock })
  const hubs: HubFixture[] = []
  for (const name of names) hubs.push(await startHub({ ...options, log, cluster: cluster.join(name) }))
  const [a, b, c = a] = hubs
  if (a === undefined || b === undefined || c === undefined) throw new Error('expected two hubs')
  return { log, cluster, a, b, c }
}

async function joined(client: RawClient): Promise<RawClient> {
  await client.type('init')
  return client
}

describe('a request', () => {
  it('reaches the lead at another hub, and its answer the asker', async () => {
    const { a, b } = await startHubs(['a', 'b'])
    const lead = await joined(b.client({ role: 'lead', sessionId: 's' }))
    const controller = await joined(a.client({ role: 'controller', sessionId: 's' }))
    controller.send({ type: 'command', id: 'c1', name: 'run', args: 'tests' })
    const request = await lead.type('command')
    expect(request).toMatchObject({ name: 'run', args: 'tests' })
    lead.send({ id: request['id'], actions: done })
    expect(await controller.next((frame) => frame['id'] === 'c1')).toMatchObject({ actions: done })
  })

  it('of each of two controllers at two hubs gets its own answer, under the same id', async () => {
    const { a, b, c } = await startHubs(['a', 'b', 'c'])
    const lead = await joined(b.client({ role: 'lead', sessionId: 's' }))
    const askers = [
      await joined(a.client({ role: 'controller', sessionId: 's' })),
      await joined(c.client({ role: 'controller', sessionId: 's' })),
    ]
    for (const [at, asker] of askers.entries())
      asker.send({ type: 'command', id: 'same', name: `from ${at}`, args: '' })
    for (const _ of askers) {
      const { id, name } = await lead.type('command')
      lead.send({ id, actions: [{ action: 'RETURN', result: name }] })
    }
    for (const [at, asker] of askers.entries()) {
      const answer = await asker.next((frame) => frame['id'] === 'same')
      expect(answer['actions']).toEqual([{ action: 'RETURN', result: `from ${at}` }])
    }
  })

  it('waits for the lead at another hub however long that takes, and is answered once when that has gone', async () => {
    const clock = new VirtualClock()
    const limits = { silenceMs: 1e9, pingIntervalMs: 1e9, stalledMs: 1e9 }
    const { a, b, log } = await startHubs(['a', 'b'], { clock, limits })
    const lead = await joined(b.client({ role: 'lead', sessionId: 's' }))
    const controller = await joined(a.client({ role: 'controller', sessionId: 's' }))
    await clock.advance(120_000)
    controller.send({ type: 'command', id: 'c1', name: 'run', args: '' })
    const { id } = await lead.type('command')
    await clock.advance(120_000)
    lead.send({ id, actions: done })
    expect(await controller.next((frame) => frame['id'] === 'c1')).toMatchObject({ actions: done })
    lead.drop()
    await controller.next((frame) => frame['event'] === 'session_leave')
    controller.send({ type: 'command', id: 'c2', name: 'run', args: '' })
    while ((await kindsOf(log)).filter((kind) => kind === 'hub.request').length < 2) await turn()
    await clock.advance(61_000)
    const refused = await controller.next((frame) => frame['id'] === 'c2')
    expect(refused).toMatchObject({ actions: [{ action: 'BLOCK' }] })
    await clock.advance(61_000)
    expect((await kindsOf(log)).filter((kind) => kind === 'hub.answer').length).toBe(2)
  })

  it('of RPC gets its response from a driver at another hub, and no other client does', async () => {
    const { a, b, c } = await startHubs(['a', 'b', 'c'])
    const driver = await joined(b.client({ role: 'lead', sessionId: 's', driverMode: 'rpc', driverInstanceId: 'd' }))
    const asker = await joined(a.client({ role: 'controller', sessionId: 's' }))
    const other = await joined(c.client({ role: 'controller', sessionId: 's' }))
    asker.send({ type: 'rpc_command', command: { id: 'r1', type: 'get_state' } })
    expect(await driver.type('rpc_command')).toMatchObject({ command: { id: 'r1' } })
    driver.send({ type: 'rpc_response', response: { id: 'r1', type: 'response', success: true } })
    driver.send({ type: 'rpc_event', event: { type: 'after' }, timestamp: 1 })
    expect(await asker.type('rpc_response')).toMatchObject({ response: { id: 'r1' } })
    await other.type('rpc_event')
    expect(other.frames.some((frame) => frame['type'] === 'rpc_response')).toBe(false)
  })
})

describe('presence', () => {
  it('shows who is at other hubs, and that they left', async () => {
    const { a, b } = await startHubs(['a', 'b'])
    const lead = await joined(b.client({ role: 'lead', sessionId: 's', label: 'work' }))
    const controller = await joined(a.client({ role: 'controller', sessionId: 's' }))
    controller.send({ type: 'bootstrap_ready' })
    expect(await controller.type('session_hydration')).toMatchObject({ leadConnected: true })
    const seen = await lead.next((frame) => frame['event'] === 'session_join' && roleOf(frame) === 'controller')
    expect(participantsOf(seen)).toEqual(['controller', 'lead'])
    const { sessions } = await rest(a, '/api/hub/sessions')
    expect(sessions).toMatchObject({ websocket: [{ sessionId: 's', bucket: 'running', participantCount: 2 }] })
    lead.drop()
    const left = await controller.next((frame) => frame['event'] === 'session_leave')
    expect(roleOf(left)).toBe('lead')
    controller.rewind()
    controller.send({ type: 'bootstrap_ready' })
    expect(await controller.next((frame) => frame['leadConnected'] === false)).toBeDefined()
  })

  it('reports sessions without participants here, and the number of observers elsewhere', async () => {
    const { a, b } = await startHubs(['a', 'b'])
    await joined(b.client({ role: 'lead', sessionId: 's' }))
    await joined(b.client({ role: 'observer', sessionId: 's' }))
    let list: Json = {}
    while (!JSON.stringify(list).includes('"observerCount":1')) list = await rest(a, '/api/hub/sessions')
    expect(list['sessions']).toMatchObject({ websocket: [{ bucket: 'running', participantCount: 2 }] })
    const { participants } = await rest(a, '/api/hub/session/s/participants')
    expect(participants).toMatchObject([{ role: 'lead', transport: 'ws' }])
  })

  it('forgets who was at a hub that died, when its lease has ended', async () => {
    const clock = new VirtualClock()
    const { a, b, cluster } = await startHubs(['a', 'b'], { clock })
    const lead = await joined(b.client({ role: 'lead', sessionId: 's' }))
    const controller = await joined(a.client({ role: 'controller', sessionId: 's' }))
    await lead.next((frame) => roleOf(frame) === 'controller')
    cluster.crash('b')
    await clock.advance(19_000)
    expect(await rest(a, '/api/hub/session/s')).toMatchObject({ bucket: 'running' })
    await clock.advance(2_000)
    expect(roleOf(await controller.next((frame) => frame['event'] === 'session_leave'))).toBe('lead')
    expect(await rest(a, '/api/hub/session/s')).toMatchObject({ bucket: 'paused' })
  })
})

describe('the lead', () => {
  it('keeps its lease by its instance when it comes back at another hub; a rival does not get in', async () => {
    const { a, b, c, cluster, log } = await startHubs(['a', 'b', 'c'])
    const older = await joined(a.client({ role: 'lead', sessionId: 's', driverInstanceId: 'd1' }))
    cluster.crash('a')
    expect(await c.client({ role: 'lead', sessionId: 's', driverInstanceId: 'rival' }).closed).toMatchObject({
      code: 4409,
    })
    const newer = await joined(b.client({ role: 'lead', sessionId: 's', driverInstanceId: 'd1' }))
    // The hub that everybody believes dead is not, and neither is the connection to it: it must not write any more.
    older.send(event('stale'))
    expect(await older.closed).toMatchObject({ code: 4410 })
    newer.send(event('fresh'))
    await newer.next((frame) => frame['id'] === 'fresh')
    expect((await kindsOf(log)).filter((kind) => kind === 'agent_progress').length).toBe(1)
  })

  it('gives its lease up at once when its hub drains', async () => {
    const { a, b } = await startHubs(['a', 'b'])
    const lead = await joined(a.client({ role: 'lead', sessionId: 's' }))
    const drained = a.hub.drain(0)
    expect(await lead.closed).toMatchObject({ code: 1012 })
    await drained
    const next = b.client({ role: 'lead', sessionId: 's' })
    expect(await next.type('init')).toMatchObject({ role: 'lead' })
  })

  it('is offered what was asked without a lead, wherever it comes', async () => {
    const { a, b } = await startHubs(['a', 'b'])
    const first = await joined(b.client({ role: 'lead', sessionId: 's' }))
    const controller = await joined(a.client({ role: 'controller', sessionId: 's' }))
    const watching = await joined(b.client({ role: 'controller', sessionId: 's' }))
    await first.next((frame) => roleOf(frame) === 'controller')
    first.drop()
    await controller.next((frame) => frame['event'] === 'session_leave')
    controller.send({ type: 'command', id: 'c1', name: 'run', args: '' })
    const second = await joined(b.client({ role: 'lead', sessionId: 's' }))
    const { id } = await second.type('command')
    second.send({ id, actions: done })
    expect(await controller.next((frame) => frame['id'] === 'c1')).toMatchObject({ actions: done })
    watching.drop()
  })
})

it('an event of a lead at one hub comes to the observers of all, in one order', async () => {
  const { a, b, c } = await startHubs(['a', 'b', 'c'])
  const lead = await joined(a.client({ role: 'lead', sessionId: 's' }))
  const observers = [a, b, c].map((hub) => hub.client({ role: 'observer', sessionId: 's' }))
  for (const observer of observers) await joined(observer)
  for (let n = 1; n <= 100; n++) lead.send(event(`e${n}`))
  const orders = []
  for (const observer of observers) {
    const order = []
    while (order.length < 100) order.push((await observer.type('broadcast'))['seq'])
    orders.push(order)
  }
  expect(orders[1]).toEqual(orders[0])
  expect(orders[2]).toEqual(orders[0])
})

/** The kinds of all that is in the session's log. */
async function kindsOf(log: SessionLog): Promise<readonly string[]> {
  return (await log.read('s', { after: 0 })).events.map(({ kind }) => kind)
}

function roleOf({ participant }: Json): unknown {
  return typeof participant === 'object' && participant !== null && 'role' in participant ? participant.role : undefined
}

function participantsOf({ participants }: Json): unknown[] {
  return Array.isArray(participants) ? participants.map(({ role }: { readonly role: string }) => role).sort() : []
}

async function rest({ base }: HubFixture, path: string): Promise<Json> {
  return (await fetch(`${base}${path}`)).json() as Promise<Json>
}
