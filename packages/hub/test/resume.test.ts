import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HubClient } from '../src/index.ts'
import { broadcast, Fixture } from './fixture.ts'

let hub: Fixture
beforeEach(() => {
  hub = new Fixture()
})
afterEach(() => hub.ends())

type Peer = Awaited<ReturnType<Fixture['accepts']>>

/** An open client of a hub that speaks the extension, at event 10 of epoch e1. */
async function open(options: Parameters<Fixture['client']>[0] = {}): Promise<{ client: HubClient; peer: Peer }> {
  const client = hub.client({ role: 'lead', ...options })
  client.connect()
  const peer = await hub.accepts({}, { seq: 10, anchor: 'a10' })
  await hub.until(() => client.isConnected)
  return { client, peer }
}

async function receives(peer: Peer, type: string): Promise<Record<string, unknown>> {
  for (;;) {
    const message = (await peer.receives(() => true)) as Record<string, unknown>
    if (message['type'] === type) return message
  }
}

const numbers = (): unknown[] =>
  hub.messages.map((message) => (message as { data?: { n: number } }).data?.n).filter((n) => n !== undefined)

describe('the position (hub §11)', () => {
  it('is valid from the first moment and asked for again', async () => {
    const { client, peer } = await open()
    expect(hub.query(peer).get('resume')).toBe('1')
    expect(hub.query(peer).has('after')).toBe(false)
    expect(client.position).toBe('e1.10.a10')
    peer.drops()
    const next = await hub.accepts({}, { seq: 10, resumed: true })
    expect(hub.query(next).get('after')).toBe('e1.10.a10')
    await hub.until(() => client.isConnected)
    expect(client.status).toMatchObject({ state: 'open', resumed: true, epoch: 'e1' })
  })

  it('goes on from a stored one', async () => {
    const client = hub.client({ after: 'e1.7.x' })
    client.connect()
    const peer = await hub.accepts({}, { seq: 7, resumed: true })
    expect(hub.query(peer).get('after')).toBe('e1.7.x')
    peer.sends(broadcast(8, { seq: 8, prev: 7 }))
    await hub.until(() => hub.messages.length === 1)
    expect(client.position).toBe('e1.8.')
  })

  it('is not asked for with resume: false', async () => {
    hub.client({ resume: false, after: 'e1.7.x' }).connect()
    const peer = await hub.accepts()
    expect(hub.query(peer).has('resume')).toBe(false)
    expect(hub.query(peer).has('after')).toBe(false)
  })
})

