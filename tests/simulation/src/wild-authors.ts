import { type ClientProtocol, jsonText, messages, transportPing, type WebSocketFrame } from '@holdfast/core'
import { Subscriptions } from '@holdfast/core/subscriptions'
import type { Message } from './small-world.ts'
import type { Scenario } from './wild-case.ts'

/** What one link of the server heard, in order. */
interface Heard {
  readonly begun: string[]
  hasCommand: boolean
  isLate: boolean
}

type Send = { send(frame: string): void }

/**
 * Subscriptions over a network that cuts, at a server that pings before it welcomes and that continues where it was asked to:
 * each is begun once on a link and before the queue, and its stream has every number once, or a gap in its place.
 */
const subscriptions: Scenario = async (wild) => {
  const { holds } = { holds: wild.holds.bind(wild) }
  const hasPositions = wild.seed % 2 === 0
  const links: Heard[] = []
  const said = new Map<string, number>()
  const live = new Map<string, Send>()
  let heard: Heard = { begun: [], hasCommand: false, isLate: false }
  const tell = (channel: Send, message: object): void => channel.send(JSON.stringify(message))
  const world = wild.begin({
    latencyMs: 20,
    serve: (channel) => {
      live.clear()
      heard = { begun: [], hasCommand: false, isLate: false }
      links.push(heard)
      tell(channel, { ping: true })
    },
    heard: (channel, { pong, command, sub, topic, after }) => {
      if (pong === true) tell(channel, { welcome: true })
      if (command !== undefined) heard.hasCommand = true
      if (sub === undefined) return
      heard.begun.push(String(sub))
      heard.isLate ||= heard.hasCommand && topic === 'first'
      live.set(String(topic), channel)
      const last = said.get(String(topic)) ?? 0
      for (let n = Number(after ?? last) + 1; n <= last; n += 1) tell(channel, { topic, n })
    },
  })
  const protocol: ClientProtocol<Message, Message> = {
    name: 'topics',
    codec: jsonText<Message, Message>(),
    liveness: transportPing(),
    pong: ({ ping }) => (ping === true ? { pong: true } : undefined),
    handshake: async (link) => {
      await link.next(({ welcome }) => welcome === true, 'a welcome')
      return undefined
    },
  }
  const connection = world.connection<Message>({ protocol, deadlines: { handshakeMs: 2_000 } })
  const topics = new Subscriptions<Message, Message, string, number, number>(connection, {
    begin: (topic, { id, position }) => ({ sub: id, topic, after: hasPositions ? (position ?? 0) : undefined }),
    of: ({ topic, n }, open) => {
      if (topic === undefined) return undefined
      return [...open].flatMap(([id, wanted]) => (wanted === topic ? [{ id, item: Number(n) }] : []))
    },
    position: (n) => (hasPositions ? n : undefined),
  })
  const read = (topic: string): { expected: number; hasGap: boolean } => {
    const progress = { expected: 1, hasGap: !hasPositions }
    const run = async (): Promise<void> => {
      for await (const one of topics.open(topic)) {
        if (one.type === 'gap') progress.hasGap = true
        else {
          const isNext = one.message === progress.expected || (progress.hasGap && one.message > progress.expected)
          holds(isNext, `${topic} came to ${one.message} where ${progress.expected} was next, and no gap`)
          progress.hasGap = false
          progress.expected = one.message + 1
        }
      }
    }
    run().catch((error: unknown) => holds(false, `${topic} ended with ${String(error)}`))
    return progress
  }
  const readers = new Map([['first', read('first')]])
  void connection.connect().catch(() => {})
  connection.on('open', () => connection.send({ command: 'told' }, { delivery: 'volatile' }))
  for (let turn = 0; turn < 40; turn += 1) {
    await world.clock.advance(world.random.integer(10, 400))
    if (world.random.chance(0.15)) world.network.reset()
    if (world.random.chance(0.1)) readers.set(`t${turn}`, read(`t${turn}`))
    if (world.random.chance(0.3)) connection.send({ command: turn }, { delivery: 'retry' })
    for (const topic of readers.keys()) {
      if (!world.random.chance(0.5)) continue
      said.set(topic, (said.get(topic) ?? 0) + 1)
      const channel = live.get(topic)
      if (channel !== undefined) tell(channel, { topic, n: said.get(topic) })
    }
  }
  await world.clock.advance(20_000)
  for (const [topic, { expected, hasGap }] of readers) {
    const last = said.get(topic) ?? 0
    holds(expected === last + 1 || (!hasPositions && hasGap), `${topic} has ${expected - 1} of ${last}`)
  }
  for (const [number, { begun, isLate }] of links.entries()) {
    holds(new Set(begun).size === begun.length, `link ${number} was asked twice: ${begun.join(' ')}`)
    holds(!isLate, `on link ${number} the queue came before a subscription`)
  }
  holds(connection.state === 'open', `it is ${connection.state}`)
  topics.dispose()
  await wild.passing(connection.close())
}

/** A server that forgets what is acknowledged: nothing is, before the loop that read it has asked for the next, on any link. */
const acknowledgesBehind: Scenario = async (wild) => {
  const acked = new Set<number>()
  let next = 1
  const world = wild.begin({
    latencyMs: 10,
    serve: (channel) => {
      for (let n = 1; n < next; n += 1) if (!acked.has(n)) channel.send(JSON.stringify({ n }))
    },
    heard: (_channel, { ack }) => {
      if (typeof ack !== 'number') return
      wild.holds(done.has(ack), `${ack} is acknowledged, and the app is not done with it`)
      acked.add(ack)
    },
  })
  const done = new Set<number>()
  const protocol: ClientProtocol<Message, Message, WebSocketFrame, WebSocketFrame> = {
    name: 'behind the app',
    codec: jsonText<Message, Message>(),
    liveness: transportPing(),
    receive: ({ n }, context) => ({ app: true, taken: () => context.send({ ack: n }) }),
  }
  const isLoop = wild.seed % 2 === 0
  const work = async ({ n }: Message): Promise<void> => {
    await new Promise<void>((resolve) => void world.clock.after(world.random.integer(0, 300), resolve))
    done.add(Number(n))
  }
  const connection = world.connection<Message>({ protocol, onMessage: isLoop ? undefined : work })
  if (isLoop) {
    const run = async (): Promise<void> => {
      for await (const message of messages(connection)) await work(message)
    }
    run().catch((error: unknown) => wild.holds(false, `the loop ended with ${String(error)}`))
  }
  void connection.connect().catch(() => {})
  for (let turn = 0; turn < 20; turn += 1) {
    await world.clock.advance(world.random.integer(10, 300))
    world.channels.at(-1)?.send(JSON.stringify({ n: next }))
    next += 1
    if (world.random.chance(0.15)) world.network.reset()
  }
  await world.clock.advance(60_000)
  wild.holds(acked.size === next - 1, `${acked.size} of ${next - 1} were acknowledged`)
  await wild.passing(connection.close())
}

export const authors: Readonly<Record<string, Scenario>> = { subscriptions, acknowledgesBehind }
