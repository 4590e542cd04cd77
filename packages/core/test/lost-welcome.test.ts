import { scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { type ClientProtocol, Connection, jsonText, type WebSocketFrame } from '../src/index.ts'

interface Welcome {
  readonly epoch: string
  readonly resumed: boolean
  readonly received: number
}

const protocol: ClientProtocol<Welcome, object, WebSocketFrame, WebSocketFrame, Welcome> = {
  name: 'test',
  codec: jsonText<Welcome, object>(),
  delivery: { byDefault: 'ordered', stamp: (message, mark) => ({ ...message, ...mark }) },
  handshake: async (link) => {
    const welcome = await link.next()
    link.step('resume')
    return welcome
  },
}

it('a client does not treat a history as known whose welcome was lost with its link', async () => {
  const clock = new VirtualClock()
  const network = simulatedNetwork({ clock })
  const server = scriptedServer({ network, clock })
  const connection = new Connection({
    transport: network.transport,
    target: 'ws://server/',
    clock,
    random: seededRandom(1),
    protocol,
  })
  connection.connect()
  const first = await server.peer()
  first.sends({ epoch: 'one', resumed: false, received: 0 })
  await clock.runUntil(() => connection.state === 'open', 1_000)
  const sent = connection.send({ n: 1 })
  await first.receives({ n: 1, seq: 1 })
  first.drops()
  await clock.runUntil(() => connection.state === 'waiting', 1_000)
  const waits = connection.send({ n: 2 })

  // The welcome and the end arrive together: the client answers neither, and the server has begun a new history.
  const second = await server.peer()
  second.sends({ epoch: 'two', resumed: false, received: 0 })
  second.drops()
  const third = await server.peer()
  third.sends({ epoch: 'two', resumed: true, received: 0 })
  await third.receives({ n: 2, seq: 1 })

  expect(connection.status).toMatchObject({ state: 'open', epoch: 'two', resumed: false })
  expect([sent.state, waits.state]).toEqual(['inDoubt', 'written'])
  const closed = connection.close({ flushMs: 0 })
  await clock.advance(1_000)
  await closed
})
