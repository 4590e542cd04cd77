import { type Append, eventHashOf, measureAll } from '@holdfast/log'
import { seededRandom } from '@holdfast/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import { readyAppend } from '../src/decide-appends.ts'
import { type NatsLogParts, openParts } from '../src/nats-log-parts.ts'
import { settingsOf } from '../src/options.ts'
import { EventCache } from '../src/pages/event-cache.ts'

const missing = mayGoWithout(natsServerProgram())
const EVENTS = 400

describe.skipIf(missing !== undefined)(missing ?? 'pages of a session', () => {
  let servers: NatsServers
  const opened: NatsLogParts[] = []
  beforeAll(async () => {
    servers = await startNats()
  })
  afterEach(async () => {
    for (const { feed, index, host, link } of opened.splice(0)) {
      feed.stop()
      index.stop()
      host.turns.stop()
      await link.nc.close()
    }
  })
  afterAll(() => servers?.stop())

  async function gateway(): Promise<NatsLogParts & { readonly asked: string[] }> {
    const parts = await openParts(settingsOf({ servers: servers.urls, shards: 1 }))
    opened.push(parts)
    const asked: string[] = []
    const { nc } = parts.link
    const request = nc.request.bind(nc)
    nc.request = (subject, ...rest) => {
      asked.push(subject.includes('.MSG.GET.') ? 'one' : subject)
      return request(subject, ...rest)
    }
    const requestMany = nc.requestMany.bind(nc)
    nc.requestMany = (...wanted) => {
      asked.push('page')
      return requestMany(...wanted)
    }
    return { ...parts, asked }
  }

  async function written(parts: NatsLogParts, session: string, count: number): Promise<void> {
    await parts.sessions.create(session, {}, parts.writers.of(session))
    for (let n = 0; n < count; n++) await write(parts, session, `${session}-${n + 1}`)
  }

  async function write({ writers, host }: NatsLogParts, session: string, id: string): Promise<void> {
    const append: Append = {
      events: [{ id, kind: 'k', at: 0, payload: id }],
      options: { producer: { id: 'p', fence: 0 } },
    }
    const [batch] = measureAll([append], host.settings.limits)
    if (batch === undefined || 'outcome' in batch) throw new Error('expected a batch')
    await writers.of(session).append([readyAppend({}, append, batch)])
  }

  it('pages of a NATS log are read with one request beside that for the head, and by the next reader with that alone', async () => {
    await written(await gateway(), 'a', EVENTS)
    const { pages, names, asked } = await gateway()
    const read = (after: number, more: object = {}): ReturnType<typeof pages.read> =>
      pages.read('a', names.placeOf('a'), { after, limit: 50, ...more })
    const numbers = async (after: number, more?: object): Promise<readonly number[]> =>
      (await read(after, more)).events.map(({ n }) => n)
    const from = (after: number, count = 50): number[] => Array.from({ length: count }, (_, i) => after + 1 + i)
    asked.length = 0
    expect(await numbers(0)).toEqual(from(0))
    expect(asked.splice(0).toSorted()).toEqual(['one', 'page'])
    // What follows, and what begins near what is known.
    expect(await numbers(50)).toEqual(from(50))
    expect(await numbers(120)).toEqual(from(120))
    expect(asked.splice(0).toSorted()).toEqual(['one', 'one', 'page', 'page'])
    expect(await numbers(120, { eventHash: eventHashOf('a-120') })).toEqual(from(120))
    expect(asked.splice(0).filter((what) => what === 'page').length).toBeLessThanOrEqual(1)
    // Again, in part, and checked.
    expect(await numbers(0)).toEqual(from(0))
    expect(await numbers(25)).toEqual(from(25))
    expect(await numbers(60, { limit: 10, eventHash: eventHashOf('a-60') })).toEqual(from(60, 10))
    expect(asked.splice(0)).toEqual(['one', 'one', 'one'])
    expect((await read(60, { eventHash: eventHashOf('another') })).gap).toMatchObject({ reason: expect.any(String) })
    // Far away it is searched for once.
    expect(await numbers(340)).toEqual(from(340))
    asked.length = 0
    expect(await numbers(340)).toEqual(from(340))
    expect(asked.splice(0)).toEqual(['one'])
  })

  it('pages of a NATS log are found with one guess by a gateway that has read nothing yet, wherever they begin', async () => {
    await written(await gateway(), 'c', EVENTS)
    for (const after of [100, 222, 349]) {
      const { pages, names, asked } = await gateway()
      asked.length = 0
      const { events } = await pages.read('c', names.placeOf('c'), { after, limit: 50 })
      expect([events[0]?.n, events.length]).toEqual([after + 1, 50])
      // The head with where the session begins, and the page.
      expect(asked).toEqual(['page', 'one', 'page'])
    }
  })

  it('pages of a NATS log leave no subscription at the server', async () => {
    await written(await gateway(), 'd', 200)
    const { pages, names } = await gateway()
    const subscriptions = async (): Promise<number> => {
      const answer: unknown = await (await fetch(`${servers.nodes[0]?.monitor}/subsz`)).json()
      return Number(Object(answer).num_subscriptions)
    }
    const read = (after: number): ReturnType<typeof pages.read> =>
      pages.read('d', names.placeOf('d'), { after, limit: 10 })
    await read(0)
    const before = await subscriptions()
    for (let after = 10; after < 150; after += 10) await read(after)
    expect(await subscriptions()).toBe(before)
  })

  it('pages of a NATS log show the session as it is now, however much of it was read before', async () => {
    const writer = await gateway()
    await written(writer, 'b', 60)
    const { pages, names } = await gateway()
    const read = (after: number): ReturnType<typeof pages.read> =>
      pages.read('b', names.placeOf('b'), { after, limit: 50 })
    expect((await read(20)).events.at(-1)?.n).toBe(60)
    await write(writer, 'b', 'late')
    expect((await read(20)).events.at(-1)).toMatchObject({ n: 61, id: 'late' })
    await writer.snapshots.put('b', writer.writers.of('b'), 40, null)
    await writer.snapshots.trim('b', writer.writers.of('b'), { maxEvents: 10 })
    const trimmed = await read(20)
    expect([trimmed.first > 21, trimmed.gap !== undefined, trimmed.events[0]?.n]).toEqual([true, true, trimmed.first])
    await writer.sessions.remove(writer.writers.of('b'))
    await expect(read(20)).rejects.toMatchObject({ code: 'log/unknown_session' })
    await written(writer, 'b', 3)
    expect((await read(0)).events.map(({ id }) => id)).toEqual(['b-1', 'b-2', 'b-3'])
  })
})

