import type { BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { gatewayFor, hubPeer } from './outbox/stage.ts'
import type {} from './tabs/hub-page.ts'
import type {} from './tabs/page.ts'
import { openStage, openTabs, type Stage } from './tabs/stage.ts'

const tests = browserOfFile()
let names = 0
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const newName = () => `tabs ${++names} ${process.pid}`
const got = (tab: Page) => tab.evaluate(() => globalThis.tabsPage.got)

/** Every tab has all of the log, once. */
async function allHaveAll(stage: Stage, tabs: readonly Page[]): Promise<void> {
  const all = upTo(1, stage.log.length)
  await expect.poll(() => Promise.all(tabs.map(got))).toEqual(tabs.map(() => all))
  expect(await Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.tabsPage.gaps)))).toEqual(tabs.map(() => []))
}

/** Each tab says something, and the log has it once. */
async function eachSays(stage: Stage, tabs: readonly Page[], what: string): Promise<void> {
  const said = tabs.map((_, n) => `${what} ${n}`)
  await Promise.all(tabs.map((tab, n) => tab.evaluate((text) => globalThis.tabsPage.send(text), said[n] ?? '')))
  const heard = () => stage.log.map(({ text }) => text).filter((text) => text.startsWith(`${what} `))
  await expect.poll(() => heard().sort()).toEqual(said)
}

const hosted = (tab: Page) => tab.evaluate(() => globalThis.tabsPage.hosted)

/** The tab that has the connection, and the others. */
async function hostOf(tabs: readonly Page[]): Promise<{ readonly host: Page; readonly others: readonly Page[] }> {
  const counts = await Promise.all(tabs.map(hosted))
  const host = tabs.find((_, n) => (counts[n] ?? 0) > 0)
  if (host === undefined) throw new Error('expected one of the tabs to be the host')
  return { host, others: tabs.filter((tab) => tab !== host) }
}

async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  const session = await page.context().newCDPSession(page)
  session.send('Page.crash').catch(() => {})
  await crashed
}

describe.each([
  ['a tab that leads', {}],
  ['a shared worker', { worker: 'yes' }],
  ['a shared worker, in pages that cannot lead', { worker: 'only' }],
])('eight tabs over %s', (_where, mode) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  it('have one connection; a tab that leads is closed, another crashes, and nothing is lost or doubled', async () => {
    await using context = await tests.browser.newContext()
    const isWorker = 'worker' in mode
    let tabs: readonly Page[] = await openTabs(context, stage, 8, { name: newName(), ...mode })
    expect(stage.links).toBe(1)
    stage.add('first')
    await eachSays(stage, tabs, 'a')
    await allHaveAll(stage, tabs)

    const [first, ...rest] = tabs
    if (first === undefined) throw new Error('expected tabs')
    const { host, others } = isWorker ? { host: first, others: rest } : await hostOf(tabs)
    await host.close()
    stage.add('while it changes')
    await eachSays(stage, others, 'b')
    await allHaveAll(stage, others)

    const [second, ...left] = others
    if (second === undefined) throw new Error('expected tabs')
    const next = isWorker ? { host: second, others: left } : await hostOf(others)
    await crash(next.host)
    stage.add('after a crash')
    await eachSays(stage, next.others, 'c')
    await allHaveAll(stage, next.others)
    expect(stage.links).toBe(1)
    tabs = next.others
    await Promise.all(tabs.map((tab) => tab.close()))
  })
})

