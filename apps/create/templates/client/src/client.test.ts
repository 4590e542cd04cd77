import { leakGuard, type ScriptedPeer, scriptedServer, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createClient } from './client.ts'

/** A network in memory, on a clock that stands still until something is waited for. */
function world() {
  const clock = new VirtualClock({ trackOrigins: true })
  const network = simulatedNetwork({ clock, conditions: { latencyMs: 30 } })
  const server = scriptedServer({ network, clock, withinMs: 7_200_000 })
  const news: string[] = []
  const onNews = (text: string): void => void news.push(text)
  const client = createClient({
    transport: network.transport,
    clock,
    url: 'ws://server/',
    token: async () => 'secret',
    onNews,
  })
  const loggedIn = async () => {
    const peer = await server.peer()
    await peer.receives({ op: 'auth', token: 'secret' })
    peer.sends({ op: 'hello' })
    return peer
  }
  const end = async () => {
    await clock.passing(client.connection.close())
    server.close()
    await clock.advance(100)
    leakGuard({ clock, network }).noLeaks()
  }
  return { clock, network, server, client, news, loggedIn, end }
}

/** The next question; heartbeats on the way are answered. */
async function question(peer: ScriptedPeer): Promise<{ readonly id: unknown }> {
  for (;;) {
    const message = await peer.receives({})
    if (typeof message === 'object' && message !== null && 'id' in message) return message
    peer.sends({ op: 'beat' })
  }
}

it('a question is carried over a drop, under the same id, and answered once', async () => {
  const { clock, client, loggedIn, end } = world()
  void client.connection.connect()
  const first = await loggedIn()
  const answer = client.ask('total')
  const asked = await question(first)
  expect(asked).toMatchObject({ op: 'ask', what: 'total' })
  first.drops()

  const second = await loggedIn()
  expect(await question(second)).toEqual(asked)
  second.sends({ op: 'answer', id: asked.id, value: 42 })
  expect(await clock.passing(answer)).toBe(42)
  await end()
})

it('the client is back after an hour without a server, and hears what comes then', async () => {
  const { clock, network, client, news, loggedIn, end } = world()
  void client.connection.connect()
  await loggedIn()
  network.restart(3_600_000)
  const peer = await loggedIn()
  peer.sends({ op: 'news', text: 'it is back' })
  await clock.advance(100)
  expect(news).toEqual(['it is back'])
  await end()
})

it('a token that is refused is not tried again: the client waits for another one', async () => {
  const { clock, client, server, end } = world()
  const connecting = client.connection.connect().catch((error: unknown) => error)
  const peer = await server.peer()
  await peer.receives({ op: 'auth' })
  peer.sends({ op: 'denied' })
  expect(await clock.passing(connecting)).toBeInstanceOf(Error)
  expect(client.connection.state).toBe('authRequired')
  await end()
})
