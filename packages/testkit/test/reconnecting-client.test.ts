import type { Clock, Transport } from '@holdfast/contract'
import { leakGuard, scriptedServer, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'

/** The code under test: says hello on every link, and dials again two seconds after each end. */
function stayConnected(transport: Transport, clock: Clock, signal: AbortSignal): void {
  const again = () => {
    if (signal.aborted) return
    const timer = clock.after(2000, dial)
    signal.addEventListener('abort', () => timer.cancel(), { once: true })
  }
  const dial = () => {
    transport.open({ url: 'ws://server/' }, { signal }).then((channel) => {
      signal.addEventListener('abort', () => channel.close(1000), { once: true })
      channel.start({ frame: () => {}, closed: again })
      channel.send(JSON.stringify({ type: 'hello' }))
    }, again)
  }
  dial()
}

it('a reconnecting client comes back after a drop, a refusal and a dead server', async () => {
  const clock = new VirtualClock({ trackOrigins: true })
  const network = simulatedNetwork({ clock, conditions: { latencyMs: 30 } })
  const server = scriptedServer({ network, clock })
  const user = new AbortController()
  stayConnected(network.transport, clock, user.signal)

  const first = await server.peer()
  await first.receives({ type: 'hello' })
  first.drops()
  await server.refuses({ status: 503 })

  const second = await server.peer()
  await second.receives({ type: 'hello' })
  network.restart(10_000)
  const restarted = clock.now()
  const third = await server.peer()
  await third.receives({ type: 'hello' })
  expect(clock.now() - restarted).toBeLessThan(10_000 + 2000 + 200)

  user.abort()
  expect(await third.ends()).toMatchObject({ code: 1000, clean: true })
  server.close()
  await clock.advance(100)
  leakGuard({ clock, network }).noLeaks()
})