describe('a tab that leads', () => {
  it('and stands still is replaced when a visible tab asks; it continues as one of the others when it runs again', async () => {
    await using stage = await openStage()
    await using context = await tests.browser.newContext()
    const tabs = await openTabs(context, stage, 3, { name: newName() })
    const { host, others } = await hostOf(tabs)
    const still = host.evaluate(() => globalThis.tabsPage.standStill())
    still.catch(() => {})
    stage.add('while it stands still')
    await eachSays(stage, others, 'others')
    await allHaveAll(stage, others)
    expect((await Promise.all(others.map(hosted))).filter((count) => count > 0)).toEqual([1])
    stage.release()
    await still
    await eachSays(stage, tabs, 'all')
    await allHaveAll(stage, tabs)
    await expect.poll(() => stage.links).toBe(1)
  })

  it('and is about to be frozen hands the connection over before', async () => {
    await using stage = await openStage()
    await using context = await tests.browser.newContext()
    const tabs = await openTabs(context, stage, 3, { name: newName() })
    const { host, others } = await hostOf(tabs)
    // What the browser does: it tells the page, and then nothing of it runs.
    await host.evaluate(async () => {
      document.dispatchEvent(new Event('freeze'))
      await new Promise((resolve) => setTimeout(resolve))
    })
    const still = host.evaluate(() => globalThis.tabsPage.standStill())
    still.catch(() => {})
    stage.add('while it is frozen')
    const hosts = async () => (await Promise.all(others.map(hosted))).filter((count) => count > 0)
    await expect.poll(hosts).toEqual([1])
    await allHaveAll(stage, others)
    stage.release()
    await still
    await host.evaluate(() => void document.dispatchEvent(new Event('resume')))
    await eachSays(stage, tabs, 'all')
    await allHaveAll(stage, tabs)
    await expect.poll(() => stage.links).toBe(1)
  })

  it('gives a slow tab a gap beyond its bound, and the others everything', async () => {
    await using stage = await openStage()
    await using context = await tests.browser.newContext()
    const tabs = await openTabs(context, stage, 3, { name: newName(), maxBehindBytes: '200000', windowBytes: '20000' })
    const [slow, ...others] = tabs
    if (slow === undefined) throw new Error('expected tabs')
    await slow.evaluate(() => {
      globalThis.tabsPage.busyMs = 60_000
    })
    for (const n of upTo(1, 40)) {
      for (const m of upTo(1, 20)) stage.add(`${n} ${m}`.padEnd(1_000, '.'))
      await expect.poll(() => others[0]?.evaluate(() => globalThis.tabsPage.got.length)).toBe(n * 20)
    }
    await allHaveAll(stage, others)
    expect((await got(slow)).length).toBeLessThan(100)
  })
})

describe('a shared worker', () => {
  it('that hangs is replaced by another, and ends its connection when it runs again; nothing is lost or doubled', async () => {
    await using stage = await openStage()
    await using context = await tests.browser.newContext()
    const options = { name: newName(), worker: 'yes' }
    const tabs = await openTabs(context, stage, 3, options)
    stage.add('first')
    await allHaveAll(stage, tabs)
    await tabs[0]?.evaluate(() => globalThis.tabsPage.workerStandsStill())
    await expect.poll(() => stage.held).toBe(1)
    stage.add('while it hangs')
    await eachSays(stage, tabs, 'hanging')
    await allHaveAll(stage, tabs)
    const [late] = await openTabs(context, stage, 1, options)
    if (late === undefined) throw new Error('expected a tab')
    stage.release()
    await expect.poll(() => stage.links).toBe(1)
    await eachSays(stage, [...tabs, late], 'running')
    await allHaveAll(stage, tabs)
  })
})

