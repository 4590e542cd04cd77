import type { SseEvent, Transport } from '@holdfast/core'
import { seededRandom } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HubObserver, type HubObserverOptions, observeHub } from '../src/index.ts'
import { broadcast, Fixture } from './fixture.ts'

let hub: Fixture
let observers: HubObserver[]
beforeEach(() => {
  hub = new Fixture()
  observers = []
})
afterEach(async () => {
  for (const observer of observers) void observer.close()
  await hub.ends()
})

type Peer = Awaited<ReturnType<Fixture['accepts']>>

/** Events over the memory network: a frame is one event as JSON, or the id alone as a JSON string; a close with a number as reason is the stream's `retry:`. */
function events(): Transport<SseEvent, never> {
  const { transport } = hub.network
  return {
    name: 'events',
    traits: transport.traits,
    liveness: transport.liveness,
    async open(target, options) {
      const channel = await transport.open(target, options)
      return {
        ...{ traits: channel.traits, opening: channel.opening, bufferedBytes: 0 },
        start: (sink) =>
          channel.start({
            frame: (frame) => {
              const event = JSON.parse(String(frame)) as SseEvent | string
              if (typeof event !== 'string') sink.frame(event)
              sink.cursor?.(typeof event === 'string' ? event : event.id)
            },
            closed: ({ reason, clean }) =>
              sink.closed({ reason: '', clean, ...(reason === '' ? {} : { retryMs: Number(reason) }) }),
          }),
        send: () => {},
        drained: () => Promise.resolve(),
        pause: () => channel.pause(),
        resume: () => channel.resume(),
        ping: () => {},
        close: () => channel.terminate(),
        terminate: () => channel.terminate(),
      }
    },
  }
}

const options = (more: Partial<HubObserverOptions> = {}): HubObserverOptions => ({
  transport: events(),
  url: 'https://hub.example',
  sessionId: 's1',
  clock: hub.clock,
  random: seededRandom(1),
  retry: { limits: [{ max: 1_000, perMs: 60_000 }] },
  onMessage: ({ data }) => void hub.messages.push(data),
  onProblem: (problem) => void hub.errors.push(problem),
  onClosed: ({ error }) => void (error !== undefined && hub.errors.push(error)),
  ...more,
})

function observe(more: Partial<HubObserverOptions> = {}): HubObserver {
  const observer = new HubObserver(options(more))
  observers.push(observer)
  void observer.connect()
  return observer
}

/** Sends events; the id stays in force until another comes. */
function sender(peer: Peer, lastId = ''): (event: string, data: object | string, id?: string) => void {
  let inForce = lastId
  return (event, data, id) => {
    inForce = id ?? inForce
    peer.sends({ event, data: typeof data === 'string' ? data : JSON.stringify(data), id: inForce })
  }
}

const snapshot = (holdfast?: object): object => ({
  sessionId: 's1',
  label: 'l',
  status: 'running',
  createdAt: '2024-01-01T00:00:00Z',
  mode: 'tui',
  participants: [],
  taskCount: 0,
  agentActivity: {},
  ...(holdfast === undefined ? {} : { holdfast }),
})

const offer = (seq: number, more: object = {}): object => ({ v: 1, epoch: 'e1', seq, resumed: false, ...more })

