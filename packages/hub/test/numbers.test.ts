import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HubClient, HubOptions } from '../src/index.ts'
import { Fixture } from './fixture.ts'

let hub: Fixture
beforeEach(() => {
  hub = new Fixture()
})
afterEach(() => hub.ends())

type Peer = Awaited<ReturnType<Fixture['accepts']>>
type Json = Readonly<Record<string, unknown>>

const NEW = { known: false, highest: 0, answersFrom: 1 }

/** The next dial, answered in the second version of the extension. */
async function remembers(sender: Json | undefined, more: Json = {}): Promise<Peer> {
  return hub.accepts({}, { v: sender === undefined ? 1 : 2, seq: 10, resumed: true, ...more, sender })
}

async function open(options: Partial<HubOptions> = {}): Promise<{ client: HubClient; peer: Peer }> {
  const client = hub.client({ role: 'controller', ...options })
  client.connect()
  const peer = await remembers(NEW, { resumed: false })
  await hub.until(() => client.isConnected)
  return { client, peer }
}

/** What was written on this connection, as far as it may be written again. */
async function written(peer: Peer, count: number): Promise<Json[]> {
  const all: Json[] = []
  while (all.length < count) {
    const message: unknown = await peer.receives(() => true)
    const seen: Json = { ...Object(message) }
    if (['command', 'session_entry', 'event'].includes(String(seen['type']))) all.push(seen)
  }
  return all
}

const marks = (messages: readonly Json[]): unknown[] =>
  messages.map(({ line, args, n, done }) => [line ?? args, n, done].filter((part) => part !== undefined))

describe('numbers (hub §11)', () => {
  it('name the client object, and are on what may be written again', async () => {
    const { client, peer } = await open()
    const query = hub.query(peer)
    expect(query.get('v')).toBe('2')
    expect(query.get('fresh')).toBe('1')
    client.sessionEntry('p', 'a')
    client.send({ type: 'session_entry', path: 'p', line: 'b' }, { delivery: 'retry' })
    client.send({ type: 'session_entry', path: 'p', line: 'c' }, { delivery: 'once' })
    client.sessionEntry('p', 'd')
    const messages = await written(peer, 4)
    expect(marks(messages)).toEqual([['a', 1, 0], ['b', 2, 0], ['c'], ['d', 3, 0]])
    peer.drops()
    const next = await remembers({ known: true, highest: 1, answersFrom: 1 })
    expect(hub.query(next).get('instance')).toBe(query.get('instance'))
    expect(hub.query(next).has('fresh')).toBe(false)
    expect(await written(next, 3)).toEqual([messages[0], messages[1], messages[3]])
    next.sends({ type: 'acked', ids: messages.map(({ mid }) => mid) })
    await hub.until(() => client.connection.metrics.unconfirmed === 0)
    client.sessionEntry('p', 'e')
    expect(marks(await written(next, 1))).toEqual([['e', 4, 3]])
  })

  it('are for those alone that were offered to be remembered', async () => {
    const client = hub.client({ role: 'lead' })
    client.connect()
    client.sessionEntry('p', 'early')
    const peer = await remembers(undefined, { resumed: false })
    client.sessionEntry('p', 'late')
    expect(marks(await written(peer, 2))).toEqual([['early'], ['late']])
  })

  it('are put on what waited before the hub was known', async () => {
    const client = hub.client({ role: 'lead' })
    client.connect()
    client.sessionEntry('p', 'early')
    const peer = await remembers(NEW, { resumed: false })
    expect(marks(await written(peer, 1))).toEqual([['early', 1, 0]])
  })

  it('count no request as done that waits for its answer, and stay when it is asked again', async () => {
    const { client, peer } = await open()
    const answer = client.command('run', 'a', { onDrop: 'carry' })
    client.sessionEntry('p', 'b')
    const [command, entry] = await written(peer, 2)
    peer.sends({ type: 'acked', ids: [command?.['id'], entry?.['mid']] })
    await hub.until(() => client.connection.metrics.unconfirmed === 0)
    client.sessionEntry('p', 'c')
    expect(marks(await written(peer, 1))).toEqual([['c', 3, 0]])
    peer.drops()
    const next = await remembers({ known: true, highest: 3, answersFrom: 1 })
    expect(marks(await written(next, 2))).toEqual([
      ['c', 3, 0],
      ['a', 1, 0],
    ])
    next.sends({ id: command?.['id'], actions: [{ action: 'ACK' }] })
    expect(await hub.settled(answer)).toMatchObject({ value: { actions: [{ action: 'ACK' }] } })
    client.sessionEntry('p', 'd')
    expect(marks(await written(next, 1))).toEqual([['d', 5, 2]])
  })
})

