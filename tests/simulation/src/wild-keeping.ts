import {
  type ClientProtocol,
  type Codec,
  type Delivery,
  type HandshakeLink,
  jsonText,
  type Transport,
  transportPing,
} from '@holdfast/core'
import { doubtAfterSleep } from '@holdfast/core/contract'
import type { Message } from './small-world.ts'
import type { Scenario } from './wild-case.ts'

/** What a queue keeps by default, and what a message counts beside its own bytes. */
const QUEUE_BYTES = 8_388_608
const MESSAGE_BYTES = 256

/** A burst of small messages in an outage: bytes are the bound, not how many they are. */
const manySmall: Scenario = async (wild) => {
  let came = 0
  const heard = (): void => {
    came += 1
  }
  const world = wild.begin({ latencyMs: 5, heard })
  const connection = world.connection()
  const isTooMuch = wild.seed % 10 === 0
  const count = isTooMuch ? 40_000 : world.random.integer(1_001, 6_000)
  const sent = Array.from({ length: count }, (_, n) => connection.send({ n }))
  const { queued, queuedBytes } = connection.metrics
  wild.holds(queuedBytes + queued * MESSAGE_BYTES <= QUEUE_BYTES, `${queued} messages of ${queuedBytes} bytes wait`)
  wild.holds(queued === count || isTooMuch, `${count - queued} of ${count} small messages are refused`)
  void connection.connect()
  await world.clock.advance(20_000)
  const acked = sent.filter(({ state }) => state === 'acked').length
  wild.holds(came === queued && acked === queued, `${came} of ${queued} came, ${acked} are acknowledged`)
  await wild.passing(connection.close())
}

/** A server that knows each sender by the last number it has of it, or has forgotten it and says so. */
const busySession: Scenario = async (wild) => {
  const done = new Map<string, number>()
  let highest = 0
  let isDeaf = true
  let isForgotten = false
  const world = wild.begin({
    latencyMs: 5,
    heard: (channel, message) => {
      if (message['hello'] !== undefined) {
        return channel.send(JSON.stringify({ welcome: true, forgotten: isForgotten, known: highest }))
      }
      const n = Number(message['n'])
      const command = String(message['command'])
      if (isForgotten || n > highest) done.set(command, (done.get(command) ?? 0) + 1)
      highest = Math.max(highest, n)
      // The answer is lost with the link.
      if (!isDeaf) channel.send(JSON.stringify({ acked: message['id'] }))
    },
  })
  const protocol: ClientProtocol<Message, Message> = {
    name: 'numbered commands',
    codec: jsonText<Message, Message>(),
    liveness: transportPing(),
    delivery: {
      byDefault: 'ordered',
      numbers: 'sender',
      stamp: (message, { id, seq, settledThrough }) => ({ ...message, id, n: seq, done: settledThrough }),
    },
    handshake: async (link) => {
      link.send({ hello: true })
      const welcome = await link.next((message) => message['welcome'] === true)
      return { resumed: true, forgotten: welcome['forgotten'] === true }
    },
    receive: (message, context) => {
      const acked = message['acked']
      if (typeof acked !== 'string') return false
      context.acked({ ids: [acked] })
      return true
    },
  }
  const connection = world.connection({ protocol })
  void connection.connect()
  await world.clock.advance(1_000)
  const sent: Delivery[] = []
  for (let more = world.random.integer(1, 5); more > 0; more -= 1) sent.push(connection.send({ command: `c${more}` }))
  await world.clock.advance(50)
  // Others have said much meanwhile, and now and then more than the server keeps.
  isForgotten = world.random.chance(0.4)
  isDeaf = false
  world.network.reset()
  for (let more = world.random.integer(0, 3); more > 0; more -= 1)
    sent.push(connection.send({ command: `later${more}` }))
  await world.clock.advance(20_000)
  for (const [command, times] of done) wild.holds(times === 1, `command ${command} has run ${times} times`)
  for (const { state } of sent) wild.holds(state === 'acked' || (state === 'inDoubt' && isForgotten), `one is ${state}`)
  await wild.passing(connection.close())
}

/** A handler that waits for what comes behind its own message: it is told of, or there is room for two. */
const waitsForLater: Scenario = async (wild) => {
  const world = wild.begin({ latencyMs: 5 })
  const concurrency = world.random.pick([1, 2, Number.POSITIVE_INFINITY])
  const patienceMs = world.random.integer(31_000, 90_000)
  const begun: number[] = []
  const problems: string[] = []
  let later: (() => void) | undefined
  const connection = world.connection({
    concurrency,
    onMessage: (message) => {
      begun.push(Number(message['n']))
      if (message['n'] === 1) return void later?.()
      if (message['n'] !== 0) return undefined
      return new Promise<void>((done) => {
        later = done
        world.clock.after(patienceMs, done)
      })
    },
  })
  connection.on('problem', ({ what }) => problems.push(what))
  void connection.connect()
  await world.clock.advance(1_000)
  const count = world.random.integer(2, 40)
  for (let n = 0; n < count; n += 1) world.channels.at(-1)?.send(JSON.stringify({ n }))
  await world.clock.advance(30_500)
  const isHeldUp = concurrency === 1
  const isTold = problems.some((what) => what.includes('has been at work'))
  wild.holds(isTold === isHeldUp, isHeldUp ? 'nobody is told of the handler' : 'a handler is told of that is done')
  wild.holds(begun.length === (isHeldUp ? 1 : count), `${begun.length} of ${count} messages are begun`)
  wild.holds(connection.state === 'open' && world.drops.length === 0, `the link is ${connection.state}`)
  await world.clock.advance(patienceMs)
  wild.holds(
    begun.length === count && begun.every((n, at) => n === at),
    `${begun.length} of ${count} messages are begun at the end, or in another order`,
  )
  await wild.passing(connection.close())
}