describe('tabs that share a session of a hub', () => {
  let stage: Stage
  let gateway: Awaited<ReturnType<typeof gatewayFor>>
  beforeAll(async () => {
    stage = await openStage()
    gateway = await gatewayFor({ origin: stage.origin, close: async () => {} })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await gateway.stop('SIGTERM')
  })

  const events = (tab: Page) => tab.evaluate(() => globalThis.hubTab.events)
  const gaps = (tab: Page) => tab.evaluate(() => globalThis.hubTab.gaps)

  /** So many tabs of a context, one after the other: the first is the host. */
  async function open(context: BrowserContext, count: number, hash: Readonly<Record<string, string>>): Promise<Page[]> {
    const tabs: Page[] = []
    while (tabs.length < count) {
      const tab = await context.newPage()
      await tab.goto(`${stage.origin}/hub#${new URLSearchParams(hash)}`)
      await tab.waitForFunction(() => globalThis.hubTab.state() === 'open', undefined, { polling: 20 })
      tabs.push(tab)
    }
    return tabs
  }

  it('each have a client of their own: every event once, answers for who asked, also when the tab that leads crashes', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const address = { ...peer.address, name: newName() }
    const tabs = await open(context, 8, address)
    const sessions = await Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.hubTab.session())))
    expect(sessions).toEqual(tabs.map(() => peer.address['session']))
    await peer.say('one')
    await expect.poll(() => Promise.all(tabs.map(events))).toEqual(tabs.map(() => ['one']))
    const [host, ...others] = tabs
    if (host === undefined) throw new Error('expected tabs')
    expect(await Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.hubTab.dials)))).toEqual([
      1,
      ...others.map(() => 0),
    ])
    await Promise.all(others.map((tab, n) => tab.evaluate((text) => globalThis.hubTab.send(text), `command ${n}`)))
    await crash(host)
    await peer.say('two')
    await expect.poll(() => [...peer.got].sort()).toEqual(others.map((_, n) => `command ${n}`))
    await expect.poll(() => Promise.all(others.map(events))).toEqual(others.map(() => ['one', 'two']))
    const answers = () => Promise.all(others.map((tab) => tab.evaluate(() => globalThis.hubTab.answers)))
    await expect.poll(answers).toEqual(others.map((_, n) => [`command ${n}: done`]))
    expect(await Promise.all(others.map(gaps))).toEqual(others.map(() => []))
    const [late] = await open(context, 1, address)
    if (late === undefined) throw new Error('expected a tab')
    await peer.say('three')
    await expect.poll(() => events(late)).toEqual(['three'])
    await expect.poll(() => Promise.all(others.map(events))).toEqual(others.map(() => ['one', 'two', 'three']))
  })

  it('are each asked what the driver asks once, also before they opened; one answer ends it, and responses come to who asked', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const address = { ...peer.address, name: newName() }
    const shown = (tab: Page) => tab.evaluate(() => globalThis.hubTab.shown)
    const isOpen = (tab: Page) => tab.evaluate(() => [...globalThis.hubTab.open])
    const [host, second] = await open(context, 2, address)
    if (host === undefined || second === undefined) throw new Error('expected tabs')
    await peer.ask('first')
    await expect.poll(() => Promise.all([host, second].map(shown))).toEqual([['first'], ['first']])
    const [third] = await open(context, 1, address)
    if (third === undefined) throw new Error('expected a tab')
    await expect.poll(() => shown(third)).toEqual(['first'])
    await crash(host)
    const [fourth] = await open(context, 1, address)
    if (fourth === undefined) throw new Error('expected a tab')
    await expect.poll(() => shown(fourth)).toEqual(['first'])
    const tabs = [second, third, fourth]
    await fourth.evaluate(() => globalThis.hubTab.decide('first', 'yes'))
    await expect.poll(() => peer.answers).toEqual(['first: yes'])
    await expect.poll(() => Promise.all(tabs.map(isOpen))).toEqual([[], [], []])
    await Promise.all(tabs.map((tab, n) => tab.evaluate((text) => globalThis.hubTab.command('same', text), `${n}`)))
    const responses = () => Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.hubTab.responses)))
    await expect.poll(responses).toEqual(tabs.map((_, n) => [{ id: 'same', text: `did ${n}` }]))
    expect(await Promise.all(tabs.map(shown))).toEqual([['first'], ['first'], ['first']])
  })

  it.each([{}, { observer: 'yes' }])('go on from the position of a page before: %o', async (mode) => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const address = { ...peer.address, ...mode, name: newName() }
    const [first, second] = await open(context, 2, address)
    if (first === undefined || second === undefined) throw new Error('expected tabs')
    await peer.say('one')
    await expect.poll(() => Promise.all([first, second].map(events))).toEqual([['one'], ['one']])
    const after = await second.evaluate(() => globalThis.hubTab.position())
    expect(after).toMatch(/^\w+(-\w+)?\.\d+/)
    await second.close()
    await peer.say('two')
    await expect.poll(() => events(first)).toEqual(['one', 'two'])
    const [third] = await open(context, 1, { ...address, after })
    if (third === undefined) throw new Error('expected a tab')
    await peer.say('three')
    await expect.poll(() => events(third)).toEqual(['two', 'three'])
    await Promise.all([first.close(), third.close()])
    // No tab is left: the connection itself goes on from there.
    await peer.say('four')
    const [fourth] = await open(context, 1, { ...address, after })
    if (fourth === undefined) throw new Error('expected a tab')
    await expect.poll(() => events(fourth)).toEqual(['two', 'three', 'four'])
    expect(await gaps(fourth)).toEqual([])
  })

  it('each have an observer of their own over one event stream', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const tabs = await open(context, 3, { ...peer.address, name: newName(), observer: 'yes' })
    await peer.say('one')
    await expect.poll(() => Promise.all(tabs.map(events))).toEqual([['one'], ['one'], ['one']])
    const [host, ...others] = tabs
    const dials = (tab: Page) => tab.evaluate(() => globalThis.hubTab.dials)
    expect(await Promise.all(tabs.map(dials))).toEqual([1, 0, 0])
    await host?.close()
    await peer.say('two')
    await expect.poll(() => Promise.all(others.map(events))).toEqual(others.map(() => ['one', 'two']))
    expect(await Promise.all(others.map(gaps))).toEqual([[], []])
  })
})
