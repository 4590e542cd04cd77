import { NEARNESS, type WakeSignal, type WakeSignals } from '@holdfast/core/contract'
import { expect, it } from 'vitest'
import type { SocketWire } from '../src/index.ts'
import { eventsOf } from './events-of.ts'
import { World } from './world.ts'

it('a message sent while disconnected arrives in order, before what the open handler sends', async () => {
  await using world = new World()
  const socket = world.staying()
  const events = eventsOf(socket)
  socket.send('1')
  socket.send('2')
  socket.addEventListener('open', () => socket.send('from open'))
  await world.clock.advance(1_000)
  world.network.reset()
  await world.clock.settle()
  expect(socket.readyState).toBe(0)
  socket.send('3')
  expect(socket.bufferedAmount).toBe(1)
  await world.clock.advance(5_000)
  expect(world.received).toEqual(['1', '2', 'from open', '3', 'from open'])
  expect(socket.bufferedAmount).toBe(0)
  expect(events).toEqual(['open', 'error', 'close 1006 lost', 'open'])
})

it('a ReconnectingWebSocket says what was written and not confirmed when the link was lost, and never sends it twice', async () => {
  await using world = new World()
  const socket = world.staying()
  const events = eventsOf(socket)
  await world.clock.advance(10)
  socket.send('proven')
  await world.clock.advance(1_000)
  world.network.blackHole('both')
  socket.send('lost')
  const lost = socket.deliver('asked')
  await world.clock.advance(10)
  world.network.heal('reset')
  await world.clock.advance(5_000)
  await expect(lost).rejects.toMatchObject({ code: 'delivery/in_doubt' })
  expect(events).toEqual(['open', 'error', 'close 1006 lost', 'inDoubt lost', 'inDoubt asked', 'open'])
  expect(world.received).toEqual(['proven'])
})

it('a ReconnectingWebSocket writes what is not confirmed again where it is asked to', async () => {
  await using world = new World()
  const socket = world.staying({ delivery: 'retry' })
  await world.clock.advance(10)
  world.network.blackHole('both')
  const delivered = socket.deliver('again')
  await world.clock.advance(10)
  world.network.heal('reset')
  await world.clock.advance(5_000)
  expect([await delivered, world.received]).toEqual(['acked', ['again']])
})

it('a ReconnectingWebSocket keeps what waits within its bounds, and says what did not fit', async () => {
  await using world = new World()
  const socket = world.staying({ maxQueuedBytes: 2_000, startClosed: true })
  const events = eventsOf(socket)
  for (let n = 0; n < 4; n += 1) socket.send(`${n}`.repeat(500))
  await world.clock.settle()
  expect(events.map((text) => text.slice(0, 10))).toEqual(['rejected 2', 'rejected 3'])
  const few = world.staying({ maxEnqueuedMessages: 1, startClosed: true })
  const toldFew = eventsOf(few)
  few.send('kept')
  const refused = few.deliver('refused')
  await expect(refused).rejects.toMatchObject({ code: 'websocket/queue_full' })
  expect(toldFew).toEqual(['rejected refused'])
  few.reconnect()
  await world.clock.advance(1_000)
  for (let n = 0; n < 5; n += 1) few.send(`open ${n}`)
  await world.clock.advance(1_000)
  expect(world.received).toEqual(['kept', 'open 0', 'open 1', 'open 2', 'open 3', 'open 4'])
})

it('a ReconnectingWebSocket gives back what waits', async () => {
  await using world = new World()
  const socket = world.staying({ startClosed: true })
  const events = eventsOf(socket)
  socket.send('a')
  socket.send('b')
  expect([socket.drainQueuedMessages(), socket.drainQueuedMessages(), socket.bufferedAmount]).toEqual([
    ['a', 'b'],
    [],
    0,
  ])
  socket.reconnect()
  await world.clock.advance(100)
  expect([events, world.received]).toEqual([['open'], []])
})

it('a ReconnectingWebSocket asks for address and subprotocols before every dial, and waits for them', async () => {
  await using world = new World()
  let n = 0
  const later = <T>(value: T): Promise<T> => new Promise((resolve) => world.clock.after(50, () => resolve(value)))
  const url = () => {
    n += 1
    return later(`http://server.example/${n}`)
  }
  const socket = world.staying({}, url, () => later([`v${n}`]))
  expect([socket.url, socket.readyState]).toEqual(['', 0])
  await world.clock.advance(200)
  expect([socket.url, socket.protocol]).toEqual(['ws://server.example/1', 'v1'])
  world.network.reset()
  await world.clock.advance(2_000)
  expect(world.dialed.map(({ url: dialed, protocols }) => [dialed, protocols])).toEqual([
    ['ws://server.example/1', ['v1']],
    ['ws://server.example/2', ['v2']],
  ])
})

it('a ReconnectingWebSocket asks again for an address that could not be had', async () => {
  await using world = new World()
  let n = 0
  const socket = world.staying({}, async () => {
    n += 1
    if (n === 1) throw new Error('not yet')
    return 'ws://server.example/'
  })
  const events = eventsOf(socket)
  await world.clock.advance(2_000)
  expect(events).toEqual(['error', 'close 1006 lost', 'open'])
})