describe('an observer over server-sent events (hub §6)', () => {
  it('asks where and as hub §6 says, and reports every kind of event', async () => {
    const told: unknown[] = []
    observe({
      token: 'k',
      orgId: 'o',
      subscribe: ['task', 'agent_*'],
      onHydration: ({ fresh }) => told.push(fresh.length),
    })
    const peer = await hub.server.peer()
    const url = new URL(peer.request.url)
    expect(url.pathname).toBe('/api/hub/session/s1/events')
    expect(Object.fromEntries(url.searchParams)).toEqual({ subscribe: 'task,agent_*', org_id: 'o', resume: '1' })
    expect(peer.request.headers).toEqual({ authorization: 'Bearer k' })
    const send = sender(peer)
    send('snapshot', snapshot())
    send('hydration', { sessionId: 's1', entries: [{ type: 'message', timestamp: 1, sequence: 1 }] })
    send('presence', { event: 'session_join', sessionId: 's1', timestamp: 1 })
    send('message', broadcast(1))
    send('strange', { type: 'from_the_future' })
    await hub.until(() => hub.messages.length === 5)
    expect(told).toEqual([1])
    expect(hub.messages).toMatchObject([
      { type: 'snapshot', label: 'l' },
      { type: 'hydration' },
      { type: 'presence', event: 'session_join' },
      { type: 'broadcast', event: 'task_start' },
      { type: 'from_the_future' },
    ])
    expect(hub.errors).toEqual([])
  })

  it('loses nothing across a drop where the hub keeps it, and nothing comes twice', async () => {
    const observer = observe()
    const peer = await hub.server.peer()
    const send = sender(peer)
    send('snapshot', snapshot(offer(3, { anchor: 'a' })))
    send('broadcast', broadcast(4, { seq: 4, anchor: 'b' }), 'e1.4.b')
    send('presence', { event: 'session_join', sessionId: 's1', timestamp: 1 })
    await hub.until(() => hub.messages.length === 3)
    expect(observer.position).toBe('e1.4.b')
    peer.drops()
    const next = await hub.server.peer()
    expect(next.request.headers['last-event-id']).toBe('e1.4.b')
    const again = sender(next)
    again('snapshot', snapshot(offer(4, { resumed: true })))
    again('broadcast', broadcast(4, { seq: 4 }), 'e1.4.b')
    again('broadcast', broadcast(5, { seq: 5 }), 'e1.5.c')
    again('live', { type: 'live', seq: 5, anchor: 'c' }, 'e1.5.c')
    await hub.until(() => hub.messages.length === 5)
    expect(hub.messages.slice(3)).toMatchObject([{ type: 'snapshot' }, { data: { n: 5 } }])
  })

  it('follows ids where the payload carries no numbers', async () => {
    observe()
    const send = sender(await hub.server.peer())
    send('snapshot', snapshot(offer(3)))
    send('broadcast', broadcast(4), 'e1.4.')
    send('broadcast', broadcast(4), 'e1.4.')
    send('broadcast', broadcast(5), 'e1.5.')
    await hub.until(() => hub.messages.length === 4)
    expect(hub.messages.slice(1)).toMatchObject([{ data: { n: 4 } }, { data: { n: 4 } }, { data: { n: 5 } }])
  })

  it('reports a gap of the hub in its place and what a reset lost', async () => {
    const stream = observeHub(options())
    const first = await hub.server.peer()
    const send = sender(first)
    send('snapshot', snapshot(offer(3)))
    send('gap', { type: 'gap', from: 4, to: 8, reason: 'retention' })
    send('hydration', { sessionId: 's1', entries: [], seq: 9 }, 'e1.9.')
    send('broadcast', broadcast(10, { seq: 10, prev: 9 }), 'e1.10.')
    const read: unknown[] = []
    for (let n = 0; n < 4; n += 1) read.push(await hub.settled(stream.next()))
    expect(read).toMatchObject([
      { value: { value: { event: 'snapshot' } } },
      { value: { value: { type: 'gap', from: 4, to: 8, reason: 'retention' } } },
      { value: { value: { event: 'hydration' } } },
      { value: { value: { data: { data: { n: 10 } } } } },
    ])
    first.drops()
    const next = sender(await hub.server.peer())
    next('snapshot', snapshot({ ...offer(2), epoch: 'e2', reset: { reason: 'epoch', lost: { from: 11 } } }))
    expect(await hub.settled(stream.next())).toMatchObject({
      value: { value: { type: 'gap', from: 11, reason: 'epoch' } },
    })
    await stream.return()
  })

  it('sends the last id of a hub that has ids of its own', async () => {
    observe()
    const peer = await hub.server.peer()
    sender(peer)('broadcast', broadcast(1), 'their-own-17')
    await hub.until(() => hub.messages.length === 1)
    peer.drops()
    expect((await hub.server.peer()).request.headers['last-event-id']).toBe('their-own-17')
  })
})

