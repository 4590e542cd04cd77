import { Connection } from '@holdfast/core'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { type SharedPosition, serveTabs, sharedByTabs, type WorkerLike } from '../src/index.ts'
import { canShareByWorker, sharedByWorker } from '../src/worker-page.ts'
import { type Entry, LogServer } from './support/log-server.ts'
import { Origin, type Page } from './support/origin.ts'
import { sharedWorkerOf } from './support/worker-port.ts'

type Note = { readonly text: string }

function world({ isFixed = false, isSmall = false, seed = 1 } = {}) {
  const random = seededRandom(seed)
  const clock = new VirtualClock()
  const origin = new Origin(clock)
  const server = new LogServer()
  /** Workers by generation. Each runs, hangs and ends like a page. */
  const workers = new Map<number, { readonly place: Page; readonly worker: WorkerLike }>()
  const workerOf = (generation: number) => {
    const known = workers.get(generation)
    if (known !== undefined) return known
    const place = origin.page()
    const worker: WorkerLike = { onconnect: null }
    workers.set(generation, { place, worker })
    if (starts)
      serveTabs<Entry, Note>(
        { name: 'log', ...place.surroundings, connect: ({ after }) => server.shared(place, after, random) },
        worker,
      )
    return { place, worker }
  }
  let starts = false
  const start = (): void => {
    starts = true
  }
  const tab = () => {
    const page = origin.page()
    const got: number[] = []
    const gaps: string[] = []
    const newWorker = (generation: number): SharedWorker => {
      const { place, worker } = workerOf(isFixed ? 1 : generation)
      return sharedWorkerOf(worker, place, page)
    }
    const options = { name: 'log', ...page.surroundings, worker: newWorker }
    const connect = ({ after }: { readonly after: SharedPosition | undefined }) => server.shared(page, after, random)
    const connection = new Connection<Entry, Note>({
      ...(isSmall ? sharedByWorker<Entry, Note>(options) : sharedByTabs<Entry, Note>({ ...options, connect })),
      onMessage: ({ seq }) => void got.push(seq),
      ...{ clock: page.clock, random },
    })
    connection.on('gap', ({ reason }) => void gaps.push(reason))
    connection.connect().catch(() => {})
    return { page, connection, got, gaps }
  }
  return { clock, server, workers, start, tab, random }
}

/** Two tabs that have the first message. */
async function twoTabs(options?: { readonly isFixed?: boolean; readonly isSmall?: boolean }) {
  const made = world(options)
  made.start()
  const tabs = [made.tab(), made.tab()]
  await made.clock.advance(500)
  made.server.add('before')
  await made.clock.advance(60_000)
  for (const { connection, got } of tabs) expect([connection.state, got]).toEqual(['open', [1]])
  expect(made.server.links.dials).toBe(1)
  return { ...made, tabs }
}

const PAGES = [
  ['that could lead', false],
  ['of sharedByWorker()', true],
] as const

it.each(PAGES)(
  'tabs %s replace a shared worker that hangs within nine seconds: nothing lost, nothing doubled',
  async (_what, isSmall) => {
    const { clock, server, workers, tab, tabs } = await twoTabs({ isSmall })
    // Right after it sent something.
    server.add('last of it')
    await clock.advance(100)
    workers.get(1)?.place.freezes()
    for (const { connection } of tabs) connection.send({ text: 'while it hangs' })
    server.add('while it hangs')
    await clock.advance(9_000)
    for (const { connection, got, gaps } of tabs)
      expect([connection.state, [...got].sort(), gaps]).toEqual(['open', [1, 2, 3, 4, 5], []])
    const late = tab()
    await clock.advance(1_000)
    expect([late.connection.state, workers.size]).toEqual(['open', 2])
    // It runs again: what waited in it is not said twice, and its connection is closed.
    workers.get(1)?.place.thaws()
    await clock.advance(1_000)
    server.add('after')
    await clock.advance(20_000)
    for (const { connection, got, gaps } of tabs) expect([connection.state, got.length, gaps]).toEqual(['open', 6, []])
    expect([server.log.length, server.links.count, workers.size]).toEqual([6, 1, 2])
  },
)

it('a tab that stood still leaves no worker that answers', async () => {
  const { clock, server, workers, tabs } = await twoTabs()
  tabs[0]?.page.freezes()
  await clock.advance(60_000)
  server.add('while it stood still')
  tabs[0]?.page.thaws()
  await clock.advance(20_000)
  for (const { connection, got } of tabs) expect([connection.state, got]).toEqual(['open', [1, 2]])
  expect([workers.size, server.links.dials]).toEqual([1, 1])
})