/** A server that wants a credential, and is told at once that there is none. */
const noCredential: Scenario = async (wild) => {
  const world = wild.begin({
    latencyMs: 5,
    heard: (channel, message) => channel.send(JSON.stringify({ welcome: message['token'] === 'right' })),
    serve: (channel, clock) => {
      if (!hasToken) channel.close(3000, 'no credential came')
      else clock.after(5_000, () => channel.terminate())
    },
  })
  const hasToken = world.random.chance(0.5)
  const connection = world.connection({
    credentials: () => (hasToken ? { firstFrame: { token: 'right' } } : {}),
    target: hasToken ? 'ws://server/' : 'ws://server/?auth=none',
    protocol: {
      name: 'greeted',
      codec: jsonText<Message>(),
      // With a credential in its first frame a protocol needs no talk before it is usable.
      ...(hasToken ? {} : { handshake: async (link: HandshakeLink<Message, unknown>) => void (await link.next()) }),
    },
  })
  const got: Message[] = []
  connection.intercept((message) => got.push(message) < 0)
  let refusal: unknown
  void connection.connect().catch((error: unknown) => {
    refusal = error
  })
  await world.clock.advance(1_000)
  const code = refusal instanceof Error && 'code' in refusal ? refusal.code : undefined
  if (hasToken) wild.holds(got[0]?.['welcome'] === true, `its credential is shown: ${JSON.stringify(got)}`)
  else wild.holds(code === 'connection/credentials_refused', `it is told at once: ${String(code)}`)
  await world.clock.advance(60_000)
  if (!hasToken) wild.holds(world.dials.length <= 2, `it was dialed ${world.dials.length} times`)
  await wild.passing(connection.close())
}

/** The codec of a wire that has texts alone. */
const TEXT: Codec<Message, unknown, string, string> = {
  encode: (message) => JSON.stringify(message),
  decode: (frame) => ({ ok: true, message: JSON.parse(frame) }),
}

/** An event stream whose ids move with events, without them, and back to nothing. */
const idsOfEvents: Scenario = async (wild) => {
  const world = wild.begin()
  const asked: string[] = []
  let cursor = ''
  let expected = ''
  let say: ((id: string | undefined, text: string | undefined) => void) | undefined
  let cut: (() => void) | undefined
  const traits = { binary: false, ping: false, pause: true, requestHeaders: true }
  const transport: Transport<string, string> = {
    name: 'events',
    traits,
    liveness: doubtAfterSleep(),
    open: (target) => {
      asked.push(target.headers?.['last-event-id'] ?? '')
      return Promise.resolve({
        traits,
        opening: { protocol: '' },
        bufferedBytes: 0,
        start: (sink) => {
          say = (id, text) => {
            if (id !== undefined) sink.cursor?.(id)
            if (text !== undefined) sink.frame(text)
          }
          cut = () => sink.closed({ code: undefined, reason: '', clean: false })
        },
        send: () => {},
        ping: () => {},
        pause: () => {},
        resume: () => {},
        drained: () => Promise.resolve(),
        close: () => {},
        terminate: () => {},
      })
    },
  }
  const connection = world.connectionOver(transport, {
    target: () => ({ url: 'http://server/', headers: cursor === '' ? {} : { 'last-event-id': cursor } }),
    protocol: {
      name: 'events',
      codec: TEXT,
      cursor: (id) => {
        cursor = id
      },
    },
  })
  void connection.connect()
  await world.clock.advance(100)
  for (let turn = 0; turn < 20; turn += 1) {
    const id = world.random.pick([undefined, `e${turn}`, `e${turn}`, ''])
    say?.(id, world.random.chance(0.6) ? '{"n":1}' : undefined)
    if (id !== undefined) expected = id
    if (!world.random.chance(0.4)) continue
    const gone = say
    cut?.()
    // What a stream says that is over does not move anything.
    gone?.('late', undefined)
    await world.clock.advance(60_000)
    wild.holds(asked.at(-1) === expected, `it goes on behind "${asked.at(-1)}", not "${expected}"`)
  }
  await wild.passing(connection.close())
}

export const keeping: Readonly<Record<string, Scenario>> = {
  manySmall,
  busySession,
  waitsForLater,
  noCredential,
  idsOfEvents,
}
