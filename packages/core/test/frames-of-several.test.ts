import { scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lines, type StreamCodec } from '../src/codecs/index.ts'
import { type Codec, Connection, messages, type WebSocketFrame } from '../src/index.ts'

let clock: VirtualClock
let network: ReturnType<typeof simulatedNetwork>
let server: ReturnType<typeof scriptedServer>
let connection: Connection<string, string>
let decoded: number

beforeEach(() => {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock })
  server = scriptedServer({ network, clock })
  decoded = 0
  connection = new Connection<string, string>({
    transport: network.transport,
    target: 'ws://server/',
    clock,
    random: seededRandom(1),
    protocol: { name: 'lines', codec: counted(lines()) },
  })
})

afterEach(async () => {
  await clock.passing(connection.close({ flushMs: 0 }))
  server.close()
})

/** Counts the messages that were decoded. */
function counted(codec: StreamCodec<string, string>): Codec<string, string, WebSocketFrame, WebSocketFrame> {
  return {
    ...codec,
    reader: (taker) =>
      codec.reader?.({
        get isPaused() {
          return taker.isPaused
        },
        threw: (error) => taker.threw(error),
        decoded: (one, bytes) => {
          decoded += 1
          taker.decoded(one, bytes)
        },
      }) ?? { frame: () => {}, readOn: () => {} },
  }
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n}`)

it('the messages of one frame wait in it while the app does not read, and come in order when it does', async () => {
  const reading = messages(connection, { maxCount: 4 })
  connection.connect()
  const peer = await server.peer()
  peer.sendsFrame(`${numbered(1_000).join('\n')}\n`)
  peer.sendsFrame('the next frame\n')
  await clock.advance(100)
  expect(decoded).toBeLessThan(10)
  const got: string[] = []
  for await (const message of reading) {
    got.push(message)
    if (message === 'the next frame') break
  }
  expect(got).toEqual([...numbered(1_000), 'the next frame'])
})

it('the messages of the last frame are not lost when the link ends while the app does not read', async () => {
  const reading = messages(connection, { maxCount: 4 })
  connection.connect()
  const peer = await server.peer()
  peer.sendsFrame(`${numbered(1_000).join('\n')}\n`)
  await clock.advance(100)
  peer.drops()
  await clock.advance(100)
  const got: string[] = []
  for await (const message of reading) {
    got.push(message)
    if (got.length === 1_000) break
  }
  expect(got).toEqual(numbered(1_000))
})
