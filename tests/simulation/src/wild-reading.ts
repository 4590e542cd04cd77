import { type ClientProtocol, items, jsonText, Requests, transportPing } from '@holdfast/core'
import { ReaderAudit } from '@holdfast/testkit'
import type { Message, SmallWorld } from './small-world.ts'
import type { Scenario, Wild } from './wild-case.ts'

/** What waits where nobody reads. */
const ROOM = 1_000

/** A server that numbers what it says and continues behind what its client has, a client that says how far it is. */
function numbered(wild: Wild): {
  readonly world: SmallWorld
  readonly audit: ReaderAudit
  readonly protocol: ClientProtocol<Message, unknown>
  readonly say: (count: number) => void
} {
  const audit = new ReaderAudit({ room: ROOM })
  let said = 0
  let greeted: { send(frame: string): void } | undefined
  const world = wild.begin({
    latencyMs: 20,
    serve: (channel) => {
      greeted = undefined
      void channel
    },
    heard: (channel, message) => {
      if (message['ask'] !== undefined) return channel.send(JSON.stringify({ answer: message['ask'] }))
      if (message['hello'] === undefined) return
      channel.send('{"welcome":true}')
      for (let n = Number(message['hello']) + 1; n <= said; n += 1) channel.send(JSON.stringify({ n }))
      greeted = channel
    },
  })
  const protocol: ClientProtocol<Message, unknown> = {
    name: 'numbered',
    codec: jsonText<Message>(),
    liveness: transportPing(),
    handshake: async (link) => {
      link.send({ hello: audit.count })
      await link.next((message) => message['welcome'] === true)
      return { resumed: true }
    },
    receive: (message) => {
      if (message['n'] !== undefined) audit.came(Number(message['n']))
      return false
    },
    taken: (message) => {
      if (message['n'] !== undefined) audit.taken(Number(message['n']))
    },
  }
  const say = (count: number): void => {
    for (let more = count; more > 0; more -= 1) {
      said += 1
      greeted?.send(JSON.stringify({ n: said }))
    }
  }
  return { world, audit, protocol, say }
}

/** The server speaks in bursts, and now and then the link breaks. */
async function talk(world: SmallWorld, say: (count: number) => void, most: number): Promise<void> {
  for (let burst = world.random.integer(3, 9); burst > 0; burst -= 1) {
    say(world.random.integer(1, most))
    await world.clock.advance(world.random.integer(0, 1_500))
    if (world.random.chance(0.25)) world.network.reset()
  }
  await world.clock.advance(5_000)
}

function finish(wild: Wild, audit: ReaderAudit): void {
  audit.finished()
  for (const violation of audit.violations()) wild.holds(false, violation)
}

/** Everything begins when the app is ready for it: seconds after `connect()`, or after an overflow. */
const lateReader: Scenario = async (wild) => {
  const { world, audit, protocol, say } = numbered(wild)
  const connection = world.connection({ protocol })
  void connection.connect()
  await world.clock.advance(1_000)
  await talk(world, say, wild.seed % 3 === 0 ? 600 : 60)
  wild.tell(`a reader comes after ${audit.count} messages`)
  const dawdles = world.random.chance(0.5)
  const read = (async () => {
    for await (const item of items(connection)) {
      if (item.type === 'message') audit.read(Number(item.message['n']))
      else audit.gap(item.gap.count ?? 0)
      if (dawdles) await new Promise<void>((done) => world.clock.after(1, done))
    }
  })()
  await talk(world, say, 60)
  await world.clock.advance(20_000)
  wild.holds(connection.unread === 0 || dawdles, `${connection.unread} messages are unread`)
  await wild.passing(connection.close())
  await world.clock.advance(1_000)
  await read
  finish(wild, audit)
}

/** A client that only sends is never held up, and its server is told how far it is. */
const nobodyReads: Scenario = async (wild) => {
  const { world, audit, protocol, say } = numbered(wild)
  const connection = world.connection({ protocol })
  void connection.connect()
  await world.clock.advance(1_000)
  await talk(world, say, 900)
  const sent = connection.send({ only: 'sends' }, { delivery: 'retry' })
  await world.clock.advance(30_000)
  wild.holds(sent.state === 'acked', `what it sends is ${sent.state}`)
  wild.holds(connection.unread <= ROOM, `${connection.unread} messages are kept for nobody`)
  await wild.passing(connection.close())
  for (const violation of audit.violations()) wild.holds(false, violation)
}

