import type { ScriptedPeer } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { type ClientProtocol, Connection, jsonText, Requests, type WebSocketFrame } from '../src/index.ts'
import { IdPool } from '../src/protocol.ts'
import { type SubscriptionRules, Subscriptions } from '../src/subscriptions.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

type Message = { readonly [name: string]: unknown }
type Rules = SubscriptionRules<Message, Message, string, unknown, number>

const RULES: Rules = {
  begin: (topic, { id, position }) => ({
    op: 'sub',
    id,
    topic,
    ...(position === undefined ? {} : { after: position }),
  }),
  end: (id) => ({ op: 'unsub', id }),
  of: ({ op, id, error, item, topic }, open) => {
    if (op === 'item') return { id: String(id), item }
    if (op === 'has') return { id: String(id), begun: true }
    if (op === 'over') return { id: String(id), ended: true, error }
    if (op === 'hole') return { id: String(id), gap: { reason: 'expired' } }
    if (op !== 'published') return undefined
    return [...open].filter(([, wanted]) => wanted === topic).map(([one]) => ({ id: one, item }))
  },
}

const PROTOCOL: ClientProtocol<Message, Message> = {
  name: 'topics',
  codec: jsonText<Message, Message>(),
  async handshake(link) {
    const { resumed } = await link.next(({ op }) => op === 'ready')
    return { resumed: resumed === true }
  },
}

let connection: Connection<Message, Message>

function connect(rules: Partial<Rules> = {}, protocol: ClientProtocol<Message, Message> = PROTOCOL) {
  connection = world.keep(
    new Connection<Message, Message, WebSocketFrame, WebSocketFrame>({
      ...world.options,
      protocol,
    }),
  )
  connection.connect().catch(() => {})
  return new Subscriptions<Message, Message, string, unknown, number>(connection, { ...RULES, ...rules })
}

async function opened(more: Message = {}): Promise<ScriptedPeer> {
  const peer = await world.server.peer()
  peer.sends({ op: 'ready', ...more })
  return peer
}

/** What is read of a stream, as it comes; its end is `undefined`, or its error. */
function read(stream: AsyncIterable<unknown>): unknown[] {
  const got: unknown[] = []
  const run = async (): Promise<void> => {
    for await (const item of stream) got.push(item)
  }
  run().then(
    () => got.push(undefined),
    (error: unknown) => got.push(error),
  )
  return got
}

/** The same, when nothing more comes. */
async function readAll(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const got = read(stream)
  await world.clock.advance(200)
  return got
}

const message = (item: unknown) => ({ type: 'message', message: item })
const gap = (reason: string) => ({ type: 'gap', gap: { reason } })