it('where the browser returns the same worker, tabs whose worker hangs report it, and lose nothing when it goes on', async () => {
  const { clock, server, workers, tabs } = await twoTabs({ isFixed: true })
  const place = workers.get(1)?.place
  place?.freezes()
  await clock.advance(11_100)
  for (const { connection } of tabs) {
    expect(connection.state).not.toBe('open')
    connection.send({ text: 'while it hangs' })
  }
  await clock.advance(10_000)
  for (const { connection } of tabs) expect(connection.explain()).toContain('The shared worker does not answer')
  server.add('while it hangs')
  place?.thaws()
  await clock.advance(6_000)
  for (const { connection, got } of tabs) expect([connection.state, got]).toEqual(['open', [1, 2, 3, 4]])
  expect([server.log.length, server.links.count]).toEqual([4, 1])
})

it('a shared worker that never begins is named by explain()', async () => {
  const { clock, tab } = world()
  const { connection } = tab()
  await clock.advance(4_000)
  expect(connection.state).not.toBe('open')
  expect(connection.explain()).toContain('The shared worker does not answer')
})

it('where the page has no Web Locks a tab has a connection of its own, and says so', async () => {
  const { clock, server } = world()
  const origin = new Origin(clock)
  const tabs = [1, 2].map(() => {
    const page = origin.page()
    const shared = sharedByTabs<Entry, Note>({
      ...{ name: 'log', ...page.surroundings, locks: undefined },
      connect: ({ after }) => server.shared(page, after, seededRandom(1)),
    })
    expect(shared.transport.name).toBe('shared by tabs, in this page alone')
    const connection = new Connection<Entry, Note>({ ...shared, clock: page.clock })
    connection.connect().catch(() => {})
    return connection
  })
  await clock.advance(500)
  expect(tabs.map((connection) => connection.explain())).toEqual(['Connected for 0.5 s.', 'Connected for 0.5 s.'])
  expect(server.links.count).toBe(2)
})

it.each(Array.from({ length: 30 }, (_, index) => index + 1))(
  'worker world %i: workers hang and run again, links are cut: nothing lost, nothing doubled',
  async (seed) => {
    const { clock, server, workers, start, tab, random } = world({ seed, isSmall: seed % 2 === 0 })
    start()
    const tabs = [tab(), tab(), tab()]
    await clock.runUntil(() => tabs.every(({ connection }) => connection.state === 'open'), 5_000)
    const said: string[] = []
    for (let round = 0; round < 60; round += 1) {
      await clock.advance(random() * 2_000)
      server.add(`m${round}`)
      const living = tabs.filter(({ page }) => !page.isGone)
      for (const one of living) {
        if (random() < 0.7) continue
        const text = `s${tabs.indexOf(one)}.${round}`
        one.connection.send({ text })
        if (!one.page.isFrozen) said.push(text)
      }
      const dice = random()
      const newest = workers.get(Math.max(...workers.keys()))?.place
      if (dice < 0.08) newest?.freezes()
      else if (dice < 0.2) for (const { place } of workers.values()) place.thaws()
      else if (dice < 0.24) server.links.cut()
      else if (dice < 0.3) tabs.push(tab())
    }
    for (const { place } of workers.values()) place.thaws()
    await clock.advance(30_000)
    server.add('last')
    await clock.advance(5_000)
    for (const [n, { connection, got, gaps }] of tabs.entries()) {
      const [first = 0] = got
      expect([n, connection.state, gaps]).toEqual([n, 'open', []])
      expect([n, got]).toEqual([n, Array.from({ length: server.log.length - first + 1 }, (_, index) => first + index)])
    }
    const texts = server.log.map(({ text }) => text)
    expect(said.filter((text) => !texts.includes(text))).toEqual([])
    expect([new Set(texts).size, server.links.count]).toEqual([texts.length, 1])
  },
)

it('sharedByWorker() refuses a page without Web Locks, and options that are wrong', () => {
  const options = { name: 'log', worker: () => new SharedWorker('') }
  expect(() => sharedByWorker({ ...options, locks: undefined })).toThrow('There are no Web Locks in this page.')
  expect(() => sharedByWorker({ ...options, name: '' })).toThrow('Option name')
  expect(() => sharedByWorker({ ...options, windowBytes: Number.NaN })).toThrow('Option windowBytes')
  // There are no shared workers here.
  expect(canShareByWorker()).toBe(false)
})
