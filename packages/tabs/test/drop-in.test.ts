import { Connection, type SseEvent, type WebSocketFrame } from '@holdfast/core'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { ReconnectingEventSource, ReconnectingWebSocket } from '@holdfast/websocket'
import { expect, it } from 'vitest'
import { eventsSharedByTabs, serveSocketTabs, serveTabs, socketSharedByTabs, type WorkerLike } from '../src/index.ts'
import { eventsSharedByWorker, socketSharedByWorker } from '../src/worker-page.ts'
import { Origin, type Page } from './support/origin.ts'
import { type ServerLink, ServerLinks } from './support/server-links.ts'
import { sharedWorkerOf } from './support/worker-port.ts'

function world() {
  const clock = new VirtualClock()
  const origin = new Origin(clock)
  const live = new Set<ServerLink>()
  const got: string[] = []
  const links = new ServerLinks(() => 2, {
    opened: (link) => live.add(link),
    came: (_link, frame) => void got.push(frame),
    left: (link) => live.delete(link),
  })
  const say = (text: string): void => {
    for (const link of live) link.send(text)
  }
  return { clock, origin, links, got, say, random: seededRandom(1) }
}

const FRAMES = {
  decode: (frame: WebSocketFrame) => ({ ok: true as const, message: frame }),
  encode: (frame: WebSocketFrame) => frame,
}

it('a ReconnectingWebSocket of each tab has every frame of one link, and goes on when the tab that leads is closed', async () => {
  const { clock, origin, links, got, say, random } = world()
  const tab = () => {
    const page = origin.page()
    const events: string[] = []
    const connect = () =>
      new Connection({
        ...{ transport: links.transportOf(page), target: 'ws://server/', clock: page.clock, random },
        protocol: { name: 'frames', codec: FRAMES },
      })
    const socket = new ReconnectingWebSocket('ws://server/', [], {
      ...socketSharedByTabs({ name: 'frames', ...page.surroundings, connect }),
      ...{ clock: page.clock, random },
    })
    socket.onopen = () => void events.push('open')
    socket.onclose = () => void events.push('close')
    socket.onmessage = ({ data }) => void events.push(String(data))
    socket.send(`early ${events.length}`)
    return { page, socket, events }
  }
  const tabs = [tab(), tab(), tab()]
  await clock.advance(1_000)
  expect([links.dials, got]).toEqual([1, ['early 0', 'early 0', 'early 0']])
  say('one')
  await clock.advance(100)
  for (const { events } of tabs) expect(events).toEqual(['open', 'one'])
  const host = origin.holder('frames host')
  host?.goes()
  await clock.advance(1_000)
  say('two')
  const left = tabs.filter(({ page }) => page !== host)
  left[0]?.socket.send('after')
  await clock.advance(100)
  for (const { events } of left) expect(events).toEqual(['open', 'one', 'close', 'open', 'two'])
  expect([links.count, got.slice(3)]).toEqual([1, ['after']])
})

it('a ReconnectingEventSource of each tab has every event of one stream, and its last id', async () => {
  const { clock, origin, links, say, random } = world()
  const asEvent = (frame: WebSocketFrame): SseEvent => JSON.parse(String(frame))
  const connectIn = (page: Page) => () =>
    new Connection<SseEvent, never>({
      ...{ transport: links.transportOf(page), target: 'ws://server/', clock: page.clock, random },
      protocol: {
        name: 'events',
        codec: { decode: (frame) => ({ ok: true, message: asEvent(frame) }), encode: () => [] },
      },
    })
  const tab = () => {
    const page = origin.page()
    const events: string[] = []
    const source = new ReconnectingEventSource('http://server/', {
      ...eventsSharedByTabs({ name: 'events', ...page.surroundings, connect: connectIn(page) }),
      ...{ clock: page.clock, random },
    })
    source.onmessage = ({ data, lastEventId }) => void events.push(`${lastEventId} ${data}`)
    source.addEventListener('price', ({ data }) => void events.push(`price ${data}`))
    return { page, source, events }
  }
  const tabs = [tab(), tab()]
  await clock.advance(1_000)
  say(JSON.stringify({ event: 'message', data: 'one', id: '1' }))
  say(JSON.stringify({ event: 'price', data: '7', id: '2' }))
  await clock.advance(100)
  for (const { events, source } of tabs)
    expect([events, source.lastEventId, source.readyState]).toEqual([['1 one', 'price 7'], '2', 1])
  const host = origin.holder('events host')
  host?.goes()
  await clock.advance(1_000)
  say(JSON.stringify({ event: 'message', data: 'two', id: '3' }))
  await clock.advance(100)
  for (const { page, events } of tabs) if (page !== host) expect(events).toEqual(['1 one', 'price 7', '3 two'])
  expect(links.count).toBe(1)
})

it('drop-ins of pages that cannot lead share the link of a worker', async () => {
  const { clock, origin, links, got, say, random } = world()
  const place = origin.page()
  const worker: WorkerLike = { onconnect: null }
  const connect = () =>
    new Connection({
      ...{ transport: links.transportOf(place), target: 'ws://server/', clock: place.clock, random },
      protocol: { name: 'frames', codec: FRAMES },
    })
  serveSocketTabs({ name: 'frames', ...place.surroundings, connect }, worker)
  const tabs = [1, 2, 3].map((n) => {
    const page = origin.page()
    const events: string[] = []
    const socket = new ReconnectingWebSocket('ws://server/', [], {
      ...socketSharedByWorker({
        ...{ name: 'frames', ...page.surroundings },
        worker: () => sharedWorkerOf(worker, place, page),
      }),
      ...{ clock: page.clock, random },
    })
    socket.onmessage = ({ data }) => void events.push(String(data))
    socket.send(`early ${n}`)
    return events
  })
  await clock.advance(1_000)
  say('one')
  await clock.advance(100)
  expect([links.dials, got.sort(), tabs]).toEqual([1, ['early 1', 'early 2', 'early 3'], [['one'], ['one'], ['one']]])
})

it('event sources of pages that cannot lead share the stream of a worker', async () => {
  const { clock, origin, links, say, random } = world()
  const place = origin.page()
  const worker: WorkerLike = { onconnect: null }
  const connect = () =>
    new Connection<SseEvent, never>({
      ...{ transport: links.transportOf(place), target: 'ws://server/', clock: place.clock, random },
      protocol: {
        name: 'events',
        codec: { decode: (frame) => ({ ok: true, message: JSON.parse(String(frame)) }), encode: () => [] },
      },
    })
  serveTabs<SseEvent, never>({ name: 'events', ...place.surroundings, connect }, worker)
  const tabs = [1, 2].map(() => {
    const page = origin.page()
    const events: string[] = []
    const source = new ReconnectingEventSource('http://server/', {
      ...eventsSharedByWorker({
        ...{ name: 'events', ...page.surroundings },
        worker: () => sharedWorkerOf(worker, place, page),
      }),
      ...{ clock: page.clock, random },
    })
    source.onmessage = ({ data, lastEventId }) => void events.push(`${lastEventId} ${data}`)
    return events
  })
  await clock.advance(1_000)
  say(JSON.stringify({ event: 'message', data: 'one', id: '1' }))
  await clock.advance(100)
  expect([links.dials, tabs]).toEqual([1, [['1 one'], ['1 one']]])
})