describe('a hub that has forgotten this client', () => {
  it('leaves in doubt what was written, and is sent nothing of it again', async () => {
    const { client, peer } = await open()
    const answer = client.command('run', 'acked', { onDrop: 'carry' })
    const unanswered = client.command('run', 'lost', { onDrop: 'carry' })
    const entry = client.sessionEntry('p', 'lost')
    const [acked] = await written(peer, 3)
    peer.sends({ type: 'acked', ids: [acked?.['id']] })
    await hub.until(() => client.connection.metrics.unconfirmed === 2)
    peer.drops()
    await hub.until(() => client.status.state === 'waiting')
    const waits = client.sessionEntry('p', 'waits')
    const next = await remembers(NEW)
    for (const lost of [answer, unanswered]) {
      expect(await hub.settled(lost)).toMatchObject({
        error: { code: 'hub/connection_error', details: { delivery: 'inDoubt' } },
      })
    }
    expect(entry.state).toBe('inDoubt')
    expect(marks(await written(next, 1))).toEqual([['waits', expect.any(Number), expect.any(Number)]])
    expect(waits.state).toBe('written')
    expect(client.status).toMatchObject({ state: 'open', resumed: true })
    next.drops()
    const third = await remembers({ known: true, highest: 0, answersFrom: 1 })
    expect(hub.query(third).has('fresh')).toBe(false)
    expect(marks(await written(third, 1))).toEqual([['waits', expect.any(Number), expect.any(Number)]])
  })

  it('is asked to begin anew where nothing is under way', async () => {
    const { client, peer } = await open()
    client.sessionEntry('p', 'lost')
    await written(peer, 1)
    peer.drops()
    const next = await remembers(NEW)
    await hub.until(() => client.isConnected)
    next.drops()
    const third = await remembers(NEW)
    expect(hub.query(third).get('fresh')).toBe('1')
  })

  it('has let go of single answers: those requests alone are in doubt', async () => {
    const { client, peer } = await open()
    const ask = (args: string) => client.command('run', args, { onDrop: 'carry' })
    const [first, second] = [ask('1'), ask('2')]
    const ids = (await written(peer, 2)).map(({ id }) => id)
    peer.sends({ type: 'acked', ids })
    await hub.until(() => client.connection.metrics.unconfirmed === 0)
    peer.drops()
    const next = await remembers({ known: true, highest: 2, answersFrom: 2 })
    expect(await hub.settled(first)).toMatchObject({
      error: { details: { delivery: 'inDoubt' } },
    })
    expect(marks(await written(next, 1))).toEqual([['2', 2, 1]])
    next.sends({ id: ids[1], actions: [] })
    expect(await hub.settled(second)).toMatchObject({ value: { actions: [] } })
  })
})

describe('a rolling restart', () => {
  it('to an older hub leaves in doubt what was numbered', async () => {
    const { client, peer } = await open()
    const lost = client.sessionEntry('p', 'lost')
    await written(peer, 1)
    peer.drops()
    await hub.until(() => client.status.state === 'waiting')
    client.sessionEntry('p', 'waits')
    const older = await remembers(undefined)
    expect(marks(await written(older, 1))).toEqual([['waits']])
    expect(lost.state).toBe('inDoubt')
  })

  it('to a newer hub has what went without a number recognised by its id', async () => {
    const client = hub.client({ role: 'controller' })
    client.connect()
    const older = await remembers(undefined, { resumed: false })
    await hub.until(() => client.isConnected)
    void client.command('run', 'acked', { onDrop: 'carry' }).catch(() => {})
    client.sessionEntry('p', 'written')
    const [command] = await written(older, 2)
    older.sends({ type: 'acked', ids: [command?.['id']] })
    await hub.until(() => client.connection.metrics.unconfirmed === 1)
    older.drops()
    await hub.until(() => client.status.state === 'waiting')
    client.sessionEntry('p', 'waits')
    const newer = await remembers(NEW)
    expect(marks(await written(newer, 3))).toEqual([
      ['written'],
      ['acked'],
      ['waits', expect.any(Number), expect.any(Number)],
    ])
  })
})

it("a message above the hub's limit is refused locally, and the one behind it arrives", async () => {
  const client = hub.client({ role: 'lead' })
  client.connect()
  const peer = await remembers(NEW, { resumed: false, limits: { maxFrameBytes: 200 } })
  await hub.until(() => client.isConnected)
  const large = client.sessionEntry('p', 'ü'.repeat(90))
  client.sessionEntry('p', 'small')
  expect(marks(await written(peer, 1))).toEqual([['small', 1, 0]])
  expect(large).toMatchObject({ state: 'rejected', error: { code: 'delivery/too_large', details: { maxBytes: 200 } } })
})

it('a client says that it has no credential, and only then', async () => {
  hub.client().connect()
  expect(hub.query(await hub.accepts()).get('auth')).toBe('none')
  hub.client({ token: 'key' }).connect()
  expect(hub.query(await hub.accepts()).has('auth')).toBe(false)
})