describe('inbound: exactly once, in order', () => {
  it('asks the application a question of the driver once, however often the hub repeats it', async () => {
    const asked: unknown[] = []
    const { peer } = await open({
      role: 'controller',
      onUiRequest: ({ id }) => void asked.push(id),
      onMessage: undefined,
    })
    const question = (id: string, more: object): object => ({
      ...{ type: 'rpc_ui_request', method: 'confirm', params: {} },
      ...{ id, ...more },
    })
    peer.sends(question('early', { again: 4 }), question('live', { seq: 11 }))
    await hub.until(() => asked.length === 2)
    peer.drops()
    const next = await hub.accepts({}, { seq: 11, resumed: true })
    next.sends(question('early', { again: 4 }), question('live', { again: 11 }), question('early', { seq: 12 }))
    await hub.until(() => asked.length === 3)
    expect(asked).toEqual(['early', 'live', 'early'])
  })

  it('drops what came before and delivers what was missed once', async () => {
    const { client, peer } = await open()
    peer.sends(broadcast(11, { seq: 11 }), broadcast(12, { seq: 12, anchor: 'a12' }))
    await hub.until(() => hub.messages.length === 2)
    peer.drops()
    const next = await hub.accepts({}, { seq: 11, resumed: true })
    expect(hub.query(next).get('after')).toBe('e1.12.a12')
    next.sends(
      broadcast(12, { seq: 12 }),
      broadcast(13, { seq: 13 }),
      { type: 'live', seq: 13 },
      broadcast(14, { seq: 14 }),
    )
    await hub.until(() => hub.messages.length === 4)
    expect(numbers()).toEqual([11, 12, 13, 14])
    expect(client.metrics.gaps).toBe(0)
  })

  it('asks again for a hole, and reports it as a gap where it stays', async () => {
    const gaps: unknown[] = []
    const { client, peer } = await open({ onGap: (gap) => gaps.push(gap) })
    peer.sends(broadcast(11, { seq: 11 }), broadcast(13, { seq: 13 }))
    const next = await hub.accepts({}, { seq: 11, resumed: true })
    expect(hub.query(next).get('after')).toBe('e1.11.')
    expect(gaps).toEqual([])
    next.sends(broadcast(13, { seq: 13 }))
    await hub.until(() => hub.messages.length === 2)
    expect(gaps).toEqual([{ from: 12, to: 12, reason: 'missing' }])
    expect(numbers()).toEqual([11, 13])
    expect(client.isConnected).toBe(true)
  })

  it('sees a hole through a filter by prev, and none where the filter made it', async () => {
    const gaps: unknown[] = []
    const { peer } = await open({ role: 'observer', subscribe: ['task'], onGap: (gap) => gaps.push(gap) })
    peer.sends(broadcast(15, { seq: 15, prev: 10 }), broadcast(30, { seq: 30, prev: 15 }))
    await hub.until(() => hub.messages.length === 2)
    peer.sends(broadcast(40, { seq: 40, prev: 35 }))
    const next = await hub.accepts({}, { seq: 30, resumed: true })
    expect(hub.query(next).get('after')).toBe('e1.30.')
    next.sends(broadcast(35, { seq: 35, prev: 30 }), broadcast(40, { seq: 40, prev: 35 }))
    await hub.until(() => hub.messages.length === 4)
    expect(numbers()).toEqual([15, 30, 35, 40])
    expect(gaps).toEqual([])
  })

  it('moves past what a filter withheld by a mark, and still sees a hole behind it', async () => {
    const { client, peer } = await open({ role: 'observer', subscribe: ['task'] })
    peer.sends({ type: 'mark', seq: 500, anchor: 'm' })
    await hub.until(() => client.position === 'e1.500.m')
    peer.sends(broadcast(600, { seq: 600, prev: 450 }))
    const next = await hub.accepts({}, { seq: 500, resumed: true })
    expect(hub.query(next).get('after')).toBe('e1.500.m')
    expect(hub.messages).toEqual([])
  })

  it('connects again when a mark is ahead of what comes', async () => {
    const { client, peer } = await open({ role: 'observer' })
    peer.sends(broadcast(11, { seq: 11 }), { type: 'mark', seq: 12 })
    const start = hub.clock.now()
    await hub.until(() => !client.isConnected)
    expect(hub.clock.now() - start).toBeLessThan(3_000)
    const next = await hub.accepts({}, { seq: 11, resumed: true })
    next.sends(broadcast(12, { seq: 12 }), { type: 'live', seq: 12 })
    await hub.until(() => hub.messages.length === 2)
    expect(numbers()).toEqual([11, 12])
  })

  it('does not when what the mark speaks of comes in time', async () => {
    const { client, peer } = await open({ role: 'observer' })
    peer.sends(broadcast(11, { seq: 11 }), { type: 'mark', seq: 12 })
    await hub.clock.advance(1_000)
    peer.sends(broadcast(12, { seq: 12 }))
    await hub.clock.advance(5_000)
    expect(client.metrics.dials).toBe(1)
  })

  it('does not for an observer that was not sent what is for others: the mark says what it was sent before', async () => {
    const { client, peer } = await open({ role: 'observer' })
    peer.sends(broadcast(11, { seq: 11 }), { type: 'mark', seq: 14, prev: 11, anchor: 'm' })
    await hub.clock.advance(5_000)
    expect(client.metrics.dials).toBe(1)
    expect(client.position).toBe('e1.14.m')
    peer.sends(broadcast(15, { seq: 15, prev: 11 }))
    await hub.until(() => hub.messages.length === 2)
    expect(numbers()).toEqual([11, 15])
  })

  it('connects again where what the mark names as sent did not come, also behind a filter', async () => {
    const { client, peer } = await open({ role: 'observer', subscribe: ['task'] })
    peer.sends({ type: 'mark', seq: 20, prev: 15 })
    await hub.until(() => !client.isConnected)
    const next = await hub.accepts({}, { seq: 10, resumed: true })
    next.sends(broadcast(15, { seq: 15, prev: 10 }), { type: 'mark', seq: 20, prev: 15 })
    await hub.clock.advance(5_000)
    expect(client.metrics.dials).toBe(2)
    expect(client.position).toBe('e1.20.')
  })

  it('does not for clients that do not get everything: a lead, a filter, events with prev', async () => {
    const lead = await open()
    lead.peer.sends({ type: 'mark', seq: 12 })
    const seen = await open({ role: 'observer' })
    seen.peer.sends(broadcast(15, { seq: 15, prev: 10 }), { type: 'mark', seq: 20 })
    const filtered = await open({ role: 'observer', subscribe: ['task'] })
    filtered.peer.sends({ type: 'mark', seq: 12 })
    await hub.clock.advance(5_000)
    expect([lead, seen, filtered].map(({ client }) => client.metrics.dials)).toEqual([1, 1, 1])
    expect(seen.client.position).toBe('e1.20.')
  })

  it('reports a gap of the hub in its place, and goes on from the hydration behind it', async () => {
    const { client, peer } = await open({ onMessage: undefined })
    const stream = client.messages()
    peer.sends(
      broadcast(11, { seq: 11 }),
      { type: 'gap', from: 12, reason: 'slow' },
      { type: 'session_hydration', sessionId: 's1', resumedAt: 1, entries: [], seq: 40, anchor: 'h' },
      broadcast(41, { seq: 41, prev: 40 }),
    )
    expect(await hub.settled(stream.next())).toMatchObject({ value: { value: { seq: 11 } } })
    expect(await hub.settled(stream.next())).toMatchObject({
      value: { value: { type: 'gap', from: 12, reason: 'slow' } },
    })
    expect(await hub.settled(stream.next())).toMatchObject({ value: { value: { type: 'session_hydration' } } })
    expect(await hub.settled(stream.next())).toMatchObject({ value: { value: { seq: 41 } } })
  })

  it('keeps the extension to itself', async () => {
    const { peer } = await open()
    peer.sends(
      { type: 'live', seq: 10 },
      { type: 'mark', seq: 10 },
      { type: 'acked', ids: ['x'] },
      broadcast(11, { seq: 11 }),
    )
    await hub.until(() => hub.messages.length > 0)
    expect(hub.messages).toHaveLength(1)
  })
})

