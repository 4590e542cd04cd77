import { Connection } from '@holdfast/core'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { type PortLike, serveTabs, sharedByTabs, type WorkerLike } from '../src/index.ts'
import { type Entry, LogServer } from './support/log-server.ts'
import { Origin, type Page } from './support/origin.ts'

type Note = { readonly text: string }

/** Two ends of a port between a page and a worker. */
function portBetween(near: Page, far: Page): readonly [PortLike, PortLike] {
  const end = (page: Page, other: () => PortLike): PortLike => ({
    onmessage: null,
    postMessage: (data) => page.inOrder(1, () => other().onmessage?.({ data })),
    close: () => {},
  })
  const first: PortLike = end(far, () => second)
  const second: PortLike = end(near, () => first)
  return [first, second]
}

function world() {
  const random = seededRandom(1)
  const clock = new VirtualClock()
  const origin = new Origin(clock)
  const server = new LogServer()
  // A worker runs, hangs and ends like a page.
  const place = origin.page()
  const worker: WorkerLike = { onconnect: null }
  const start = (): void =>
    serveTabs<Entry, Note>(
      { name: 'log', ...place.surroundings, connect: ({ after }) => server.shared(place, after, random) },
      worker,
    )
  const tab = () => {
    const page = origin.page()
    const got: number[] = []
    const newWorker = (): SharedWorker => {
      const [near, far] = portBetween(page, place)
      place.runs(1, () => worker.onconnect?.({ ports: [far] }))
      const made: unknown = { port: near, onerror: null }
      return made as SharedWorker
    }
    const connection = new Connection<Entry, Note>({
      ...sharedByTabs<Entry, Note>({
        ...{ name: 'log', ...page.surroundings, worker: newWorker },
        connect: ({ after }) => server.shared(page, after, random),
      }),
      onMessage: ({ seq }) => void got.push(seq),
      ...{ clock: page.clock, random },
    })
    connection.connect().catch(() => {})
    return { connection, got }
  }
  return { clock, server, place, start, tab }
}

it('tabs whose shared worker hangs are told within eleven seconds, and lose nothing when it goes on', async () => {
  const { clock, server, place, start, tab } = world()
  start()
  const tabs = [tab(), tab()]
  await clock.advance(500)
  server.add('before')
  await clock.advance(60_000)
  for (const { connection, got } of tabs) expect([connection.state, got]).toEqual(['open', [1]])
  expect(server.links.dials).toBe(1)
  place.freezes()
  await clock.advance(11_100)
  for (const { connection } of tabs) {
    expect(connection.state).not.toBe('open')
    connection.send({ text: 'while it hangs' })
  }
  await clock.advance(10_000)
  for (const { connection } of tabs) expect(connection.explain()).toContain('The shared worker does not answer')
  server.add('while it hangs')
  place.thaws()
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
