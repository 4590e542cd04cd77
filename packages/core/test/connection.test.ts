import { leakGuard, scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ClientProtocol,
  Connection,
  type ConnectionOptions,
  CredentialsRefused,
  type HandshakeResult,
  jsonText,
  messagePing,
  messages,
  Requests,
  type Status,
  type WebSocketFrame,
} from '../src/index.ts'

type Message = { [key: string]: unknown }

let clock: VirtualClock
let network: ReturnType<typeof simulatedNetwork>
let server: ReturnType<typeof scriptedServer>
let statuses: string[]
let got: unknown[]

beforeEach(() => {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock })
  server = scriptedServer({ network, clock })
  statuses = []
  got = []
})

afterEach(async () => {
  server.close()
  await clock.advance(10_000)
  leakGuard({ clock, network }).noLeaks()
})

const until = (holds: () => boolean) => clock.runUntil(holds)
const passing = <T>(promise: Promise<T>): Promise<T> => clock.passing(promise)

function connection(
  options: Partial<
    ConnectionOptions<Message, unknown, WebSocketFrame, WebSocketFrame, HandshakeResult | undefined>
  > = {},
) {
  const random = seededRandom(1)
  return new Connection<Message>({
    transport: network.transport,
    target: 'ws://server/',
    clock,
    random,
    onMessage: (message) => got.push(message),
    onStatus: (status: Status) => statuses.push(status.state),
    ...options,
  })
}

describe('a connection without a handshake', () => {
  it('opens, delivers both ways in order, and closes', async () => {
    const c = connection()
    const opened = c.connect()
    c.send({ n: 1 })
    const peer = await server.peer()
    await passing(opened)
    await peer.receives({ n: 1 })
    c.send({ n: 2 })
    await peer.receives({ n: 2 })
    peer.sends({ a: 1 }, { a: 2 })
    await clock.advance(10)
    expect(got).toEqual([{ a: 1 }, { a: 2 }])
    await passing(c.close())
    expect(statuses).toEqual(['preparing', 'dialing', 'open', 'draining', 'closed'])
    expect(c.status).toEqual({ state: 'closed', outcome: { reason: 'user' } })
  })

  it('dials again after a drop and keeps what is sent meanwhile in order', async () => {
    const c = connection()
    c.connect()
    const first = await server.peer()
    await until(() => c.state === 'open')
    first.drops()
    await until(() => c.state === 'waiting')
    const second = c.send({ n: 1 })
    c.send({ n: 2 })
    const peer = await server.peer()
    await peer.receives({ n: 1 })
    await peer.receives({ n: 2 })
    await clock.advance(20_000)
    expect(second.state).toBe('acked')
    await passing(c.close())
  })

  it('keeps 3,000 small messages of an outage, and all of them arrive', async () => {
    const c = connection()
    const sent = Array.from({ length: 3_000 }, (_, n) => c.send({ n, text: 'x'.repeat(40) }))
    c.connect()
    const peer = await server.peer()
    for (let n = 0; n < 3_000; n += 1) await peer.receives({ n })
    await clock.advance(20_000)
    expect(sent.filter(({ state }) => state !== 'acked')).toEqual([])
    await passing(c.close())
  })

  it('puts a written, unconfirmed message in doubt when the link drops', async () => {
    const c = connection()
    c.connect()
    const peer = await server.peer()
    await until(() => c.state === 'open')
    await clock.advance(100)
    const delivery = c.send({ n: 1 })
    peer.drops()
    await clock.advance(10)
    expect(delivery.state).toBe('inDoubt')
    await expect(delivery).rejects.toMatchObject({ code: 'delivery/in_doubt' })
    await passing(c.close())
  })

  it('stays closed when closed in the tick of connect', async () => {
    const c = connection()
    const opened = c.connect()
    await passing(c.close())
    await expect(opened).rejects.toMatchObject({ code: 'connection/closed' })
    await clock.advance(60_000)
    expect(c.state).toBe('closed')
  })

  it('notices a half-open link within 30 s idle', async () => {
    const c = connection()
    c.connect()
    await server.peer()
    await until(() => c.state === 'open')
    await clock.advance(1_000)
    const start = clock.now()
    network.blackHole()
    await clock.runUntil(() => c.state !== 'open', 60_000)
    expect(clock.now() - start).toBeLessThanOrEqual(30_000)
    network.heal('reset')
    await passing(c.close())
  })

  it('backs off from a server that accepts and drops', async () => {
    network.dials('drop')
    const c = connection()
    c.connect()
    await clock.advance(60_000)
    expect(c.metrics.dials).toBeLessThanOrEqual(12)
    expect(c.metrics.dials).toBeGreaterThan(3)
    await passing(c.close())
  })

  it('keeps a live link whose messages stay unread for an hour', async () => {
    const c = connection()
    c.connect()
    const peer = await server.peer()
    await until(() => c.state === 'open')
    const stream = messages(c, { maxCount: 2 })
    peer.sends({ n: 1 }, { n: 2 }, { n: 3 })
    await clock.advance(3_600_000)
    expect(c.metrics.opens).toBe(1)
    expect([await stream.next(), await stream.next()]).toMatchObject([{ value: { n: 1 } }, { value: { n: 2 } }])
    expect(await passing(stream.next())).toMatchObject({ value: { n: 3 } })
    network.blackHole()
    await until(() => c.state !== 'open')
    network.heal('reset')
    await stream.return()
    await passing(c.close())
  })

  it('lets a slow reader hold back what came during a long handshake too', async () => {
    let ready: () => void = () => {}
    const shaken = new Promise<void>((resolve) => {
      ready = resolve
    })
    const c = connection({
      protocol: { name: 'slow', codec: jsonText<Message, unknown>(), handshake: async () => void (await shaken) },
    })
    const stream = messages(c, { maxCount: 10 })
    c.connect()
    const peer = await server.peer()
    peer.sends(...Array.from({ length: 300 }, (_, n) => ({ n })))
    await clock.advance(10)
    ready()
    await until(() => c.state === 'open')
    const held = stream.count
    peer.sends(...Array.from({ length: 1_000 }, (_, n) => ({ n })))
    await clock.advance(100)
    expect(stream.count).toBe(held)
    await stream.return()
    await passing(c.close())
  })

  it('streams messages to an iterator that ends with the connection', async () => {
    const c = connection()
    c.connect()
    const peer = await server.peer()
    const read: unknown[] = []
    const reading = (async () => {
      for await (const message of messages(c)) read.push(message)
    })()
    peer.sends({ n: 1 }, { n: 2 })
    await clock.advance(10)
    await passing(c.close())
    await reading
    expect(read).toEqual([{ n: 1 }, { n: 2 }])
  })
})

