import { scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, expect, it } from 'vitest'
import { type ClientProtocol, Connection, jsonText } from '../src/index.ts'

const clock = new VirtualClock()
const network = simulatedNetwork({ clock })
const server = scriptedServer({ network, clock })

afterEach(async () => {
  await clock.advance(10_000)
  expect(clock.pending).toBe(0)
  expect(network.openChannels).toBe(0)
})

async function open(protocol?: ClientProtocol<unknown, unknown>) {
  const got: unknown[] = []
  const connection = new Connection<unknown>({
    transport: network.transport,
    target: 'ws://server/',
    clock,
    random: seededRandom(1),
    protocol,
    onMessage: (message) => {
      got.push(message)
      if (message === 'throw') throw new TypeError('a callback of the app')
    },
  })
  const told: string[] = []
  connection.on('invalid', ({ issue }) => told.push(issue))
  connection.on('problem', ({ what }) => told.push(what))
  connection.connect()
  const peer = await server.peer()
  await clock.runUntil(() => connection.state === 'open', 1_000)
  return { connection, peer, got, told }
}

it('a connection reports and counts what cannot be read, and lives on', async () => {
  const { connection, peer, got, told } = await open()
  peer.sendsFrame('{', new Uint8Array(3))
  peer.sends(null, 'text', { n: 1 })
  await clock.advance(10)
  expect(got).toEqual([null, 'text', { n: 1 }])
  expect(told).toEqual(['not valid JSON', 'expected a text frame, got binary'])
  expect(connection.metrics.invalidFrames).toBe(2)
  expect(connection.state).toBe('open')
  await connection.close()
})

it('a connection survives a codec and a callback that throw', async () => {
  const codec = jsonText()
  const { connection, peer, got, told } = await open({
    name: 'throwing',
    codec: {
      encode: codec.encode,
      decode: (frame) => {
        if (frame === '"bad"') throw new RangeError('a codec of the app')
        return codec.decode(frame)
      },
    },
  })
  peer.sends('bad', 'throw', 'after')
  await clock.advance(10)
  expect(got).toEqual(['throw', 'after'])
  expect(told).toEqual(['the codec threw', 'the codec threw', 'onMessage threw'])
  expect(connection.state).toBe('open')
  await connection.close()
})

it('a connection keeps its account of bad frames bounded', async () => {
  const { connection, peer } = await open()
  for (let n = 0; n < 1_000; n += 1) peer.sendsFrame('{')
  await clock.advance(100)
  expect(connection.metrics.invalidFrames).toBe(1_000)
  expect(connection.history.length).toBeLessThanOrEqual(256)
  await connection.close()
})