describe('hub §9.14', () => {
  it.each<[string, readonly (readonly [data: string, id: string] | string)[], string | undefined]>([
    ['a priming event without data', [['', 'prime-0']], 'prime-0'],
    ['an event that cannot be read', [['{', 'bad-1']], 'bad-1'],
    ['an id alone', [['{"type":"x"}', '1'], '7'], '7'],
    [
      'an id that was reset with an event',
      [
        ['{"type":"x"}', '1'],
        ['{"type":"x"}', ''],
      ],
      undefined,
    ],
    ['an id that was reset alone', [['{"type":"x"}', '1'], ''], undefined],
    ['an id of any characters', [['{"type":"x"}', 'wątek-7']], 'wątek-7'],
  ])('sends the id in force after %s', async (what, events, wanted) => {
    observe()
    const peer = await hub.server.peer()
    for (const event of events)
      peer.sends(typeof event === 'string' ? event : { event: 'message', data: event[0], id: event[1] })
    await hub.clock.advance(100)
    expect(hub.errors.map(({ code }) => code)).toEqual(what.includes('cannot be read') ? ['hub/invalid_message'] : [])
    expect(hub.messages).not.toContainEqual(expect.objectContaining({ type: '' }))
    peer.drops()
    expect((await hub.server.peer()).request.headers['last-event-id']).toBe(wanted)
  })

  it('reports one bad event and reads on', async () => {
    observe()
    const send = sender(await hub.server.peer())
    for (const bad of ['{', 'null', '7', '{"type":7}', '{}']) send('message', bad)
    send('broadcast', { event: 7 })
    send('broadcast', broadcast(1))
    await hub.until(() => hub.messages.length === 1)
    expect(hub.errors).toHaveLength(6)
    expect(new Set(hub.errors.map(({ code }) => code))).toEqual(new Set(['hub/invalid_message']))
  })

  it.each([
    [401, 'hub/auth_failed'],
    [403, 'hub/auth_failed'],
    [404, 'hub/not_found'],
    [410, 'hub/connection_failed'],
    [204, 'hub/connection_failed'],
  ])('stops at once after HTTP %i with %s and the status', async (status, code) => {
    const stream = observeHub(options())
    await hub.server.refuses({ status })
    expect(await hub.settled(stream.next())).toMatchObject({ error: { code, details: { status } } })
    await hub.clock.advance(120_000)
    expect(hub.server.waiting).toBe(0)
  })

  it.each([429, 503])('waits as long as Retry-After of HTTP %i says', async (status) => {
    observe()
    await hub.server.refuses({ status, retryAfterMs: 60_000 })
    await hub.clock.advance(59_000)
    expect(hub.server.waiting).toBe(0)
    await hub.server.peer()
  })

  it('comes back about as soon as retry: says, every time', async () => {
    observe()
    for (let round = 0; round < 5; round += 1) {
      const peer = await hub.server.peer()
      await hub.clock.settle()
      peer.closes(1000, round === 0 ? '250' : '')
      await hub.clock.advance(249)
      expect(hub.server.waiting).toBe(0)
      await hub.clock.advance(round === 0 ? 301 - 249 : 2_000)
      expect(hub.server.waiting).toBe(1)
    }
  })

  it('waits at least as long as retry: says, until another is said, and ignores a zero', async () => {
    observe()
    const peer = await hub.server.peer()
    await hub.clock.settle()
    peer.closes(1000, '20000')
    for (const said of ['', '0']) {
      await hub.clock.advance(19_000)
      expect(hub.server.waiting).toBe(0)
      const next = await hub.server.peer()
      await hub.clock.settle()
      next.closes(1000, said)
    }
    await hub.clock.advance(19_000)
    expect(hub.server.waiting).toBe(0)
  })

  it('counts attempts though every one is answered with 200', async () => {
    hub.network.dials('drop')
    const observer = observe({ retry: { maxAttempts: 4, limits: [{ max: 1_000, perMs: 60_000 }] } })
    await hub.until(() => observer.status.state === 'closed')
    expect(observer.metrics.dials).toBe(5)
    expect(hub.errors.at(-1)).toMatchObject({ code: 'hub/max_reconnects_exceeded' })
    expect(hub.errors.slice(0, -1).map(({ details }) => details.reason)).toEqual(
      hub.errors.slice(1).map(() => 'connection/unreachable'),
    )
  })
})
