import { Connection } from '@holdfast/core'
import { type SeededRandom, seededRandom, VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { sharedByTabs } from '../src/index.ts'
import { type Entry, LogServer } from './support/log-server.ts'
import { Origin, type Page } from './support/origin.ts'

type Note = { readonly text: string }

/** A tab with a connection that notes what it gets. */
class Tab {
  readonly id: number
  readonly page: Page
  readonly got: number[] = []
  readonly gaps: string[] = []
  readonly connection: Connection<Entry, Note>
  readonly sent: string[] = []
  readonly problems: string[] = []
  /** An app that is busy. */
  busyMs = 0

  constructor(
    id: number,
    origin: Origin,
    server: LogServer,
    random: SeededRandom,
    options: { readonly maxBehindBytes?: number } = {},
  ) {
    this.id = id
    this.page = origin.page()
    const { page } = this
    this.connection = new Connection<Entry, Note>({
      ...sharedByTabs<Entry, Note>({
        ...{ name: 'log', ...page.surroundings, ...options },
        connect: ({ after }) => server.shared(page, after, random),
      }),
      onMessage: ({ seq }) => {
        this.got.push(seq)
        return this.busyMs === 0 ? undefined : new Promise<void>((done) => page.clock.after(this.busyMs, done))
      },
      ...{ clock: page.clock, random },
    })
    this.connection.on('gap', ({ reason }) => void this.gaps.push(reason))
    this.connection.on('problem', ({ what }) => void this.problems.push(what))
    void this.connection.connect().catch(() => {})
  }

  say(text: string): void {
    this.sent.push(text)
    this.connection.send({ text })
  }
}

function world(seed: number) {
  const random = seededRandom(seed)
  const clock = new VirtualClock()
  const origin = new Origin(clock, () => random() * 3)
  const server = new LogServer(() => 1 + random() * 10)
  const tab = (id: number, options?: { readonly maxBehindBytes?: number }) =>
    new Tab(id, origin, server, random, options)
  return { random, clock, origin, server, tab }
}

/** In the long form, `pnpm test:worlds`, ten times as many. */
const WORLDS = process.env['HOLDFAST_LONG'] === '1' ? 120 : 12
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const isOpen = ({ connection }: Tab) => connection.state === 'open'

async function eightTabs(seed = 1) {
  const made = world(seed)
  const tabs = upTo(1, 8).map((id) => made.tab(id))
  await made.clock.runUntil(() => tabs.every(isOpen), 2_000)
  return { ...made, tabs }
}

it('eight tabs share one link, and each gets everything', async () => {
  const { server, tabs, clock } = await eightTabs()
  expect([server.links.dials, server.links.count]).toEqual([1, 1])
  for (const n of upTo(1, 20)) server.add(`m${n}`)
  for (const tab of tabs) tab.say(`from ${tab.id}`)
  await clock.advance(500)
  for (const tab of tabs) expect(tab.got).toEqual(upTo(1, 28))
  expect(
    server.log
      .slice(20)
      .map(({ text }) => text)
      .sort(),
  ).toEqual(tabs.map(({ id }) => `from ${id}`))
})

it('another tab has the connection within a second after its host is closed, and nothing is lost or doubled', async () => {
  const { server, tabs, clock, origin } = await eightTabs()
  const host = origin.holder('log host')
  const others = tabs.filter(({ page }) => page !== host)
  server.add('before')
  for (const tab of tabs) tab.say(`from ${tab.id}`)
  host?.goes()
  for (const n of upTo(1, 5)) server.add(`meanwhile ${n}`)
  await clock.advance(1_000)
  expect(others.every(isOpen)).toBe(true)
  expect(server.links.count).toBe(1)
  const total = server.log.length
  for (const tab of others) expect(tab.got).toEqual(upTo(1, total))
  for (const { id } of others) expect(server.log.filter(({ text }) => text === `from ${id}`)).toHaveLength(1)
})

it('a host that is frozen is replaced within a second after a visible tab asks, and steps back when it thaws', async () => {
  const { server, tabs, clock, origin } = await eightTabs()
  const host = origin.holder('log host')
  const others = tabs.filter(({ page }) => page !== host)
  for (const { page } of tabs) page.visible = false
  await clock.advance(1_000)
  host?.freezes()
  await clock.advance(3_000)
  server.add('while frozen')
  const [first] = others
  if (first !== undefined) first.page.visible = true
  await clock.advance(1_000)
  for (const tab of others) expect([tab.connection.state, tab.got]).toEqual(['open', [1]])
  host?.thaws()
  await clock.advance(2_000)
  server.add('after')
  await clock.advance(500)
  for (const tab of tabs) expect([tab.connection.state, tab.got, tab.gaps]).toEqual(['open', [1, 2], []])
  expect(server.links.count).toBe(1)
})

it.each([300, 600, 800])(
  'a host that is busy for %i ms while a visible tab asks keeps the connection',
  async (busyMs) => {
    const { server, tabs, clock, origin } = await eightTabs()
    const host = origin.holder('log host')
    const [asking] = tabs.filter(({ page }) => page !== host)
    await clock.advance(1_000)
    host?.freezes()
    if (asking !== undefined) asking.page.visible = true
    await clock.advance(busyMs)
    host?.thaws()
    await clock.advance(3_000)
    expect([server.links.dials, origin.holder('log host') === host]).toEqual([1, true])
  },
)

it('a host whose messages still come is not replaced, though it does not answer', async () => {
  const { server, tabs, clock, origin } = await eightTabs()
  const host = origin.holder('log host')
  const [asking] = tabs.filter(({ page }) => page !== host)
  await clock.advance(1_000)
  origin.drops = ({ name }) => name.endsWith('-1 log')
  if (asking !== undefined) asking.page.visible = true
  for (const n of upTo(1, 30)) {
    server.add(`m${n}`)
    await clock.advance(100)
  }
  expect([server.links.dials, origin.holder('log host') === host]).toEqual([1, true])
})

it('a page that gets the event of its freezing hands the connection over before', async () => {
  const { server, tabs, clock, origin } = await eightTabs()
  const host = origin.holder('log host')
  const others = tabs.filter(({ page }) => page !== host)
  for (const { page } of tabs) page.visible = false
  host?.signals('freeze')
  await clock.advance(1)
  host?.freezes()
  server.add('while frozen')
  await clock.advance(500)
  for (const tab of others) expect([tab.connection.state, tab.got]).toEqual(['open', [1]])
  host?.thaws()
  server.add('after')
  await clock.advance(1_000)
  for (const tab of tabs) expect([tab.connection.state, tab.got, tab.gaps]).toEqual(['open', [1, 2], []])
  expect(server.links.count).toBe(1)
})

it('a frozen host is replaced within about a minute where all tabs are hidden', async () => {
  const { server, tabs, clock, origin } = await eightTabs()
  const host = origin.holder('log host')
  for (const { page } of tabs) page.visible = false
  host?.freezes()
  server.add('while frozen')
  await clock.advance(60_000)
  for (const tab of tabs.filter(({ page }) => page !== host)) expect(tab.got).toEqual([1])
})

it.each([
  ['a minute', false, 60_000],
  ['seven seconds', true, 7_000],
])(
  'a host that is frozen right after it sent something is replaced within %s, where visible is %s',
  async (_what, visible, withinMs) => {
    const { server, tabs, clock, origin } = await eightTabs()
    const host = origin.holder('log host')
    for (const { page } of tabs) page.visible = visible
    await clock.advance(1_000)
    server.add('last of it')
    await clock.advance(100)
    host?.freezes()
    server.add('while frozen')
    await clock.advance(withinMs)
    for (const tab of tabs.filter(({ page }) => page !== host)) expect(tab.got).toEqual([1, 2])
  },
)

it('a tab that reads slowly gets a gap beyond its bound, and slows no other', async () => {
  const { clock, server, tab, random } = world(3)
  const [fast, slow] = [tab(1, { maxBehindBytes: 64_000 }), tab(2, { maxBehindBytes: 64_000 })]
  await clock.runUntil(() => isOpen(fast) && isOpen(slow), 2_000)
  slow.busyMs = 1_000
  for (const n of upTo(1, 600)) {
    server.add(`m${n}`.padEnd(1_000, '.'))
    await clock.advance(1 + random() * 4)
  }
  await clock.advance(200)
  expect(fast.got).toEqual(upTo(1, 600))
  expect(fast.gaps).toEqual([])
  slow.busyMs = 0
  await clock.advance(60_000)
  expect([new Set(slow.gaps), slow.got.length < 600]).toEqual([new Set(['overflow']), true])
  expect(slow.got.at(-1)).toBe(600)
  expect(new Set(slow.got).size).toBe(slow.got.length)
})

it('the server is held back where the only tab is slow, and nothing is lost', async () => {
  const { clock, server, tab } = world(4)
  const only = tab(1, { maxBehindBytes: 64_000 })
  await clock.runUntil(() => isOpen(only), 2_000)
  only.busyMs = 20
  for (const n of upTo(1, 600)) server.add(`m${n}`.padEnd(1_000, '.'))
  await clock.advance(20_000)
  expect([only.got, only.gaps]).toEqual([upTo(1, 600), []])
})

it('an outage of the server is an outage of every tab, and what is sent meanwhile arrives once', async () => {
  const { clock, server, tabs } = await eightTabs()
  server.links.isDown = true
  server.links.cut()
  await clock.advance(200)
  expect(tabs.some(isOpen)).toBe(false)
  for (const tab of tabs) tab.say(`from ${tab.id}`)
  await clock.advance(3_000)
  server.links.isDown = false
  await clock.runUntil(() => tabs.every(isOpen), 5_000)
  await clock.advance(500)
  expect(server.log.map(({ text }) => text).sort()).toEqual(tabs.map(({ id }) => `from ${id}`))
  for (const tab of tabs) expect(tab.got).toEqual(upTo(1, 8))
})

it.each(upTo(1, WORLDS))(
  'in world %i, where hosts close, crash and freeze and links are cut, no message of tabs is lost or doubled',
  async (seed) => {
    const { clock, server, origin, tab, random } = world(seed)
    const tabs = upTo(1, 5).map((id) => tab(id))
    await clock.runUntil(() => tabs.every(isOpen), 3_000)
    const since = new Set<Tab>()
    const frozen = new Set<Page>()
    for (let round = 0; round < 60; round += 1) {
      await clock.advance(random() * 150)
      server.add(`m${round}`)
      for (const one of tabs) if (!one.page.isGone && random() < 0.5) one.say(`s${one.id}.${one.sent.length}`)
      const host = origin.holder('log host')
      const dice = random()
      if (dice < 0.05 && tabs.filter(({ page }) => !page.isGone).length > 2) host?.goes(random() * 160)
      else if (dice < 0.08 && host !== undefined) {
        host.freezes()
        frozen.add(host)
      } else if (dice < 0.12) server.links.cut()
      else if (dice < 0.18) {
        for (const { page } of tabs) page.thaws()
      } else if (dice < 0.2) {
        const next = tab(tabs.length + 1)
        tabs.push(next)
        next.connection.on('open', ({ first }) => first && since.add(next))
      }
    }
    for (const { page } of tabs) page.thaws()
    await clock.advance(15_000)
    server.add('last')
    await clock.advance(5_000)
    const living = tabs.filter(({ page }) => !page.isGone)
    const total = server.log.length
    for (const one of living) {
      expect([one.id, one.connection.state]).toEqual([one.id, 'open'])
      const [first = total + 1] = one.got
      expect([one.id, one.got]).toEqual([one.id, [...new Set(one.got)].sort((a, b) => a - b)])
      // Only a page that stood still while two hosts changed may miss something, and it gets a gap.
      if (!frozen.has(one.page) || one.gaps.length === 0)
        expect([one.id, one.gaps, one.got]).toEqual([one.id, [], upTo(since.has(one) ? first : 1, total)])
      for (const text of one.sent)
        expect([text, server.log.filter((entry) => entry.text === text).length]).toEqual([text, 1])
    }
    expect(server.links.count).toBe(1)
    const texts = server.log.map(({ text }) => text)
    expect(new Set(texts).size).toBe(texts.length)
  },
)