describe('acks: what the application has processed', () => {
  it('are sent within a second, cumulative', async () => {
    const { peer } = await open()
    peer.sends(broadcast(11, { seq: 11 }), broadcast(12, { seq: 12 }))
    const start = hub.clock.now()
    expect(await receives(peer, 'ack')).toEqual({ type: 'ack', seq: 12 })
    expect(hub.clock.now() - start).toBeLessThanOrEqual(1_100)
  })

  it('are sent after 64 messages', async () => {
    const { peer } = await open()
    for (let n = 11; n < 75; n += 1) peer.sends(broadcast(n, { seq: n }))
    await hub.clock.advance(10)
    expect(await receives(peer, 'ack')).toEqual({ type: 'ack', seq: 74 })
  })

  it('wait for a callback that returned a promise', async () => {
    const done: (() => void)[] = []
    const { peer } = await open({ onMessage: () => new Promise<void>((resolve) => done.push(resolve)) })
    peer.sends(broadcast(11, { seq: 11 }), broadcast(12, { seq: 12 }))
    await hub.clock.advance(5_000)
    expect(peer.unread.some((frame) => String(frame).includes('"ack"'))).toBe(false)
    done[0]?.()
    expect(await receives(peer, 'ack')).toEqual({ type: 'ack', seq: 11 })
    done[1]?.()
    expect(await receives(peer, 'ack')).toEqual({ type: 'ack', seq: 12 })
  })

  it('wait for the slowest iterator, which is done with a message when it asks for the next', async () => {
    const { client, peer } = await open()
    const stream = client.messages()
    peer.sends(broadcast(11, { seq: 11 }), broadcast(12, { seq: 12 }))
    await hub.settled(stream.next())
    await hub.clock.advance(5_000)
    expect(peer.unread.some((frame) => String(frame).includes('"ack"'))).toBe(false)
    expect(client.position).toBe('e1.10.')
    await hub.settled(stream.next())
    expect(await receives(peer, 'ack')).toEqual({ type: 'ack', seq: 11 })
    const idle = stream.next()
    expect(await receives(peer, 'ack')).toEqual({ type: 'ack', seq: 12 })
    await stream.return()
    await idle
  })
})