describe('a subscription', () => {
  it('that is given a position goes on from there, and gets no gap before its first item', async () => {
    const subscriptions = connect({ position: (item) => Number(item) })
    const stream = subscriptions.open('news', { position: 4 })
    const peer = await opened()
    await peer.receives({ op: 'sub', id: '1', topic: 'news', after: 4 })
    peer.drops()
    const next = await opened()
    await next.receives({ op: 'sub', id: '1', topic: 'news', after: 4 })
    next.sends({ op: 'item', id: '1', item: 5 })
    expect(await readAll(stream)).toEqual([message(5)])
  })

  it('has an id that no other holder of the same few has, and leaves it to the next one', async () => {
    const ids = new IdPool(2)
    const subscriptions = connect({ ids })
    const mine = ids.take()
    const stream = subscriptions.open('news')
    const peer = await opened()
    await peer.receives({ op: 'sub', id: '2', topic: 'news' })
    expect(() => subscriptions.open('more')).toThrow(expect.objectContaining({ code: 'delivery/overflow' }))
    ids.free(mine)
    await stream.return()
    await peer.receives({ op: 'unsub', id: '2' })
    subscriptions.open('more')
    await peer.receives({ op: 'sub', id: '1', topic: 'more' })
  })

  it.each(['before', 'behind'])('leaves answers to requests that are made %s it', async (place) => {
    const rules = { answers: ({ op, id }: Message) => (op === 'item' ? String(id) : undefined), clock: world.clock }
    const protocol = { ...PROTOCOL }
    const made = place === 'before' ? connect({}, protocol) : undefined
    connection = made === undefined ? world.keep(new Connection({ ...world.options, protocol })) : connection
    const requests = new Requests<Message, Message>(connection, { ...rules, instance: 'r' })
    const subscriptions = made ?? new Subscriptions<Message, Message, string, unknown, number>(connection, RULES)
    connection.connect().catch(() => {})
    const got = read(subscriptions.open('news'))
    const peer = await opened()
    const answer = requests.ask((id) => ({ op: 'ask', id }))
    await peer.receives({ op: 'sub', id: '1' })
    await peer.receives({ op: 'ask', id: 'r.1' })
    peer.sends({ op: 'item', id: 'r.1', item: 'answer' }, { op: 'item', id: '1', item: 'a' })
    await world.clock.advance(10)
    expect(await answer).toMatchObject({ item: 'answer' })
    expect(got).toEqual([message('a')])
    expect(connection.unread).toBe(0)
  })

  it('is begun once on a link and before the queue, whenever it was opened', async () => {
    const subscriptions = connect()
    connection.send({ op: 'queued' })
    subscriptions.open('before')
    connection.on('status', ({ status }) => {
      if (status.state === 'handshaking') subscriptions.open('handshaking')
      if (status.state === 'open') subscriptions.open('told')
    })
    const peer = await opened()
    for (const topic of ['before', 'handshaking', 'told']) await peer.receives({ op: 'sub', topic })
    await peer.receives({ op: 'queued' })
    subscriptions.open('later')
    await peer.receives({ op: 'sub', topic: 'later' })
    await world.clock.advance(1_000)
    expect(peer.unread).toEqual([])
  })

  it('is begun again on the next link where it was, before what waits, and misses nothing by that', async () => {
    const subscriptions = connect({ position: (item) => Number(item) })
    const stream = subscriptions.open('news')
    const peer = await opened()
    await peer.receives({ op: 'sub', id: '1', topic: 'news' })
    peer.sends({ op: 'item', id: '1', item: 7 })
    await world.clock.advance(10)
    peer.drops()
    await world.clock.advance(1)
    connection.send({ op: 'queued' })
    const next = await opened()
    await next.receives({ op: 'sub', id: '1', topic: 'news', after: 7 })
    await next.receives({ op: 'queued' })
    next.sends({ op: 'item', id: '1', item: 8 })
    expect(await readAll(stream)).toEqual([message(7), message(8)])
  })

  it('reports a gap in its own stream where the wire has no positions', async () => {
    const subscriptions = connect()
    const stream = subscriptions.open('news')
    const peer = await opened()
    peer.sends({ op: 'item', id: '1', item: 'a' })
    await world.clock.advance(10)
    peer.drops()
    await world.clock.advance(1)
    const late = subscriptions.open('late')
    const next = await opened()
    next.sends({ op: 'item', id: '1', item: 'b' }, { op: 'hole', id: '1' }, { op: 'item', id: '2', item: 'c' })
    expect(await readAll(stream)).toEqual([message('a'), gap('reconnected'), message('b'), gap('expired')])
    expect(await readAll(late)).toEqual([message('c')])
  })

  it('has positions where its own topic has some, beside others that have none', async () => {
    const subscriptions = connect({ position: (item, topic) => (topic === 'numbered' ? Number(item) : undefined) })
    const [numbered, plain] = [subscriptions.open('numbered'), subscriptions.open('plain')]
    const peer = await opened()
    peer.sends({ op: 'item', id: '1', item: 7 }, { op: 'item', id: '2', item: 7 })
    await world.clock.advance(10)
    peer.drops()
    await world.clock.advance(1)
    const next = await opened()
    await next.receives({ op: 'sub', id: '1', topic: 'numbered', after: 7 })
    await next.receives({ op: 'sub', id: '2', topic: 'plain' })
    expect(await readAll(numbered)).toEqual([message(7)])
    expect(await readAll(plain)).toEqual([message(7), gap('reconnected')])
  })

  it('knows at its end which others stay', async () => {
    const subscriptions = connect({ end: (id, topic, open) => ({ op: 'unsub', id, topic, stay: [...open.values()] }) })
    const [one, two] = [subscriptions.open('news'), subscriptions.open('news')]
    const peer = await opened()
    for (const id of ['1', '2']) await peer.receives({ op: 'sub', id })
    await one.return()
    await peer.receives({ op: 'unsub', id: '1', topic: 'news', stay: ['news'] })
    await two.return()
    await peer.receives({ op: 'unsub', id: '2', topic: 'news', stay: [] })
  })

  it('of a session that the server continued is not begun again, where it outlives the link', async () => {
    const subscriptions = connect({ outlivesLink: true })
    const stream = subscriptions.items('news')
    const peer = await opened()
    await peer.receives({ op: 'sub', id: '1' })
    peer.sends({ op: 'has', id: '1' })
    await world.clock.advance(10)
    // Written to a link that is gone.
    peer.drops()
    subscriptions.open('late')
    const next = await opened({ resumed: true })
    await next.receives({ op: 'sub', id: '2', topic: 'late' })
    next.sends({ op: 'item', id: '1', item: 'b' })
    expect(await readAll(stream)).toEqual(['b'])
    next.drops()
    await (await opened()).receives({ op: 'sub', id: '1' })
  })

  it('is ended when its reader leaves, and what still comes for it is dropped', async () => {
    const subscriptions = connect()
    const peer = await opened()
    await world.clock.advance(10)
    const stream = subscriptions.open('news')
    await peer.receives({ op: 'sub', id: '1' })
    peer.sends({ op: 'item', id: '1', item: 'a' })
    await world.clock.advance(10)
    const leave = async (): Promise<void> => {
      for await (const item of stream) {
        expect(item).toEqual(message('a'))
        break
      }
    }
    await leave()
    await peer.receives({ op: 'unsub', id: '1' })
    peer.sends({ op: 'item', id: '1', item: 'late' })
    await world.clock.advance(10)
    expect(subscriptions.count).toBe(0)
    expect(connection.unread).toBe(0)
  })

  it('that was left while there was no link is neither ended nor begun on the next', async () => {
    const subscriptions = connect()
    const stream = subscriptions.open('news')
    const peer = await opened()
    await peer.receives({ op: 'sub' })
    peer.drops()
    await world.clock.advance(1)
    await stream.return()
    const next = await opened()
    await world.clock.advance(1_000)
    expect(next.unread).toEqual([])
  })

  it('ends with what the peer says, with its own error and with the connection', async () => {
    const fails = connect({
      begin: (topic) => {
        if (topic === 'bad') throw new TypeError('no such topic')
        return { op: 'sub', topic }
      },
    })
    const [bad, refused] = [fails.open('bad'), fails.open('refused')]
    const [over, last] = [fails.open('over'), fails.open('last')]
    const peer = await opened()
    await world.clock.advance(10)
    peer.sends({ op: 'over', id: '2', error: 'denied' }, { op: 'item', id: '3', item: 1 }, { op: 'over', id: '3' })
    await world.clock.advance(10)
    expect(await readAll(bad)).toEqual([new TypeError('no such topic')])
    expect(await readAll(refused)).toEqual(['denied'])
    expect(await readAll(over)).toEqual([message(1), undefined])
    void connection.close({ flushMs: 0 })
    expect(await readAll(last)).toEqual([undefined])
    expect(await readAll(fails.open('after'))).toEqual([undefined])
    expect(peer.unread.filter((one) => JSON.stringify(one).includes('unsub'))).toEqual([])
  })

  it('beyond the bound is refused with its number', async () => {
    const subscriptions = connect({ maxCount: 1 })
    subscriptions.open('one')
    await expect(subscriptions.open('two').next()).rejects.toMatchObject({ code: 'subscription/too_many' })
    expect(subscriptions.count).toBe(1)
    subscriptions.dispose()
    await opened()
  })
})

