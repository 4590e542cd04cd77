import { expect, it } from 'vitest'
import { type ClientProtocol, Connection, jsonText, messages } from '../src/index.ts'
import { InOrder } from '../src/protocol.ts'
import { Subscriptions } from '../src/subscriptions.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

type Message = { readonly [name: string]: unknown }

/** Acknowledges by number, on the link that brought it, what the app is done with. */
const protocol: ClientProtocol<Message, Message> = {
  name: 'acks',
  codec: jsonText<Message, Message>(),
  receive: ({ n }, context) => ({ app: true, taken: () => context.send({ ack: n }) }),
}

let connection: Connection<Message, Message>

function connect(onMessage?: (message: Message) => unknown, more: Partial<ClientProtocol<Message, Message>> = {}) {
  connection = world.keep(
    new Connection<Message, Message>({
      ...world.options,
      protocol: { ...protocol, ...more },
      onMessage,
    }),
  )
  connection.connect().catch(() => {})
  return world.server.peer()
}

it('a message is acknowledged when its handler returns', async () => {
  const peer = await connect(() => {})
  peer.sends({ n: 1 })
  await peer.receives({ ack: 1 })
})

it('a message is acknowledged when what its handler promised has settled, and the one behind it later', async () => {
  const steps: (() => void)[] = []
  const peer = await connect(() => new Promise<void>((resolve) => steps.push(resolve)))
  peer.sends({ n: 1 }, { n: 2 })
  await peer.receivesNothing(1_000)
  steps[0]?.()
  await peer.receives({ ack: 1 })
  await peer.receivesNothing(1_000)
  steps[1]?.()
  await peer.receives({ ack: 2 })
})

it('a message is acknowledged when the loop that read it asks for the next', async () => {
  const peer = await connect()
  const stream = messages(connection)
  peer.sends({ n: 1 }, { n: 2 })
  await peer.receivesNothing(1_000)
  await stream.next()
  await peer.receivesNothing(1_000)
  await stream.next()
  await peer.receives({ ack: 1 })
  await peer.receivesNothing(1_000)
})

it('a loop that is left has read what it was given, and not what still waited for it', async () => {
  const acks = new InOrder()
  const peer = await connect(undefined, {
    receive: ({ n }, context) => ({ app: true, taken: acks.next((isRead) => context.send({ n, isRead })) }),
  })
  const stream = messages(connection)
  peer.sends({ n: 1 }, { n: 2 }, { n: 3 })
  await world.clock.advance(10)
  await stream.next()
  await stream.return()
  await peer.receives({ n: 1, isRead: true })
  await peer.receives({ n: 2, isRead: false })
  await peer.receives({ n: 3, isRead: false })
})

it('a message that the app finishes after the link has ended is acknowledged nowhere', async () => {
  const steps: (() => void)[] = []
  const peer = await connect(() => new Promise<void>((resolve) => steps.push(resolve)))
  peer.sends({ n: 1 })
  await world.clock.advance(10)
  peer.drops()
  const next = await world.server.peer()
  steps[0]?.()
  await next.receivesNothing(1_000)
  next.sends({ n: 2 })
  await world.clock.advance(10)
  steps[1]?.()
  await next.receives({ ack: 2 })
})

it('a message that an interceptor takes is acknowledged at once, and once', async () => {
  const peer = await connect(() => {})
  connection.intercept(({ n }) => n === 1)
  peer.sends({ n: 1 }, { n: 2 })
  await peer.receives({ ack: 1 })
  await peer.receives({ ack: 2 })
  await peer.receivesNothing(1_000)
})

it('an acknowledgement that throws is a problem, and the next message comes', async () => {
  const problems: string[] = []
  const got: unknown[] = []
  const receive: ClientProtocol<Message, Message>['receive'] = () => ({
    app: true,
    taken: () => {
      throw new TypeError('no')
    },
  })
  const peer = await connect((message) => got.push(message['n']), { receive })
  connection.on('problem', ({ what }) => problems.push(what))
  peer.sends({ n: 1 }, { n: 2 })
  await world.clock.advance(10)
  expect(got).toEqual([1, 2])
  expect(problems).toEqual(['taken threw', 'taken threw'])
})

it('acknowledgements that ask for it leave in the order of arrival, whichever of several readers is done first', async () => {
  let acks = new InOrder()
  const opening = connect(undefined, {
    receive: ({ n }, context) => ({ app: true, taken: acks.next(() => context.send({ ack: n })) }),
  })
  const topics = new Subscriptions<Message, Message, string>(connection, {
    begin: (topic) => ({ sub: topic }),
    of: (message, open) =>
      [...open].filter(([, topic]) => topic === message['topic']).map(([id]) => ({ id, item: message })),
  })
  const [slow, quick] = [topics.open('slow'), topics.open('quick')]
  const peer = await opening
  await peer.receives({ sub: 'slow' })
  await peer.receives({ sub: 'quick' })
  peer.sends({ n: 1, topic: 'slow' }, { n: 2, topic: 'quick' }, { n: 3, topic: 'quick' })
  await world.clock.advance(10)
  await quick.next()
  void quick.next()
  void quick.next()
  await peer.receivesNothing(1_000)
  await slow.next()
  void slow.next()
  for (const ack of [1, 2, 3]) await peer.receives({ ack })

  // What an earlier link brought does not hold up what a later one brings, with one for each.
  connection.on('link', () => {
    acks = new InOrder()
  })
  peer.sends({ n: 4, topic: 'slow' })
  await world.clock.advance(10)
  peer.drops()
  const next = await world.server.peer()
  await next.receives({ sub: 'slow' })
  await next.receives({ sub: 'quick' })
  next.sends({ n: 5, topic: 'quick' })
  await world.clock.advance(10)
  // The gap went to who waited already.
  for (const _ of ['the message', 'what comes next']) void quick.next()
  await next.receives({ ack: 5 })
})
