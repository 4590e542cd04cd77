import { leakGuard, scriptedServer, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { say } from './surroundings.mjs'

const clock = new VirtualClock({ trackOrigins: true })
const network = simulatedNetwork({ clock, conditions: { latencyMs: 30 } })
const server = scriptedServer({ network, clock })
network.transport.open({ url: 'ws://server/' }, { signal: new AbortController().signal }).then((channel) => {
  channel.start({ frame: () => channel.close(1000), closed: () => {} })
  channel.send(JSON.stringify({ type: 'hello' }))
})
const peer = await server.peer()
await peer.receives({ type: 'hello' })
peer.sends({ type: 'welcome' })
const { code } = await peer.ends()
server.close()
await clock.advance(100)
leakGuard({ clock, network }).noLeaks()
say(code)