/** Slow, rejecting, asking: one after the other, each message once, and nothing else waits for them. */
const asyncHandler: Scenario = async (wild) => {
  const { world, audit, protocol, say } = numbered(wild)
  const problems: string[] = []
  let running = 0
  const handle = async (message: Message): Promise<void> => {
    running += 1
    wild.holds(running === 1, `${running} messages are handled at once`)
    audit.read(Number(message['n']))
    try {
      if (world.random.chance(0.2)) await requests.ask((ask) => ({ ask }), { onDrop: 'carry', delivery: 'retry' })
      else await new Promise<void>((done) => world.clock.after(world.random.integer(0, 60), done))
      if (world.random.chance(0.1)) throw new Error('rejected by the app')
    } finally {
      running -= 1
    }
  }
  const connection = world.connection({ protocol, onMessage: handle })
  connection.on('problem', ({ what }) => problems.push(what))
  const requests = new Requests(connection, {
    answers: (message) => (message['answer'] === undefined ? undefined : String(message['answer'])),
    clock: world.clock,
    instance: 'ask',
  })
  void connection.connect()
  await world.clock.advance(1_000)
  await talk(world, say, 60)
  await world.clock.advance(60_000)
  wild.holds(
    problems.every((what) => !what.includes('unhandled')),
    'a rejection is unhandled',
  )
  await wild.passing(connection.close())
  requests.dispose()
  finish(wild, audit)
}

/** A handler that never ends is told of; the link, acknowledgements and answers go on. */
const endlessHandler: Scenario = async (wild) => {
  const { world, protocol, say } = numbered(wild)
  const problems: string[] = []
  const connection = world.connection({ protocol, onMessage: () => new Promise<void>(() => {}) })
  connection.on('problem', ({ what }) => problems.push(what))
  void connection.connect()
  await world.clock.advance(1_000)
  say(world.random.integer(2, 50))
  await world.clock.advance(29_000)
  const sent = connection.send({ in: 'between' }, { delivery: 'retry' })
  await world.clock.advance(61_000)
  wild.holds(
    problems.some((what) => what.includes('has been at work')),
    'nobody is told of the handler',
  )
  wild.holds(sent.state === 'acked', `what is sent meanwhile is ${sent.state}`)
  wild.holds(connection.state === 'open' && world.drops.length === 0, `the link is ${connection.state}`)
  await wild.passing(connection.close())
  wild.holds(connection.state === 'closed', 'close() does not end it')
}

/** A handshake reads what it waits for, however much lies before and behind, and takes its time. */
const busyHandshake: Scenario = async (wild) => {
  const got: number[] = []
  const before = new Set<number>()
  const padding = 'x'.repeat(wild.seed % 4 === 0 ? 2_000 : 10)
  let total = 0
  const world = wild.begin({
    latencyMs: 5,
    serve: (channel) => {
      const most = padding.length > 1_000 ? 500 : 300
      const welcomeAt = world.random.integer(0, most)
      for (let n = 0; n < most * 2; n += 1) {
        if (n === welcomeAt) channel.send('{"welcome":true}')
        if (n < welcomeAt) before.add(n)
        channel.send(JSON.stringify({ n, padding }))
      }
      total = most * 2
    },
  })
  const pauseMs = world.random.integer(0, 3_000)
  const connection = world.connection({
    protocol: {
      name: 'busy',
      codec: jsonText<Message>(),
      handshake: async (link) => {
        if (world.random.chance(0.5)) await link.peek()
        await link.next((message) => message['welcome'] === true)
        await new Promise<void>((done) => world.clock.after(pauseMs, done))
        return undefined
      },
    },
    onMessage: (message) => void got.push(Number(message['n'])),
  })
  void connection.connect()
  await world.clock.advance(15_000)
  wild.holds(connection.state === 'open', `it is ${connection.state}`)
  wild.holds(got.length === total, `${got.length} of ${total} messages came, ${before.size} before the one that counts`)
  wild.holds(
    got.every((n, at) => n === at),
    'the order is another one',
  )
  await wild.passing(connection.close())
}

export const reading: Readonly<Record<string, Scenario>> = {
  lateReader,
  nobodyReads,
  asyncHandler,
  endlessHandler,
  busyHandshake,
}