describe('outbound: exactly once within an epoch', () => {
  it('gives every message an id, and settles it when the hub acked it', async () => {
    const { client, peer } = await open()
    const entry = client.sessionEntry('p', 'x')
    const steer = client.event('steer', {}, { onDrop: 'carry' })
    const [first, second] = [await receives(peer, 'session_entry'), await receives(peer, 'event')]
    expect(first['mid']).toBe(entry.id)
    expect(second).not.toHaveProperty('mid')
    peer.sends({ type: 'acked', ids: [first['mid'], second['id']] }, { id: second['id'], actions: [], seq: 11 })
    expect(await hub.settled(entry)).toEqual({ value: 'acked' })
    expect(await hub.settled(steer)).toMatchObject({ value: { actions: [] } })
  })

  it('sends again, in order and under the same ids, what was not acked', async () => {
    const { client, peer } = await open()
    const sent = [1, 2, 3].map((n) => client.sessionEntry('p', String(n)))
    await receives(peer, 'session_entry')
    peer.sends({ type: 'acked', ids: [sent[0]?.id] })
    await hub.until(() => sent[0]?.state === 'acked')
    peer.drops()
    await hub.until(() => !client.isConnected)
    sent.push(client.sessionEntry('p', '4'))
    const next = await hub.accepts({}, { seq: 10, resumed: true })
    const again = [
      await receives(next, 'session_entry'),
      await receives(next, 'session_entry'),
      await receives(next, 'session_entry'),
    ]
    expect(again.map(({ line, mid }) => [line, mid])).toEqual([
      ['2', sent[1]?.id],
      ['3', sent[2]?.id],
      ['4', sent[3]?.id],
    ])
    expect(hub.errors).toEqual([])
  })

  it('puts what was not acked in doubt in a new epoch, and never sends it again', async () => {
    const gaps: unknown[] = []
    const { client, peer } = await open({ onGap: (gap) => gaps.push(gap) })
    const written = client.sessionEntry('p', 'written')
    const carried = client.event('steer', {}, { onDrop: 'carry' })
    await receives(peer, 'event')
    peer.drops()
    await hub.until(() => !client.isConnected)
    const queued = client.sessionEntry('p', 'queued')
    const reset = { reason: 'epoch', lost: { from: 11 } }
    const next = await hub.accepts({}, { epoch: 'e2', seq: 3, anchor: 'z', resumed: false, reset })
    expect(await receives(next, 'session_entry')).toMatchObject({ line: 'queued', mid: queued.id })
    await next.receivesNothing(100)
    expect(written.state).toBe('inDoubt')
    expect(await hub.settled(carried)).toMatchObject({
      error: { code: 'hub/connection_error', details: { delivery: 'inDoubt' } },
    })
    expect(gaps).toEqual([{ from: 11, reason: 'epoch' }])
    expect(hub.reports).toMatchObject([{ kind: 'inDoubt' }])
    expect(client.position).toBe('e2.3.z')
  })

  it('takes a stored answer that is older than where it stands', async () => {
    const { client, peer } = await open()
    const steer = client.event('steer', {}, { onDrop: 'carry' })
    const { id } = await receives(peer, 'event')
    peer.sends(broadcast(12, { seq: 12, prev: 10 }))
    await hub.until(() => hub.messages.length === 1)
    peer.drops()
    const next = await hub.accepts({}, { seq: 12, resumed: true })
    await receives(next, 'event')
    next.sends({ id, actions: [], seq: 11 })
    expect(await hub.settled(steer)).toMatchObject({ value: { id } })
  })

  it('rejects what the hub refused by its id, and does not send it again', async () => {
    const { client, peer } = await open()
    const sent = client.sessionEntry('p', 'x')
    await receives(peer, 'session_entry')
    peer.sends({ type: 'protocol_error', code: 'too_large', message: 'No.', timestamp: 1, id: sent.id })
    expect(await hub.settled(sent)).toMatchObject({
      error: { code: 'hub/message_refused', details: { serverCode: 'too_large', ids: [sent.id] } },
    })
    expect(hub.errors).toMatchObject([{ code: 'hub/message_refused' }])
    peer.drops()
    const next = await hub.accepts({}, { seq: 10, resumed: true })
    await receives(next, 'ping')
    await next.receivesNothing(1_000)
  })

  it('does not send a request again that was not to be carried', async () => {
    const { client, peer } = await open()
    const asked = client.event('steer')
    await receives(peer, 'event')
    peer.drops()
    expect(await hub.settled(asked)).toMatchObject({ error: { code: 'hub/connection_error' } })
    const next = await hub.accepts({}, { seq: 10, resumed: true })
    await receives(next, 'ping')
    await next.receivesNothing(1_000)
  })
})

describe('a hub that does not speak the extension', () => {
  it('is served as by the published client, and a reconnect is reported as a possible gap', async () => {
    const gaps: unknown[] = []
    const client = hub.client({ role: 'lead', onGap: (gap) => gaps.push(gap) })
    client.connect()
    const peer = await hub.accepts()
    await hub.until(() => client.isConnected)
    expect(client.guarantees).toMatchObject({ confirmation: 'probe', resume: false })
    expect(client.position).toBeUndefined()
    peer.sends(broadcast(1, { seq: 5 }), broadcast(2, { seq: 5 }), { type: 'mark', seq: 9 })
    await hub.until(() => hub.messages.length === 3)
    await hub.clock.advance(3_000)
    expect(peer.unread.some((frame) => String(frame).includes('"ack"'))).toBe(false)
    expect(gaps).toEqual([])
    peer.drops()
    await hub.accepts()
    await hub.until(() => client.isConnected)
    expect(gaps).toEqual([{ reason: 'reconnect' }])
  })
})
