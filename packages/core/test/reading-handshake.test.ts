import { severalMessages } from '@holdfast/contract'
import { beforeEach, describe, expect, it } from 'vitest'
import { freshOf } from '../src/client/index.ts'
import {
  type AttemptContext,
  type ClientProtocol,
  type Codec,
  Connection,
  type HandshakeLink,
  jsonText,
  Requests,
  type WebSocketFrame,
} from '../src/index.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

type Message = { readonly [name: string]: unknown }

let connection: Connection<Message>
let got: unknown[]

beforeEach(() => {
  got = []
})

const is = (type: string) => (message: Message) => message['type'] === type

function dial(handshake?: (link: HandshakeLink<Message, unknown>) => Promise<undefined>) {
  return dialWith({
    name: 'test',
    codec: jsonText<Message, unknown>(),
    ...(handshake === undefined ? {} : { handshake }),
  })
}

function dialWith(protocol: ClientProtocol<Message, unknown>) {
  connection = world.keep(
    new Connection<Message>({
      ...world.options,
      protocol,
      onMessage: (message) => got.push(message['n'] ?? message['type']),
    }),
  )
  connection.connect()
  return world.server.peer()
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

it('a handshake can ask the app for a value of this attempt, as target and credentials are asked', async () => {
  const asked: unknown[] = []
  let aborted: AbortSignal | undefined
  const token = ({ attempt, reason, previousError, signal }: AttemptContext): string => {
    asked.push([attempt, reason, previousError instanceof Error])
    aborted = signal
    return `t${attempt}`
  }
  const first = await dial(async (link) => {
    link.send({ type: 'login', token: await freshOf(token, link) })
    if ((await link.next()).type !== 'welcome') throw new Error('not now')
    await link.next(is('ready'))
    return undefined
  })
  await first.receives({ type: 'login', token: 't1' })
  first.sends({ type: 'busy' })
  const second = await world.server.peer()
  await second.receives({ type: 'login', token: 't2' })
  second.sends({ type: 'welcome' })
  expect(asked).toEqual([
    [1, 'initial', false],
    [2, 'retry', true],
  ])
  expect(aborted?.aborted).toBe(false)
  second.drops()
  await world.server.peer()
  expect(aborted?.aborted).toBe(true)
})

describe('a handshake that waits for one message', () => {
  it('gets it behind a backlog of any length, and the app gets the backlog in order', async () => {
    const peer = await dial(async (link) => {
      await link.next(is('ready'))
      return undefined
    })
    peer.sends(...numbered(2_000), { type: 'ready' }, { n: 2_000 })
    await world.clock.advance(100)
    expect(connection.state).toBe('open')
    expect(got).toEqual(upTo(2_001))
  })

  it('does not come back to what it has passed over', async () => {
    const read: unknown[] = []
    const peer = await dial(async (link) => {
      read.push((await link.next(is('hello')))['type'], (await link.next())['n'], (await link.peek())['n'])
      return undefined
    })
    peer.sends({ type: 'early' }, { type: 'hello' }, { n: 1 }, { n: 2 })
    await world.clock.advance(100)
    expect(read).toEqual(['hello', 1, 2])
    expect(got).toEqual(['early', 2])
  })

  it('fails when its test of a message throws', async () => {
    const peer = await dial(async (link) => {
      await link.next(() => {
        throw new TypeError('no such field')
      })
      return undefined
    })
    peer.sends({ n: 1 })
    await world.clock.advance(100)
    expect(connection.lastCause).toMatchObject({ kind: 'handshake', error: { message: 'no such field' } })
  })
})

describe('a handshake whose message never comes', () => {
  it('is given up with what it waited for and how much else came', async () => {
    const peer = await dial(async (link) => {
      await link.next(is('ready'), 'the ready message')
      return undefined
    })
    peer.sends(...numbered(3))
    await world.clock.advance(11_000)
    expect(connection.lastCause).toEqual({
      kind: 'deadline',
      phase: 'handshake',
      awaited: 'the ready message',
      passed: 3,
    })
    expect(connection.explain()).toContain('where the ready message was awaited (3 other messages came)')
  })
})

describe('a ping of the peer', () => {
  const pings: ClientProtocol<Message, unknown> = {
    name: 'pings',
    codec: jsonText<Message, unknown>(),
    pong: (message) => (message['type'] === 'ping' ? { type: 'pong', of: message['n'] } : undefined),
    async handshake(link) {
      await link.next(is('ready'))
      return undefined
    },
  }

  it('is answered while a handshake waits and afterwards, and never reaches the app', async () => {
    const dialed = dialWith(pings)
    const peer = await dialed
    peer.sends({ n: 0 }, { type: 'ping', n: 1 })
    await peer.receives({ type: 'pong', of: 1 })
    peer.sends({ type: 'ready' }, { type: 'ping', n: 2 }, { n: 3 })
    await peer.receives({ type: 'pong', of: 2 })
    await world.clock.advance(100)
    expect(got).toEqual([0, 3])
  })

  it('is a message like any other where the function that answers throws', async () => {
    const pong = (message: Message) => {
      if (message['n'] === 1) throw new TypeError('no such field')
      return undefined
    }
    const problems: string[] = []
    const dialed = dialWith({ ...pings, pong })
    connection.on('problem', ({ what }) => problems.push(what))
    const peer = await dialed
    peer.sends({ type: 'ready' }, { n: 1 }, { n: 2 })
    await world.clock.advance(100)
    expect(got).toEqual([1, 2])
    expect(problems).toEqual(['handling a message threw'])
  })
})

describe('a handshake that reads nothing for a while', () => {
  it('holds a long burst back, and everything after it arrives', async () => {
    const steps: (() => void)[] = []
    const text = 'x'.repeat(50_000)
    const peer = await dial(async () => {
      await new Promise<void>((resolve) => steps.push(resolve))
      return undefined
    })
    for (let n = 0; n < 100; n += 1) peer.sends({ n, text })
    await world.clock.advance(100)
    for (const step of steps) step()
    await world.clock.advance(100)
    peer.sends({ n: 100 })
    await world.clock.advance(100)
    expect(got).toEqual(upTo(101))
  })
})

describe('what is sent while "open" is told', () => {
  it('is written right after it, in order', async () => {
    const dialed = dial()
    connection.send({ n: 'first' })
    connection.on('status', ({ status }) => {
      if (status.state !== 'open') return
      for (let n = 0; n < 200; n += 1) connection.send({ n }, { delivery: 'volatile' })
    })
    const peer = await dialed
    await peer.receives({ n: 'first' })
    for (let n = 0; n < 200; n += 1) await peer.receives({ n })
  })

  it('is written, in the handler of a message that came with the handshake too', async () => {
    const peer = await dial(async (link) => {
      await link.next(is('ready'))
      return undefined
    })
    connection.intercept(() => {
      connection.send({ n: 1 }, { delivery: 'volatile' })
      return false
    })
    peer.sends({ n: 0 }, { type: 'ready' })
    await peer.receives({ n: 1 })
  })
})

describe('a request whose message is volatile', () => {
  it('rejects at once when the message is dropped', async () => {
    const peer = dial()
    const requests = new Requests<Message, unknown>(connection, { answers: () => undefined, clock: world.clock })
    const asked = requests.ask((id) => ({ id }), { delivery: 'volatile' })
    await expect(asked).rejects.toMatchObject({ code: 'delivery/not_sent' })
    expect(requests.count).toBe(0)
    requests.dispose()
    await peer
  })
})

describe('a frame', () => {
  /** Lines, cut anywhere. */
  const lines: Codec<Message, unknown, WebSocketFrame, WebSocketFrame> = {
    decode: () => ({ ok: false, issue: 'not used' }),
    reader: severalMessages(() => {
      let rest = ''
      return (frame) => {
        const all = (rest + frame).split('|')
        rest = all.pop() ?? ''
        return all.map((line) => (line === '' ? { ok: false, issue: 'empty' } : { ok: true, message: { n: line } }))
      }
    }),
    encode: (message) => `${JSON.stringify(message)}|`,
  }

  it('may carry none, one or many messages, and what one link cut off is not glued to the next', async () => {
    connection = world.keep(
      new Connection<Message, unknown>({
        ...world.options,
        protocol: { name: 'lines', codec: lines },
        onMessage: ({ n }) => got.push(n),
      }),
    )
    connection.connect()
    const peer = await world.server.peer()
    peer.sendsFrame('a|b', 'c|d|', '', '|e', '|lost')
    await world.clock.advance(10)
    expect(got).toEqual(['a', 'bc', 'd', 'e'])
    expect(connection.metrics.invalidFrames).toBe(1)
    peer.drops()
    const next = await world.server.peer()
    next.sendsFrame('f|')
    await world.clock.advance(10)
    expect(got.slice(4)).toEqual(['f'])
  })
})

describe('a repetition', () => {
  it('is stamped as one, where the wire marks it', async () => {
    const protocol: ClientProtocol<Message, Message, WebSocketFrame, WebSocketFrame, { readonly welcome: string }> = {
      name: 'marks',
      codec: jsonText<Message, Message>(),
      delivery: {
        byDefault: 'retry',
        marksAgain: true,
        stamp: (message, { again }) => ({ ...message, dup: again === true }),
      },
      handshake: async () => ({ welcome: 'only members of its own' }),
    }
    const marks = new Connection({
      ...world.options,
      protocol,
    })
    marks.connect()
    let made = 0
    marks.send(() => {
      made += 1
      return { n: made }
    })
    const peer = await world.server.peer()
    await peer.receives({ n: 1, dup: false })
    peer.drops()
    await (await world.server.peer()).receives({ n: 1, dup: true })
    expect(marks.ready?.welcome).toBe('only members of its own')
    await world.clock.passing(marks.close({ flushMs: 0 }))
  })
})
