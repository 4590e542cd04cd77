import { NEARNESS, type WakeSignal, type WakeSignals } from '@holdfast/core/contract'
import { expect, it } from 'vitest'
import { eventsOf, nextOf } from './events-of.ts'
import { World } from './world.ts'

it('a LinkWebSocket closes when its link ends, and dials no other', async () => {
  await using world = new World()
  const socket = world.oneLink()
  const events = eventsOf(socket)
  await world.clock.advance(100)
  world.network.reset()
  await world.clock.advance(600_000)
  expect([socket.readyState, events, world.dialed.length]).toEqual([3, ['open', 'error', 'close 1006 lost'], 1])
})

it('a LinkWebSocket keeps what is sent before it is open, within its bound', async () => {
  await using world = new World()
  const socket = world.oneLink({ maxQueuedBytes: 4 + 2 * 256 })
  const events = eventsOf(socket)
  socket.send('1')
  socket.send('234')
  socket.send('5')
  expect(socket.bufferedAmount).toBe(4)
  await world.clock.advance(100)
  expect([world.received, events]).toEqual([
    ['1', '234'],
    ['rejected 5', 'open'],
  ])
})

it('a LinkWebSocket keeps no flood of empty messages, though they have no bytes', async () => {
  await using world = new World()
  const socket = world.oneLink({ maxQueuedBytes: 1_024 })
  const events = eventsOf(socket)
  for (let n = 0; n < 5; n += 1) socket.send('')
  await world.clock.settle()
  expect(events).toEqual(['rejected '])
  const behindBlob = world.oneLink({ maxQueuedBytes: 1_024 })
  const toldBehind = eventsOf(behindBlob)
  behindBlob.send(new Blob(['a']))
  for (let n = 0; n < 4; n += 1) behindBlob.send('')
  await world.clock.settle()
  expect(toldBehind).toEqual(['rejected ', 'rejected '])
})

it('a LinkWebSocket says what a refused dial leaves unsent, and why', async () => {
  await using world = new World()
  world.refuses = 403
  const socket = world.oneLink()
  const events = eventsOf(socket)
  const failed = nextOf(socket, 'error')
  socket.send('hello')
  await world.clock.advance(100)
  expect(events).toEqual(['error', 'close 1006 lost', 'rejected hello'])
  expect((await failed).error).toMatchObject({ details: { status: 403 } })
})

it('a LinkWebSocket gives a dial up in time', async () => {
  await using world = new World()
  world.network.dials('hang')
  const socket = world.oneLink({ connectionTimeout: 4_000 })
  const events = eventsOf(socket)
  await world.clock.advance(3_999)
  expect(events).toEqual([])
  await world.clock.advance(1)
  expect([events, socket.readyState]).toEqual([['error', 'close 1006 lost'], 3])
})

it('a LinkWebSocket notices a dead link, as a ReconnectingWebSocket does', async () => {
  await using world = new World()
  const socket = world.oneLink()
  const events = eventsOf(socket)
  await world.clock.advance(1_000)
  world.network.blackHole('both')
  await world.clock.advance(45_000)
  expect([events, socket.readyState]).toEqual([['open', 'error', 'close 1006 lost'], 3])
})

it('a LinkWebSocket without pings gives up a link that is silent after a change of network, and keeps one that is not', async () => {
  const listeners: ((signal: WakeSignal) => void)[] = []
  const signals: WakeSignals = {
    online: true,
    visible: true,
    nearness: NEARNESS,
    subscribe: (listener) => {
      listeners.push(listener)
      return () => listeners.splice(listeners.indexOf(listener), 1)
    },
  }
  await using world = new World()
  const silent = world.oneLink({ pings: false, signals })
  const speaking = world.oneLink({ pings: false, signals })
  await world.clock.advance(100)
  for (const listener of listeners) listener('online')
  await world.clock.advance(1_000)
  world.channels[1]?.send('still here')
  await world.clock.advance(3_000)
  expect([silent.readyState, speaking.readyState, listeners.length]).toEqual([3, 1, 1])
})

it('a LinkWebSocket reports how the server closed', async () => {
  await using world = new World()
  const socket = world.oneLink()
  const closed = nextOf(socket, 'close')
  await world.clock.advance(100)
  world.channels[0]?.close(4403, 'Forbidden')
  await world.clock.advance(100)
  expect(await closed).toMatchObject({ code: 4403, reason: 'Forbidden', wasClean: true })
})