describe('a stream that is full', () => {
  it('holds the peer back until its reader goes on', async () => {
    const subscriptions = connect()
    const stream = subscriptions.items('news', { maxCount: 4 })
    const peer = await opened()
    for (let item = 0; item < 20; item += 1) {
      peer.sends({ op: 'item', id: '1', item })
      await world.clock.advance(10)
    }
    await world.clock.advance(1_000)
    expect(connection.metrics.readingPausedMs).toBeGreaterThan(500)
    expect(await readAll(stream)).toEqual(Array.from({ length: 20 }, (_, item) => item))
    expect(connection.metrics.readingPausedMs).toBe(0)
  })

  it('lets the peer go on when its reader leaves', async () => {
    const subscriptions = connect()
    const stream = subscriptions.items('news', { maxCount: 2 })
    const peer = await opened()
    peer.sends({ op: 'item', id: '1', item: 0 }, { op: 'item', id: '1', item: 1 })
    await world.clock.advance(1_000)
    expect(connection.metrics.readingPausedMs).toBeGreaterThan(0)
    await stream.return()
    expect(connection.metrics.readingPausedMs).toBe(0)
  })

  it('that the peer has ended holds it back no longer', async () => {
    const subscriptions = connect()
    const stream = subscriptions.items('news', { maxCount: 1 })
    const peer = await opened()
    peer.sends({ op: 'item', id: '1', item: 0 }, { op: 'over', id: '1' })
    await world.clock.advance(1_000)
    expect(connection.metrics.readingPausedMs).toBe(0)
    expect(await readAll(stream)).toEqual([0, undefined])
  })

  it('ends with an error where an answer is waited for and 8 MiB more have come, and the answer comes', async () => {
    const subscriptions = connect()
    const stream = subscriptions.items('news', { maxCount: 1 })
    const other = subscriptions.items('other')
    const requests = new Requests<Message, Message>(connection, {
      answers: ({ re }) => re as string,
      clock: world.clock,
    })
    const peer = await opened()
    await world.clock.advance(10)
    const answer = requests.ask((id) => ({ op: 'ask', id }), { id: 'a' })
    const item = 'x'.repeat(1_048_576)
    for (let n = 0; n < 12; n += 1) peer.sends({ op: 'item', id: '1', item })
    peer.sends({ op: 'item', id: '2', item: 'small' }, { re: 'a' })
    await world.clock.advance(1_000)
    expect(await answer).toEqual({ re: 'a' })
    const got = await readAll(stream)
    expect(got.length).toBeLessThan(11)
    expect(got.at(-1)).toMatchObject({ code: 'inbox/overflow' })
    expect(await readAll(other)).toEqual(['small'])
    requests.dispose()
  })

  it('gives up the oldest for a gap, where that was asked for', async () => {
    const subscriptions = connect()
    const stream = subscriptions.open('news', { maxCount: 1, overflow: 'dropOldest' })
    const peer = await opened()
    for (let item = 0; item < 3; item += 1) peer.sends({ op: 'item', id: '1', item })
    await world.clock.advance(100)
    expect(await readAll(stream)).toEqual([{ type: 'gap', gap: { reason: 'overflow', count: 2 } }, message(2)])
  })
})

