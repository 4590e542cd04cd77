import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Transport } from '@holdfast/core'
import type { Channel, ChannelSink } from '@holdfast/core/contract'

/**
 * What the engine of one build costs, without sockets: run in a process of its own by `engine-pairs`, which gives the
 * folder of the build and what to measure, and reads one number from standard output.
 */
type Core = Pick<typeof import('@holdfast/core'), 'Connection' | 'transportPing'>

const [folder = '', what = ''] = process.argv.slice(2)
const { Connection, transportPing }: Core = await import(
  pathToFileURL(resolve(folder, 'packages/core/dist/index.js')).href
)

const TURN = 1_000
const TURNS = 1_000
const CONNECTIONS = 4_000

/** A link that is open at once and hands the engine's end to its caller. */
function link(opened: (sink: ChannelSink<string>) => void): Transport<string, string> {
  const traits = { binary: false, ping: true, pause: true, requestHeaders: true }
  return {
    name: 'none',
    traits,
    liveness: transportPing(),
    open: () => {
      let sink: ChannelSink<string> | undefined
      const channel: Channel<string, string> = {
        traits,
        opening: { protocol: '' },
        bufferedBytes: 0,
        start: (end) => {
          sink = end
          opened(end)
        },
        send: () => {},
        ping: () => queueMicrotask(() => sink?.pong?.()),
        pause: () => {},
        resume: () => {},
        drained: () => Promise.resolve(),
        close: () => {},
        terminate: () => {},
      }
      return Promise.resolve(channel)
    },
  }
}

/** What is measured is the engine: messages are what is on the wire. */
const codec = {
  encode: (message: string) => message,
  decode: (frame: string) => ({ ok: true, message: frame }) as const,
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

// Said aloud: what is watched by default has not always been the same.
const protocol = { name: 'text', codec, liveness: transportPing() }

function connectionTo(transport: Transport<string, string>, onMessage?: (message: string) => void) {
  return new Connection<string, string, string, string>({
    transport,
    target: 'ws://127.0.0.1/',
    protocol,
    onMessage,
  })
}

/** Processor time of each of many turns of messages, in nanoseconds a message. */
async function cpuOf(messages: () => void): Promise<number> {
  for (let warm = 0; warm < TURNS / 3; warm += 1) {
    messages()
    await turn()
  }
  const before = process.cpuUsage()
  for (let n = 0; n < TURNS; n += 1) {
    messages()
    // What was asked of the peer in this turn is answered in the next.
    await turn()
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / (TURN * TURNS)
}

async function inbound(): Promise<number> {
  let sink: ChannelSink<string> | undefined
  let got = 0
  const transport = link((end) => {
    sink = end
  })
  const connection = connectionTo(transport, () => {
    got += 1
  })
  await connection.connect()
  const each = await cpuOf(() => {
    for (let n = 0; n < TURN; n += 1) sink?.frame('a message of the peer')
  })
  if (got === 0) throw new Error('nothing came')
  return each
}

async function outbound(): Promise<number> {
  const connection = connectionTo(link(() => {}))
  await connection.connect()
  return cpuOf(() => {
    for (let n = 0; n < TURN; n += 1) connection.send('a message of ours')
  })
}

/** Heap of one of many, in bytes. */
async function heapOf(make: () => Promise<unknown>, settleMs: number): Promise<number> {
  const held = [await make()]
  globalThis.gc?.()
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < CONNECTIONS; n += 1) held.push(await make())
  await new Promise((done) => setTimeout(done, settleMs))
  globalThis.gc?.()
  globalThis.gc?.()
  const each = (process.memoryUsage().heapUsed - before) / CONNECTIONS
  if (held.length !== CONNECTIONS + 1) throw new Error('some are gone')
  return each
}

/** What a hub says most often, with its number: parsed, checked, and given to the app. */
const BROADCAST = JSON.stringify({
  type: 'broadcast',
  event: 'message_update',
  data: { agent: 'writer', taskId: 'task-1', delta: 'a few words of an answer, ' },
  category: 'message',
  sessionId: 'session-1',
  timestamp: 1_700_000_000_000,
  seq: 1_234,
  prev: 1_233,
  anchor: '5f3a9c01',
})

async function hubCodec(): Promise<typeof import('@holdfast/protocol/hub')['hubClientCodec']> {
  const url = pathToFileURL(resolve(folder, 'packages/protocol/dist/hub/index.js')).href
  const { hubClientCodec }: typeof import('@holdfast/protocol/hub') = await import(url)
  return hubClientCodec
}

async function decode(): Promise<number> {
  const hub = await hubCodec()
  let fitting = 0
  const each = await cpuOf(() => {
    for (let n = 0; n < TURN; n += 1) if (hub.decode(BROADCAST).ok) fitting += 1
  })
  if (fitting === 0) throw new Error('nothing fits')
  return each
}

async function validated(): Promise<number> {
  const codec = await hubCodec()
  let sink: ChannelSink<string> | undefined
  let got = 0
  const connection = new Connection({
    transport: link((end) => {
      sink = end
    }),
    target: 'ws://127.0.0.1/',
    protocol: { name: 'hub', codec, liveness: transportPing() },
    onMessage: () => {
      got += 1
    },
  })
  await connection.connect()
  const each = await cpuOf(() => {
    for (let n = 0; n < TURN; n += 1) sink?.frame(BROADCAST)
  })
  if (got === 0) throw new Error('nothing came')
  return each
}

const transport = link(() => {})
const MEASURES: Readonly<Record<string, () => Promise<number>>> = {
  inbound,
  outbound,
  decode,
  validated,
  object: () => heapOf(async () => connectionTo(transport), 0),
  idle: () => {
    // Idle is what it is after the first ten seconds, when a connection counts as stable.
    return heapOf(async () => {
      const connection = connectionTo(transport, () => {})
      await connection.connect()
      return connection
    }, 10_500)
  },
}

process.stdout.write(String(await MEASURES[what]?.()))
process.exit(0)