describe('a protocol with a handshake', () => {
  const protocol: ClientProtocol<Message, unknown> = {
    name: 'test',
    codec: jsonText<Message, unknown>(),
    liveness: messagePing(
      { ping: (nonce) => ({ type: 'ping', nonce }), isPong: (message) => message['type'] === 'pong' },
      { atOpen: false },
    ),
    async handshake(link) {
      link.send({ type: 'auth', token: link.credentials?.headers?.['token'] ?? '' })
      const answer = await link.next(({ type }) => type === 'welcome' || type === 'refused')
      if (answer['type'] === 'refused') throw new CredentialsRefused()
      return { epoch: 'e1' }
    },
  }

  it('delivers what came with the welcome after the session is committed', async () => {
    const c = connection({ protocol })
    c.connect()
    const peer = await server.peer()
    await peer.receives({ type: 'auth' })
    peer.sends({ type: 'welcome' }, { n: 1 })
    await clock.advance(10)
    expect(c.ready).toEqual({ epoch: 'e1' })
    expect(got).toEqual([{ n: 1 }])
    await passing(c.close())
  })

  it('parks when the credentials are refused and continues on request', async () => {
    const c = connection({ protocol })
    c.connect()
    const peer = await server.peer()
    await peer.receives({ type: 'auth' })
    peer.sends({ type: 'refused' })
    await until(() => c.state === 'authRequired')
    c.reauthenticate()
    const next = await server.peer()
    await next.receives({ type: 'auth' })
    next.sends({ type: 'welcome' })
    await until(() => c.state === 'open')
    await passing(c.close())
  })

  it('gives a silent server its deadline and then dials again', async () => {
    const c = connection({ protocol })
    c.connect()
    await server.peer()
    await clock.advance(10_500)
    expect(c.state).not.toBe('handshaking')
    await passing(c.close())
  })

  it('settles requests: answer, drop, carry', async () => {
    const c = connection({ protocol })
    const requests = new Requests<Message, unknown>(c, {
      clock,
      answers: (message) => (typeof message['re'] === 'string' ? message['re'] : undefined),
    })
    c.connect()
    const peer = await server.peer()
    await peer.receives({ type: 'auth' })
    peer.sends({ type: 'welcome' })
    const one = requests.ask((id) => ({ id, ask: 1 }), { id: 'a' })
    await peer.receives({ id: 'a', ask: 1 })
    peer.sends({ re: 'a', ok: true })
    await expect(passing(one)).resolves.toEqual({ re: 'a', ok: true })
    const two = requests.ask((id) => ({ id }), { id: 'b' })
    const three = requests.ask((id) => ({ id }), { id: 'c', onDrop: 'carry' })
    await peer.receives({ id: 'b' })
    await peer.receives({ id: 'c' })
    peer.drops()
    await expect(passing(two)).rejects.toMatchObject({ code: 'request/dropped', details: { delivery: 'inDoubt' } })
    const next = await server.peer()
    await next.receives({ type: 'auth' })
    next.sends({ type: 'welcome' })
    await next.receives({ id: 'c' })
    next.sends({ re: 'c' })
    await expect(passing(three)).resolves.toEqual({ re: 'c' })
    await passing(c.close())
  })
})