describe('an acknowledgement behind the app', () => {
  const acking: ClientProtocol<Message, Message> = {
    ...PROTOCOL,
    receive: ({ n }, context) => (n === undefined ? false : { app: true, taken: () => context.send({ op: 'ack', n }) }),
  }

  it('of a message for two subscriptions leaves when both readers have gone on, once', async () => {
    const subscriptions = connect({}, acking)
    const [quick, slow] = [subscriptions.items('news'), subscriptions.items('news')]
    const peer = await opened()
    for (const id of ['1', '2']) await peer.receives({ op: 'sub', id })
    peer.sends({ op: 'published', topic: 'news', n: 1, item: 'a' })
    await world.clock.advance(10)
    expect(await readAll(quick)).toEqual(['a'])
    expect(peer.unread).toEqual([])
    await slow.next()
    await world.clock.advance(10)
    expect(peer.unread).toEqual([])
    void slow.next()
    await peer.receives({ op: 'ack', n: 1 })
    await world.clock.advance(10)
    expect(peer.unread).toEqual([])
  })

  it('says what was read, and what was not when its loop was left, before the subscription ends', async () => {
    const subscriptions = connect(
      {},
      {
        ...acking,
        receive: ({ n }, context) =>
          n === undefined ? false : { app: true, taken: (isRead) => context.send({ op: isRead ? 'ack' : 'nack', n }) },
      },
    )
    const stream = subscriptions.items('news')
    const peer = await opened()
    await peer.receives({ op: 'sub', id: '1' })
    for (const n of [1, 2, 3]) peer.sends({ op: 'item', id: '1', item: n, n })
    await world.clock.advance(10)
    await stream.next()
    await stream.return()
    await peer.receives({ op: 'ack', n: 1 })
    await peer.receives({ op: 'nack', n: 2 })
    await peer.receives({ op: 'nack', n: 3 })
    await peer.receives({ op: 'unsub', id: '1' })
    peer.sends({ op: 'item', id: '1', item: 4, n: 4 })
    await peer.receives({ op: 'nack', n: 4 })
  })

  it('of a message that no subscription wants leaves at once', async () => {
    connect({}, acking)
    const peer = await opened()
    peer.sends({ op: 'published', topic: 'none', n: 1 })
    await peer.receives({ op: 'ack', n: 1 })
  })
})
