import { type ClientProtocol, type Delivery, jsonText, transportPing } from '@holdfast/core'
import type { Message } from './small-world.ts'
import type { Scenario } from './wild-case.ts'

/** Ids on messages, and acknowledgements by `{ acked: [id] }`. */
function acknowledged(more: Partial<ClientProtocol<Message, Message>> = {}): ClientProtocol<Message, Message> {
  return {
    name: 'acknowledged',
    codec: jsonText<Message, Message>(),
    liveness: transportPing(),
    delivery: { byDefault: 'retry', marksAgain: true, stamp: (message, { id, again }) => ({ ...message, id, again }) },
    handshake: async () => ({ resumed: true }),
    receive: (message, context) => {
      const acked = message['acked']
      if (typeof acked !== 'string') return false
      context.acked({ ids: [acked] })
      return true
    },
    ...more,
  }
}

/** The peer has told how much it takes, and hangs up on more. */
const limits: Scenario = async (wild) => {
  const world = wild.begin({
    latencyMs: 5,
    heard: (channel, message) => {
      if (JSON.stringify(message).length > maxMessageBytes) return channel.close(1009, 'too large')
      if (message['id'] !== undefined) channel.send(JSON.stringify({ acked: message['id'] }))
    },
  })
  const maxMessageBytes = world.random.integer(500, 5_000)
  const connection = world.connection({
    protocol: acknowledged({ handshake: async () => ({ resumed: true, maxMessageBytes }) }),
  })
  const deliveries: Delivery[] = []
  void connection.connect()
  for (let turn = 0; turn < 20; turn += 1) {
    const text = world.random.pick(['x', 'é']).repeat(world.random.pick([10, 10, maxMessageBytes, maxMessageBytes * 2]))
    deliveries.push(connection.send({ text }))
    await world.clock.advance(world.random.integer(0, 300))
  }
  await world.clock.advance(10_000)
  wild.holds(world.drops.length === 0, `it lost its link: ${world.drops.join(', ')}`)
  for (const { state, error } of deliveries)
    wild.holds(state === 'acked' || error?.code === 'delivery/too_large', `a message is ${state}: ${error?.code}`)
  await wild.passing(connection.close())
}

/** A server that takes what comes and drops, for minutes: nothing is given up for that, and a repetition says so. */
const acceptsAndDrops: Scenario = async (wild) => {
  let well = false
  const got = new Map<string, number>()
  const world = wild.begin({
    latencyMs: 5,
    heard: (channel, message) => {
      const id = String(message['id'])
      const times = (got.get(id) ?? 0) + 1
      got.set(id, times)
      // The first may have been lost on its way, but who got it once must be told that this is a repetition.
      wild.holds(times === 1 || message['again'] === true, `message ${id} comes again and does not say so`)
      if (well) channel.send(JSON.stringify({ acked: id }))
      else if (world.random.chance(0.5)) channel.terminate()
      else channel.close(world.random.pick([1001, 1011, 1012]), '')
    },
  })
  const connection = world.connection({ protocol: acknowledged() })
  void connection.connect()
  const deliveries = [1, 2, 3].map((n) => connection.send({ n }))
  await world.clock.advance(world.random.integer(60_000, 300_000))
  for (const { state } of deliveries) wild.holds(state === 'queued' || state === 'written', `a message is ${state}`)
  well = true
  await world.clock.advance(60_000)
  for (const { state, error } of deliveries) wild.holds(state === 'acked', `a message is ${state}: ${error?.code}`)
  await wild.passing(connection.close())
}

/** What is sent by the callback that tells of the connection is written. */
const saidAtOpen: Scenario = async (wild) => {
  const got: number[] = []
  const world = wild.begin({
    latencyMs: 5,
    heard: (_channel, message) => void got.push(Number(message['n'])),
  })
  const said: number[] = []
  const connection = world.connection({
    onStatus: ({ state }, previous) => {
      if (state !== 'open' || previous.state === 'open') return
      for (const delivery of ['volatile', 'once', 'volatile'] as const) {
        said.push(said.length)
        connection.send({ n: said.length - 1 }, { delivery })
      }
    },
  })
  void connection.connect()
  for (let turn = world.random.integer(1, 4); turn > 0; turn -= 1) {
    await world.clock.advance(world.random.integer(2_000, 20_000))
    if (turn > 1) world.network.reset()
  }
  await world.clock.advance(2_000)
  wild.holds(
    JSON.stringify(got) === JSON.stringify(said),
    `${got.length} of ${said.length} messages of the callback came`,
  )
  await wild.passing(connection.close())
}

export const sending: Readonly<Record<string, Scenario>> = { limits, acceptsAndDrops, saidAtOpen }
