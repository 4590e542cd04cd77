import { beforeEach, describe, expect, it } from 'vitest'
import {
  Connection,
  type ConnectionOptions,
  type HandshakeResult,
  items,
  jsonProtocol,
  messages,
  Requests,
} from '../src/index.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

type Message = { readonly [name: string]: unknown }

let connection: Connection<Message>
let problems: string[]
let taken: unknown[]

beforeEach(() => {
  problems = []
  taken = []
})

async function opened(
  options: Partial<
    ConnectionOptions<Message, unknown, string | Uint8Array, string | Uint8Array, HandshakeResult | undefined>
  > = {},
) {
  connection = world.keep(
    new Connection<Message>({
      ...world.options,
      protocol: { ...jsonProtocol<Message>(), taken: (message) => void taken.push(message['n']) },
      ...options,
    }),
  )
  connection.on('problem', ({ what }) => problems.push(what))
  connection.connect()
  const peer = await world.server.peer()
  await world.clock.runUntil(() => connection.state === 'open', 1_000)
  return peer
}

const numbered = (count: number, more: object = {}) => Array.from({ length: count }, (_, n) => ({ n, ...more }))
const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n)

const wait = (ms: number) => new Promise<void>((resolve) => void world.clock.after(ms, resolve))

/** Reads into a list until the stream ends. */
function reading(from: Connection<Message>, delayMs = 0): unknown[] {
  const read: unknown[] = []
  void (async () => {
    for await (const item of items(from)) {
      read.push(item.type === 'gap' ? item.gap : item.message['n'])
      if (delayMs > 0) await wait(delayMs)
    }
  })()
  return read
}

describe('messages before the first reader', () => {
  it.each([0, 50, 500])('wait for a loop that begins %i ms late', async (lateMs) => {
    const peer = await opened()
    peer.sends(...numbered(20))
    await world.clock.advance(lateMs)
    expect(taken).toEqual([])
    const read = reading(connection)
    peer.sends({ n: 20 })
    await world.clock.advance(100)
    expect(read).toEqual(upTo(21))
    expect(taken).toEqual(upTo(21))
    expect(connection.unread).toBe(0)
  })

  it('go to all readers that come in the same turn, and not to one that comes later', async () => {
    const peer = await opened()
    peer.sends(...numbered(3))
    await world.clock.advance(50)
    const first = reading(connection)
    const second = reading(connection)
    await world.clock.advance(50)
    const third = reading(connection)
    peer.sends({ n: 3 })
    await world.clock.advance(50)
    expect([first, second, third]).toEqual([upTo(4), upTo(4), [3]])
  })

  it('are at most a thousand: one gap stands for the oldest, is delivered first, and counts as processed', async () => {
    const peer = await opened()
    peer.sends(...numbered(1_500))
    await world.clock.advance(50)
    expect(taken).toEqual(upTo(500))
    expect(connection.metrics.gaps).toBe(1)
    const gaps: unknown[] = []
    connection.on('gap', (gap) => gaps.push(gap))
    const read = reading(connection)
    await world.clock.advance(50)
    expect(read).toEqual([{ reason: 'overflow', count: 500 }, ...upTo(1_000, 500)])
    expect(gaps).toEqual([{ reason: 'overflow', count: 500 }])
  })

  it('are at most 1 MiB, and never none', async () => {
    const peer = await opened()
    peer.sends(...numbered(20, { text: 'x'.repeat(100_000) }), { n: 20, text: 'x'.repeat(2_000_000) })
    await world.clock.advance(50)
    const read = reading(connection)
    await world.clock.advance(50)
    expect(read).toEqual([{ reason: 'overflow', count: 20 }, 20])
  })

  it('do not keep a client that only sends from what comes: it is read for an hour', async () => {
    const peer = await opened()
    for (let minute = 0; minute < 60; minute += 1) {
      peer.sends(...numbered(10, { text: 'x'.repeat(20_000) }))
      await world.clock.advance(60_000)
      connection.send({ minute })
    }
    await world.clock.advance(30_000)
    expect(connection.state).toBe('open')
    expect(connection.metrics).toMatchObject({ dials: 1, gaps: 1, unconfirmed: 0 })
  })

  it('keep their place beside gaps, and survive a drop and the end', async () => {
    const peer = await opened()
    peer.sends({ n: 1 })
    await world.clock.advance(10)
    peer.drops()
    const next = await world.server.peer()
    await world.clock.runUntil(() => connection.state === 'open', 5_000)
    next.sends({ n: 2 })
    await world.clock.advance(10)
    const closed = connection.close({ flushMs: 0 })
    await world.clock.advance(1_000)
    await closed
    const read: unknown[] = []
    for await (const { n } of messages(connection)) read.push(n)
    expect(read).toEqual([1, 2])
  })

  it('wait again once the last reader has left', async () => {
    const peer = await opened()
    const stream = messages(connection)
    const first = stream.next()
    peer.sends({ n: 0 })
    await world.clock.advance(10)
    expect((await first).value).toEqual({ n: 0 })
    await stream.return()
    peer.sends({ n: 1 }, { n: 2 })
    await world.clock.advance(10)
    const read = reading(connection)
    await world.clock.advance(10)
    expect(read).toEqual([1, 2])
  })
})