it('the cache of events gives the pages that a log gives, and stays within its bound', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = seededRandom(seed)
    const cache = new EventCache(20_000)
    for (let step = 0; step < 500; step++) {
      const token = `s${random.integer(0, 5)}`
      const from = random.integer(0, 100)
      for (let n = from + 1; n <= from + random.integer(1, 30); n++)
        cache.put(token, 'e', { n, id: `${n}`, kind: 'k', at: 0, payload: null }, n * 3)
      const wanted = { from: random.integer(0, 100), last: 130, limit: random.integer(1, 20), maxBytes: 2_000 }
      const page = cache.page(token, 'e', wanted)
      expect(page?.map(({ n }) => n)).toEqual(page === undefined ? undefined : expectedPage(wanted))
      expect(cache.bytes).toBeLessThanOrEqual(20_000)
      if (random.integer(0, 50) === 0) cache.drop(token)
    }
  }
})

function expectedPage({ from, last, limit, maxBytes }: Parameters<EventCache['page']>[2]): readonly number[] {
  const numbers: number[] = []
  let bytes = 0
  for (let n = from + 1; n <= last && numbers.length < limit; n++) {
    bytes += n * 3
    if (bytes > maxBytes && numbers.length > 0) break
    numbers.push(n)
  }
  return numbers
}
