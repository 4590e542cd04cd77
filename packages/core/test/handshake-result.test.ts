import { leakGuard, scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  type ClientProtocol,
  Connection,
  type HandshakeResult,
  HoldfastError,
  items,
  jsonText,
  Requests,
} from '../src/index.ts'

type Message = { [key: string]: unknown }

let clock: VirtualClock
let network: ReturnType<typeof simulatedNetwork>
let server: ReturnType<typeof scriptedServer>

beforeEach(() => {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock })
  server = scriptedServer({ network, clock })
})

afterEach(async () => {
  server.close()
  await clock.advance(10_000)
  leakGuard({ clock, network }).noLeaks()
})

function connection(protocol: ClientProtocol<Message, Message>) {
  return new Connection({
    transport: network.transport,
    target: 'ws://server/',
    clock,
    random: seededRandom(1),
    protocol,
  })
}

it('a connection reports a gap that the handshake found before the first message', async () => {
  const c = connection({
    name: 'test',
    codec: jsonText<Message, Message>(),
    async handshake(link) {
      await link.next()
      return { resumed: false, gap: { from: 3, to: 9, reason: 'retention' } }
    },
  })
  const gaps: unknown[] = []
  c.on('gap', (gap) => gaps.push(gap))
  const read = items(c)
  c.connect()
  const peer = await server.peer()
  peer.sends({ type: 'welcome' }, { n: 1 })
  await clock.runUntil(() => c.state === 'open', 60_000)
  await clock.advance(10)
  expect(await read.next()).toMatchObject({ value: { type: 'gap', gap: { from: 3, to: 9 } } })
  expect(await read.next()).toMatchObject({ value: { type: 'message', message: { n: 1 } } })
  expect(gaps).toEqual([{ from: 3, to: 9, reason: 'retention' }])
  expect(c.metrics.gaps).toBe(1)
  await c.close()
})

it('a connection closes a refused handshake with the code of the protocol', async () => {
  const c = connection({
    name: 'test',
    codec: jsonText<Message, Message>(),
    async handshake(link): Promise<HandshakeResult> {
      await link.next()
      link.refuse(4401, 'Not welcome')
      throw new Error('refused')
    },
    retryPolicy: () => ({ act: 'park' }),
  })
  c.connect()
  const peer = await server.peer()
  peer.sends({ type: 'no' })
  expect(await peer.ends()).toMatchObject({ code: 4401, reason: 'Not welcome' })
  await c.close()
})

it('a connection rejects a carried request whose message ends in doubt in a new epoch', async () => {
  let resumed = true
  const c = connection({
    name: 'test',
    codec: jsonText<Message, Message>(),
    delivery: { byDefault: 'ordered', stamp: (message, { id }) => ({ ...message, id }) },
    handshake: async () => ({ resumed, epoch: 'e' }),
  })
  const requests = new Requests<Message, Message>(c, {
    clock,
    answers: ({ re }) => (typeof re === 'string' ? re : undefined),
  })
  c.connect()
  const peer = await server.peer()
  const answer = requests.ask((id) => ({ id, ask: 1 }), { id: 'a', onDrop: 'carry' })
  let outcome: unknown
  answer.catch((error: unknown) => {
    outcome = error
  })
  await peer.receives({ id: 'a' })
  resumed = false
  peer.drops()
  const next = await server.peer()
  await next.receivesNothing(1_000)
  expect(outcome).toMatchObject({ code: 'delivery/in_doubt' })
  const closing = c.close()
  await clock.runUntil(() => c.state === 'closed', 60_000)
  await closing
})

it('a connection rejects a request that timed out while it was queued with the timeout', async () => {
  const c = connection({ name: 'test', codec: jsonText<Message, Message>() })
  const requests = new Requests<Message, Message>(c, { clock, answers: () => undefined })
  let outcome: unknown
  requests
    .ask((id) => ({ id }), { timeoutMs: 50 })
    .catch((error: unknown) => {
      outcome = error
    })
  await clock.advance(50)
  expect(outcome).toMatchObject({ code: 'request/timeout' })
  c.connect()
  const peer = await server.peer()
  await peer.receivesNothing(1_000)
  await c.close()
})

it('a connection rejects what the peer refused, and does not send it again', async () => {
  const c = connection({
    name: 'test',
    codec: jsonText<Message, Message>(),
    delivery: { byDefault: 'ordered', stamp: (message, { id }) => ({ ...message, id }) },
    handshake: async () => ({ resumed: true, epoch: 'e' }),
    receive({ no }, context) {
      if (typeof no === 'string') context.refused([no], new HoldfastError('test/no', 'No.'))
      return true
    },
  })
  c.connect()
  const peer = await server.peer()
  const sent = c.send({ n: 1 })
  const { id } = await peer.receives({ n: 1, id: (id) => typeof id === 'string' })
  peer.sends({ no: id })
  await clock.runUntil(() => sent.settled, 60_000)
  expect(sent).toMatchObject({ state: 'rejected', error: { code: 'test/no' } })
  peer.drops()
  const next = await server.peer()
  await next.receivesNothing(1_000)
  await c.close()
})

it('a connection stays closed when its signal is aborted before it connects', async () => {
  const c = new Connection({ transport: network.transport, target: 'ws://server/', clock, signal: AbortSignal.abort() })
  const opened = c.connect()
  await expect(opened).rejects.toMatchObject({ code: 'connection/closed' })
  await clock.advance(60_000)
  expect(c.state).toBe('closed')
  expect(server.waiting).toBe(0)
})