it('a ReconnectingWebSocket fires error and close for every failed dial, and dials for ever', async () => {
  await using world = new World()
  world.refuses = 404
  const socket = world.staying()
  const events = eventsOf(socket)
  const errors: string[] = []
  socket.addEventListener('error', ({ message }) => errors.push(message ?? ''))
  await world.clock.advance(3_600_000)
  expect(socket.readyState).toBe(0)
  expect(events.length).toBe(2 * world.dialed.length)
  expect(world.dialed.length).toBeGreaterThan(100)
  expect(new Set(events)).toEqual(new Set(['error', 'close 1006 lost']))
  expect(errors[0]).toContain('404')
  world.refuses = undefined
  await world.clock.advance(600_000)
  expect(socket.readyState).toBe(1)
})

it('a ReconnectingWebSocket ends where the server itself refuses, and says why', async () => {
  await using world = new World()
  const socket = world.staying()
  const events = eventsOf(socket)
  let reason = ''
  socket.addEventListener('close', (event) => {
    reason = event.reason
  })
  await world.clock.advance(100)
  world.channels[0]?.close(1008, 'not you')
  await world.clock.advance(60_000)
  expect([socket.readyState, reason, events, world.dialed.length]).toEqual([3, 'not you', ['open', 'close 1008'], 1])
  socket.reconnect()
  await world.clock.advance(1_000)
  expect(socket.readyState).toBe(1)
})

it('a ReconnectingWebSocket ends where a protocol error comes twice in one outage', async () => {
  await using world = new World()
  const socket = world.staying()
  world.answer = (_frame, channel) => channel.close(1002, 'not so')
  socket.addEventListener('open', () => socket.send('odd'))
  const events = eventsOf(socket)
  await world.clock.advance(60_000)
  expect([socket.readyState, world.dialed.length]).toEqual([3, 2])
  expect(events.filter((text) => text.startsWith('close'))).toEqual(['close 1002', 'close 1002'])
})

it('a ReconnectingWebSocket heeds maxRetries, and counts retries', async () => {
  await using world = new World()
  world.refuses = 503
  const socket = world.staying({ maxRetries: 2, minReconnectionDelay: 100, maxReconnectionDelay: 150 })
  const counts: number[] = []
  socket.addEventListener('error', () => counts.push(socket.retryCount))
  await world.clock.advance(60_000)
  expect([socket.readyState, socket.shouldReconnect, world.dialed.length]).toEqual([3, false, 3])
  const [first = 0, second = 0, third = 0] = world.dialed.map(({ atMs }) => atMs)
  expect([second - first, third - second].every((ms) => ms >= 100 && ms <= 10_000)).toBe(true)
})

it('a ReconnectingWebSocket waits as the delays of the peers say', async () => {
  await using world = new World()
  world.refuses = 404
  world.staying({ minReconnectionDelay: 1_000, maxReconnectionDelay: 3_000, reconnectionDelayGrowFactor: 2 })
  await world.clock.advance(12_000)
  const pauses = world.dialed.slice(1).map(({ atMs }, index) => atMs - (world.dialed[index]?.atMs ?? 0))
  expect(pauses.slice(0, 4)).toEqual([1_000, 2_000, 3_000, 3_000])
})

it('a ReconnectingWebSocket asks whether to dial again', async () => {
  await using world = new World()
  const asked: number[] = []
  const socket = world.staying({
    shouldReconnectOnClose: ({ code }) => {
      asked.push(code)
      return code !== 4000
    },
  })
  await world.clock.advance(100)
  world.channels[0]?.close(4001)
  await world.clock.advance(5_000)
  world.channels[1]?.close(4000)
  await world.clock.advance(60_000)
  expect([asked, socket.readyState, world.dialed.length]).toEqual([[4001, 4000], 3, 2])
})

it('a ReconnectingWebSocket starts closed where it is asked to, and opens again after a close', async () => {
  await using world = new World()
  const socket = world.staying({ startClosed: true })
  const events = eventsOf(socket)
  await world.clock.advance(1_000)
  expect([socket.readyState, world.dialed.length]).toEqual([3, 0])
  socket.reconnect()
  expect(socket.readyState).toBe(0)
  await world.clock.advance(1_000)
  socket.reconnect()
  await world.clock.advance(1_000)
  socket.close()
  socket.reconnect()
  await world.clock.advance(5_000)
  expect([socket.readyState, events]).toEqual([1, ['open', 'close 1000', 'open', 'close 1000', 'open']])
  expect(world.network.openChannels).toBe(2)
})

