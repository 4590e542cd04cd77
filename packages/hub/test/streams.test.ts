import type { SseEvent, Transport } from '@holdfast/core'
import { seededRandom } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HubObserverOptions, type HubOptions, observeHub, subscribeToHub } from '../src/index.ts'
import { broadcast, Fixture } from './fixture.ts'

let hub: Fixture
beforeEach(() => {
  hub = new Fixture()
})
afterEach(() => hub.ends())

const options = (more: Partial<HubOptions> = {}): HubOptions => ({
  transport: hub.network.transport,
  url: 'https://hub.example',
  sessionId: 's1',
  clock: hub.clock,
  random: seededRandom(1),
  ...more,
})

describe('a session as one loop', () => {
  it('yields messages across a reconnect, and throws the final error', async () => {
    const stream = subscribeToHub(options())
    const peer = await hub.accepts()
    peer.sends(broadcast(1))
    expect(await hub.settled(stream.next())).toMatchObject({ value: { value: { data: { n: 1 } } } })
    peer.drops()
    const next = await hub.accepts()
    next.sends(broadcast(2))
    expect(await hub.settled(stream.next())).toMatchObject({ value: { value: { type: 'gap', reason: 'reconnect' } } })
    expect(await hub.settled(stream.next())).toMatchObject({ value: { value: { data: { n: 2 } } } })
    await hub.clock.settle()
    next.closes(4404, 'gone')
    expect(await hub.settled(stream.next())).toMatchObject({
      error: { code: 'hub/not_found', details: { closeCode: 4404 } },
    })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  it('gives what came before the end to a reader that is late', async () => {
    const stream = subscribeToHub(options())
    const peer = await hub.accepts()
    for (let n = 1; n <= 500; n += 1) peer.sends(broadcast(n))
    await hub.clock.advance(100)
    peer.closes(4404)
    await hub.clock.advance(100)
    for (let n = 1; n <= 500; n += 1) expect(await stream.next()).toMatchObject({ value: { data: { n } } })
    await expect(stream.next()).rejects.toMatchObject({ code: 'hub/not_found' })
  })
})

describe('hub §9.13 leaving settles at once and leaves nothing', () => {
  it.each([
    ['idle', async () => void (await hub.accepts())],
    ['in backoff', async () => void (await hub.server.refuses({ status: 503 }))],
    ['during the handshake', async () => void (await hub.server.peer())],
    ['while dialing', async () => {}],
  ])('return() while %s', async (_when, reach) => {
    const stream = subscribeToHub(options({ role: 'lead' }))
    await reach()
    await hub.clock.settle()
    const pending = stream.next()
    expect(await stream.return()).toEqual({ value: undefined, done: true })
    expect(await pending).toEqual({ value: undefined, done: true })
    await hub.clock.settle()
    expect(hub.clock.pending).toBeLessThanOrEqual(1)
  })

  it('return() during the URL lookup, which is ended by its signal', async () => {
    let aborted = false
    const stream = subscribeToHub(
      options({
        url: ({ signal }) => new Promise<string>(() => signal.addEventListener('abort', () => (aborted = true))),
      }),
    )
    const pending = stream.next()
    await hub.clock.settle()
    await stream.return()
    expect(await pending).toEqual({ value: undefined, done: true })
    expect(aborted).toBe(true)
    expect(hub.clock.pending).toBe(0)
  })

  it('break', async () => {
    const stream = subscribeToHub(options())
    const peer = await hub.accepts()
    peer.sends(broadcast(1), broadcast(2))
    const read: unknown[] = []
    const looping = (async () => {
      for await (const message of stream) {
        read.push(message)
        break
      }
    })()
    await hub.settled(looping)
    expect(read).toHaveLength(1)
    await peer.ends()
  })

  it('the signal, before and after the start', async () => {
    const before = subscribeToHub(options({ signal: AbortSignal.abort() }))
    expect(await hub.settled(before.next())).toEqual({ value: { value: undefined, done: true } })
    const abort = new AbortController()
    const stream = subscribeToHub(options({ signal: abort.signal }))
    const peer = await hub.accepts()
    const pending = stream.next()
    abort.abort()
    expect(await pending).toEqual({ value: undefined, done: true })
    await peer.ends()
  })
})

describe('hub §9.13 leaving an event stream settles at once and leaves nothing', () => {
  /** The memory network as a stream of events; which bytes they are does not matter here. */
  const events = (): Transport<SseEvent, never> => {
    const { transport } = hub.network
    return {
      name: 'events',
      traits: transport.traits,
      liveness: transport.liveness,
      async open(target, opening) {
        const channel = await transport.open(target, opening)
        return {
          traits: channel.traits,
          opening: channel.opening,
          bufferedBytes: 0,
          start: (sink) =>
            channel.start({
              frame: (frame) => sink.frame({ event: 'broadcast', data: String(frame), id: '' }),
              closed: (end) => sink.closed(end),
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
  const watching = (more: Partial<HubObserverOptions> = {}): HubObserverOptions => ({
    transport: events(),
    url: 'https://hub.example',
    sessionId: 's1',
    clock: hub.clock,
    random: seededRandom(1),
    ...more,
  })
  const moments = [
    ['idle', async () => void (await hub.server.peer())],
    ['in backoff', async () => void (await hub.server.refuses({ status: 503 }))],
    ['while dialing', async () => {}],
  ] as const
  const nothingLeft = async (): Promise<void> => {
    await hub.clock.settle()
    // Nobody dials again, and nothing waits for it.
    const { waiting } = hub.server
    await hub.clock.advance(120_000)
    expect(hub.server.waiting).toBe(waiting)
    expect(hub.clock.pending).toBe(0)
  }

  it.each(moments)('return() %s', async (_when, reach) => {
    const stream = observeHub(watching())
    await reach()
    await hub.clock.settle()
    const pending = stream.next()
    expect(await stream.return()).toEqual({ value: undefined, done: true })
    expect(await pending).toEqual({ value: undefined, done: true })
    await nothingLeft()
  })

  it.each(moments)('abort %s', async (_when, reach) => {
    const abort = new AbortController()
    const stream = observeHub(watching({ signal: abort.signal }))
    await reach()
    await hub.clock.settle()
    const pending = stream.next()
    abort.abort()
    expect(await pending).toEqual({ value: undefined, done: true })
    await nothingLeft()
  })

  it('break', async () => {
    const looping = (async () => {
      for await (const event of observeHub(watching())) return event
      return undefined
    })()
    const peer = await hub.server.peer()
    peer.sends(broadcast(1), broadcast(2))
    expect(await hub.settled(looping)).toMatchObject({ value: { data: { data: { n: 1 } } } })
    await peer.ends()
    await nothingLeft()
  })
})

describe('hub §9.12 catching up', () => {
  it('reads a backlog of 20,000 messages whole and in order', async () => {
    const stream = subscribeToHub({ ...options(), maxCount: 100_000, maxBytes: 100_000_000 })
    const peer = await hub.accepts()
    const count = 20_000
    for (let n = 1; n <= count; n += 1) peer.sends(broadcast(n))
    await hub.clock.advance(1_000)
    let last = 0
    for (let n = 1; n <= count; n += 1) {
      const { value } = await stream.next()
      const read = value as unknown as { data: { n: number } }
      expect(read.data.n).toBe(last + 1)
      last = read.data.n
    }
    await stream.return()
    expect(last).toBe(count)
  })
})