describe('the position of the app', () => {
  it('is that of the slowest reader, and one that leaves counts no more', async () => {
    const peer = await opened()
    const fast = reading(connection)
    const slow = messages(connection)
    peer.sends(...numbered(5))
    await world.clock.advance(10)
    expect(fast).toEqual(upTo(5))
    await slow.next()
    await slow.next()
    expect(taken).toEqual([0])
    await slow.return()
    expect(taken).toEqual(upTo(5))
  })

  it('follows an async handler', async () => {
    const releases: (() => void)[] = []
    const peer = await opened({ onMessage: () => new Promise<void>((resolve) => releases.push(resolve)) })
    peer.sends(...numbered(2))
    await world.clock.advance(10)
    expect([taken, connection.unread]).toEqual([[], 2])
    releases[0]?.()
    await world.clock.advance(10)
    expect([taken, connection.unread]).toEqual([[0], 1])
    releases[1]?.()
    await world.clock.advance(10)
    expect([taken, connection.unread]).toEqual([[0, 1], 0])
  })
})

describe('an async handler of messages', () => {
  const slow = (log: string[]) => async (message: Message) => {
    log.push(`begin ${message['n']}`)
    await wait(100 - 10 * Number(message['n']))
    log.push(`end ${message['n']}`)
  }

  it('is called for one message after the other, also over a drop', async () => {
    const log: string[] = []
    const peer = await opened({ onMessage: slow(log) })
    peer.sends(...numbered(3))
    await world.clock.advance(10)
    peer.drops()
    await world.clock.advance(1_000)
    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2'])
  })

  it('is not waited for with a concurrency of Infinity', async () => {
    const log: string[] = []
    const peer = await opened({ onMessage: slow(log), concurrency: Number.POSITIVE_INFINITY })
    peer.sends(...numbered(3))
    await world.clock.advance(1_000)
    expect(log).toEqual(['begin 0', 'begin 1', 'begin 2', 'end 2', 'end 1', 'end 0'])
    expect(taken).toEqual([0, 1, 2])
  })

  it('holds gaps in their place, and nothing else back', async () => {
    const log: string[] = []
    const peer = await opened({
      onMessage: async ({ n }) => {
        await wait(100)
        log.push(`done ${n}`)
      },
      protocol: {
        ...jsonProtocol<Message>(),
        receive: (message, context) => {
          if (message['n'] === 1) context.gap({ reason: 'missing' })
          return false
        },
      },
    })
    const requests = new Requests<Message, unknown>(connection, {
      answers: ({ to }) => to?.toString(),
      clock: world.clock,
    })
    connection.on('gap', () => log.push('gap'))
    connection.on('status', ({ status }) => log.push(status.state))
    const asked = requests.ask((id) => ({ id }), { id: 'a' }).then(() => log.push('answered'))
    peer.sends({ n: 0 }, { n: 1 }, { to: 'a' })
    await world.clock.advance(50)
    await asked
    connection.suspend()
    await world.clock.advance(1_000)
    expect(log).toEqual(['answered', 'suspended', 'done 0', 'gap', 'done 1'])
    requests.dispose()
  })

  it('is a problem when it rejects, and the next message comes', async () => {
    const got: unknown[] = []
    const peer = await opened({
      onMessage: async ({ n }) => {
        got.push(n)
        throw new Error('no')
      },
    })
    peer.sends(...numbered(2))
    await world.clock.advance(10)
    expect(got).toEqual([0, 1])
    expect(problems).toEqual(['onMessage threw', 'onMessage threw'])
  })

  it('is a problem after 30 s', async () => {
    const peer = await opened({ onMessage: () => wait(40_000) })
    peer.sends(...numbered(3))
    await world.clock.advance(31_000)
    expect(problems).toEqual(['onMessage has been at work for 30 s; 2 messages wait for it'])
    await world.clock.advance(100_000)
  })

  it('slows the sender down, and nothing is missing', async () => {
    const got: unknown[] = []
    const peer = await opened({
      onMessage: async ({ n }) => {
        await wait(1)
        got.push(n)
      },
    })
    peer.sends(...numbered(200, { text: 'x'.repeat(100_000) }))
    await world.clock.advance(20)
    const { unread } = connection
    expect(unread).toBeLessThan(50)
    await world.clock.advance(2_000)
    expect(got).toEqual(upTo(200))
  })

  it('is named by explain() when nothing is read for its sake, and what was dropped, too', async () => {
    let release: () => void = () => {}
    const peer = await opened({ onMessage: () => new Promise<void>((resolve) => (release = resolve)) })
    peer.sends(...numbered(200, { text: 'x'.repeat(100_000) }))
    await world.clock.advance(20_000)
    expect(connection.explain()).toContain('Nothing is read for 20 s: the app is busy with what came.')
    connection.suspend()
    for (let n = 0; n < 3; n += 1) void connection.send({ n }, { delivery: 'volatile' })
    await world.clock.settle()
    expect(connection.metrics.dropped).toBe(3)
    expect(connection.explain()).toContain('Dropped: 3 volatile messages.')
    release()
  })

  it('gets the answer that it waits for, however much lies before it up to 8 MiB', async () => {
    let requests: Requests<Message, unknown> | undefined
    const outcomes: unknown[] = []
    const peer = await opened({
      onMessage: async ({ n }) => {
        if (n !== 'ask') return
        outcomes.push(await requests?.ask((id) => ({ id }), { id: 'a' }).catch(({ code }) => code))
      },
    })
    requests = new Requests<Message, unknown>(connection, { answers: ({ to }) => to?.toString(), clock: world.clock })
    peer.sends({ n: 'ask' }, ...numbered(50, { text: 'x'.repeat(100_000) }), { to: 'a' })
    await world.clock.advance(100)
    expect(outcomes).toEqual([{ to: 'a' }])
    peer.sends({ n: 'ask' }, ...numbered(100, { text: 'x'.repeat(100_000) }), { to: 'a' })
    await world.clock.advance(100)
    expect(outcomes.slice(1)).toEqual(['request/reader_blocked'])
    requests.dispose()
  })
})

describe('async callbacks', () => {
  it('report what they reject with', async () => {
    const fails = async (): Promise<void> => {
      throw new Error('no')
    }
    const peer = await opened({ onStatus: fails })
    connection.on('status', fails)
    connection.on('problem', fails)
    connection.intercept(fails)
    peer.sends({ n: 1 })
    await world.clock.advance(10)
    connection.suspend()
    await world.clock.advance(10)
    expect(new Set(problems)).toEqual(
      new Set(['onStatus threw', 'a listener of "status" threw', 'handling a message threw']),
    )
  })
})