it('a ReconnectingWebSocket notices a dead link, and one that only a sleep makes doubtful', async () => {
  await using world = new World()
  const socket = world.staying()
  const events = eventsOf(socket)
  await world.clock.advance(20_000)
  world.network.blackHole('both')
  await world.clock.advance(30_000)
  world.network.heal('reset')
  await world.clock.advance(60_000)
  expect(events.slice(0, 3)).toEqual(['open', 'error', 'close 1006 lost'])
  expect(events.at(-1)).toBe('open')

  let emitSignal: (signal: WakeSignal) => void = () => {}
  const signals: WakeSignals = {
    online: true,
    visible: true,
    nearness: NEARNESS,
    subscribe: (listener) => {
      emitSignal = listener
      return () => {}
    },
  }
  const page = world.staying({ pings: false, signals })
  const pageEvents = eventsOf(page)
  await world.clock.advance(1_000)
  emitSignal('online')
  await world.clock.advance(5_000)
  // A successor took over: for the program that is another link.
  expect(pageEvents).toEqual(['open', 'error', 'close 1006 lost', 'open'])
  page.close()
  await world.clock.advance(1_000)
  expect([pageEvents.at(-1), world.network.openChannels]).toEqual(['close 1000', 2])
})

/** Numbers, acknowledgements and a resume around the program's own text. */
function exactWire(): SocketWire {
  let position = 0
  const split = (frame: unknown): [string, string] => {
    const [, kind = '', rest = ''] = /^(\w+):(.*)$/s.exec(String(frame)) ?? []
    return [kind, rest]
  }
  return {
    name: 'exact',
    codec: { decode: (frame) => ({ ok: true, message: frame }), encode: (message) => message },
    delivery: { byDefault: 'ordered', stamp: (message, { seq }) => `m${seq}:${message}` },
    async handshake(link) {
      link.send(`resume:${position}`)
      const hello = await link.next()
      return { resumed: true, epoch: 'one', received: Number(split(hello)[1]) }
    },
    receive(frame, context) {
      const [kind, rest] = split(frame)
      if (kind === 'ack') context.acked({ through: Number(rest) })
      else position += 1
      return kind === 'ack'
    },
  }
}

it('a ReconnectingWebSocket loses and doubles nothing where the peer resumes', async () => {
  await using world = new World()
  const held: string[] = []
  world.answer = (frame, channel) => {
    const [, kind = '', rest = ''] = /^([a-z]+\d*):(.*)$/.exec(String(frame)) ?? []
    if (kind === 'resume') return channel.send(`hello:${held.length}`)
    held.push(rest)
    if (held.length % 3 === 0) channel.send(`ack:${held.length}`)
  }
  const socket = world.staying({ wire: exactWire() })
  const events = eventsOf(socket)
  const sent: string[] = []
  for (let n = 0; n < 300; n += 1) {
    sent.push(`${n}`)
    socket.send(`${n}`)
    if (n % 30 === 10) world.network.reset()
    if (n % 30 === 20) world.network.blackHole('toClient')
    if (n % 30 === 25) world.network.heal('reset')
    await world.clock.advance(700)
  }
  await world.clock.advance(120_000)
  expect(held).toEqual(sent)
  expect(events.filter((text) => /^(inDoubt|rejected|dropped)/.test(text))).toEqual([])
  expect(events.filter((text) => text === 'open').length).toBeGreaterThan(15)
})

it('a ReconnectingWebSocket delivers what came during a handshake, behind open', async () => {
  await using world = new World()
  world.answer = (_frame, channel) => {
    for (const text of ['early', 'hello', 'soon']) channel.send(text)
  }
  const wire: SocketWire = {
    async handshake(link) {
      link.send('hi')
      await link.next((frame) => frame === 'hello')
      return undefined
    },
  }
  const events = eventsOf(world.staying({ wire }))
  await world.clock.advance(1_000)
  expect(events).toEqual(['open', 'message early', 'message soon'])
})

it('a ReconnectingWebSocket writes what its handshake says before what waited, on every link', async () => {
  await using world = new World()
  const got: unknown[] = []
  world.answer = (frame) => void got.push(frame)
  const socket = world.staying({
    wire: {
      async handshake(link) {
        link.send('login')
        return undefined
      },
    },
  })
  socket.send('one')
  await world.clock.advance(1_000)
  world.network.restart(1_000)
  await world.clock.advance(100)
  socket.send('two')
  await world.clock.advance(10_000)
  expect(got).toEqual(['login', 'one', 'login', 'two'])
})

it('a ReconnectingWebSocket leaves nothing behind when it is closed in any state', async () => {
  await using world = new World()
  world.staying().close()
  const waiting = world.staying()
  await world.clock.advance(10)
  world.network.restart(60_000)
  await world.clock.advance(5_000)
  waiting.close()
  await using disposed = world.staying()
  disposed.send('x')
  await world.clock.advance(100)
})

it('a ReconnectingWebSocket looks like one link to its end if that is asked for', async () => {
  await using world = new World()
  const socket = world.staying({ seamless: true, maxRetries: 1 })
  const events = eventsOf(socket)
  await world.clock.advance(1_000)
  world.network.reset()
  await world.clock.settle()
  socket.send('while away')
  expect([socket.readyState, events]).toEqual([1, ['open']])
  await world.clock.advance(10_000)
  expect([world.received, world.dialed.length, events]).toEqual([['while away'], 2, ['open']])
  world.refuses = 404
  world.network.reset()
  await world.clock.advance(60_000)
  expect([socket.readyState, events]).toEqual([3, ['open', 'error', 'close 1006 lost']])
})
