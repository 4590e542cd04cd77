import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumLaunch } from '../../scripts/chromium.ts'
import { browserOfFile } from './console/browser.ts'
import type { GatewayProcess } from './gateway-process.ts'
import {
  gatewayFor,
  hubPeer,
  openAgain,
  openPage,
  type PageServer,
  type Peer,
  plainPeer,
  servePage,
} from './outbox/stage.ts'

const tests = browserOfFile()
let pages: PageServer
let gateway: GatewayProcess

beforeAll(async () => {
  pages = await servePage()
  gateway = await gatewayFor(pages)
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
  await pages.close()
})

const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `m${from + n}`)
let names = 0
const newName = () => `outbox ${++names} ${process.pid}`

async function sendAll(page: Page, all: readonly string[], delivery?: 'ordered' | 'retry' | 'once'): Promise<void> {
  const codes = await page.evaluate(([texts, how]) => Promise.all(texts.map((text) => outboxPage.send(text, how))), [
    all,
    delivery,
  ] as const)
  expect(codes.filter((code) => code !== undefined)).toEqual([])
}

const connect = (page: Page) => page.evaluate(() => outboxPage.connect())
const isOpen = (page: Page) => page.waitForFunction(() => outboxPage.state() === 'open')
const pending = (page: Page) => page.evaluate(() => outboxPage.pending())
const settled = (page: Page) => page.evaluate(() => outboxPage.settled())
const outcomes = async (page: Page) => (await settled(page)).map(({ args, outcome }) => `${args} ${outcome}`)

/** Messages are on the way there and their acknowledgements never come. */
async function sendUnacknowledged(peer: Peer, page: Page, all: readonly string[]): Promise<void> {
  await connect(page)
  await isOpen(page)
  peer.proxy.blackHole({ direction: 'down' })
  await sendAll(page, all)
  await expect.poll(() => peer.got).toEqual(all)
  await peer.proxy.refuse(true, { keepPort: true })
}

async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  const session = await page.context().newCDPSession(page)
  session.send('Page.crash').catch(() => {})
  await crashed
}

async function heal({ proxy }: Peer): Promise<void> {
  proxy.cut()
  await proxy.heal()
  await proxy.refuse(false)
}

describe('at a hub that recognises its clients', () => {
  it('what was sent while away survives a reload, and arrives in order and once', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const page = await openPage(context, pages.origin, peer, newName())
    await peer.proxy.refuse(true, { keepPort: true })
    await connect(page)
    await sendAll(page, upTo(20))
    await page.reload()
    await openAgain(page)
    expect(await pending(page)).toEqual(upTo(20))
    await sendAll(page, upTo(5, 20))
    await connect(page)
    await peer.proxy.refuse(false)
    await expect.poll(() => outcomes(page)).toEqual(upTo(25).map((args) => `${args} acked`))
    expect(peer.got).toEqual(upTo(25))
    expect((await settled(page)).map(({ isEarlier }) => isEarlier)).toEqual(upTo(25).map((_, n) => n < 20))
    expect(await pending(page)).toEqual([])
    expect(await page.evaluate(() => outboxPage.bytes())).toBe(0)
  })

  it('what was written and not acknowledged before a crash is sent again, and has its effect once', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const name = newName()
    const page = await openPage(context, pages.origin, peer, name)
    await sendUnacknowledged(peer, page, upTo(10))
    await crash(page)
    await page.close()
    const next = await openPage(context, pages.origin, peer, name)
    expect(await pending(next)).toEqual(upTo(10))
    await heal(peer)
    await connect(next)
    await sendAll(next, upTo(5, 10))
    await expect.poll(() => outcomes(next)).toEqual(upTo(15).map((args) => `${args} acked`))
    expect(peer.got).toEqual(upTo(15))
  })

  it('a message of class once is never written twice: after a crash it is in doubt, and reported', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const page = await openPage(context, pages.origin, peer, newName())
    await connect(page)
    await isOpen(page)
    peer.proxy.blackHole({ direction: 'down' })
    await sendAll(page, ['m0'], 'once')
    await expect.poll(() => peer.got).toEqual(['m0'])
    await page.reload()
    await openAgain(page)
    await heal(peer)
    await connect(page)
    await expect.poll(() => settled(page)).toMatchObject([{ outcome: 'inDoubt', code: 'outbox/in_doubt' }])
    await sendAll(page, ['m1'])
    await expect.poll(() => peer.got).toEqual(['m0', 'm1'])
  })

  it('survives the end of the browser', async () => {
    await using peer = await hubPeer(gateway)
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
    const name = newName()
    try {
      const first = await ownBrowser(folder)
      const page = await openPage(first.context, pages.origin, peer, name)
      await peer.proxy.refuse(true, { keepPort: true })
      await connect(page)
      await sendAll(page, upTo(10))
      await first.kill()
      await peer.proxy.refuse(false)
      const second = await ownBrowser(folder)
      const next = await openPage(second.context, pages.origin, peer, name)
      await connect(next)
      await expect.poll(() => outcomes(next)).toEqual(upTo(10).map((args) => `${args} acked`))
      expect(peer.got).toEqual(upTo(10))
      await second.kill()
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  })

  it('a duplicated tab has an outbox of its own, and both send all of theirs once', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const page = await openPage(context, pages.origin, peer, newName())
    await sendAll(page, upTo(5))
    const opened = context.waitForEvent('page')
    await page.evaluate(() => outboxPage.duplicate())
    const twin = await opened
    await openAgain(twin)
    expect(await pending(twin)).toEqual([])
    await sendAll(twin, upTo(5, 100))
    await Promise.all([connect(page), connect(twin)])
    await expect.poll(() => peer.got.length).toBe(10)
    expect(peer.got.filter((args) => args.length < 4)).toEqual(upTo(5))
    expect(peer.got.filter((args) => args.length === 4)).toEqual(upTo(5, 100))
    for (const one of [page, twin]) await expect.poll(() => settled(one)).toHaveLength(5)
    await twin.reload()
    await openAgain(twin)
    await page.reload()
    await openAgain(page)
    expect([await pending(page), await pending(twin)]).toEqual([[], []])
  })

  it('a tab takes over what a closed tab left', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const name = newName()
    const first = await openPage(context, pages.origin, peer, name)
    await sendAll(first, upTo(3))
    await first.close()
    const next = await openPage(context, pages.origin, peer, name)
    await connect(next)
    await expect.poll(() => peer.got).toEqual(upTo(3))
  })

  it('position and state are stored together, and the next page goes on from there', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const page = await openPage(context, pages.origin, peer, newName())
    await connect(page)
    await isOpen(page)
    await peer.say('one')
    await expect.poll(() => page.evaluate(() => outboxPage.events())).toEqual(['one'])
    await page.evaluate(() => outboxPage.save({ seen: ['one'] }))
    await peer.say('two')
    await expect.poll(() => page.evaluate(() => outboxPage.events())).toEqual(['one', 'two'])
    await crash(page)
    await page.close()
    await peer.say('three')
    const next = await openPage(context, pages.origin, peer, `outbox ${names} ${process.pid}`)
    expect(await next.evaluate(() => outboxPage.checkpoint())).toEqual({ seen: ['one'] })
    await connect(next)
    await expect.poll(() => next.evaluate(() => outboxPage.events())).toEqual(['two', 'three'])
  })

  it('a sign-out clears all tabs and leaves nothing for the next page', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const name = newName()
    const one = await openPage(context, pages.origin, peer, name)
    const two = await openPage(context, pages.origin, peer, name)
    await sendAll(one, upTo(2))
    await sendAll(two, upTo(2, 2))
    await one.evaluate(() => outboxPage.clear())
    await expect.poll(() => outcomes(two)).toEqual(['m2 rejected', 'm3 rejected'])
    expect(await settled(one)).toMatchObject([{ code: 'outbox/cleared' }, { code: 'outbox/cleared' }])
    await two.close()
    await one.close()
    const next = await openPage(context, pages.origin, peer, name)
    await connect(next)
    await isOpen(next)
    await sendAll(next, ['after'])
    await expect.poll(() => peer.got).toEqual(['after'])
  })
})

describe('at a server that recognises nobody', () => {
  it('sends what was never written after a reload', async () => {
    await using peer = await plainPeer({ pings: false })
    await using context = await tests.browser.newContext()
    const page = await openPage(context, pages.origin, peer, newName())
    await peer.proxy.refuse(true, { keepPort: true })
    await connect(page)
    await sendAll(page, ['m0', 'm1'])
    await page.reload()
    await openAgain(page)
    await connect(page)
    await peer.proxy.refuse(false)
    await expect.poll(() => outcomes(page)).toEqual(['m0 written', 'm1 written'])
    await expect.poll(() => peer.got).toEqual(['m0', 'm1'])
  })

  it('reports what an earlier page may have written, and repeats only what may be repeated', async () => {
    await using peer = await plainPeer({ pings: true })
    await using context = await tests.browser.newContext()
    const page = await openPage(context, pages.origin, peer, newName())
    await sendUnacknowledged(peer, page, ['m0'])
    await sendAll(page, ['m1'], 'retry')
    await crash(page)
    await page.close()
    const next = await openPage(context, pages.origin, peer, `outbox ${names} ${process.pid}`)
    await heal(peer)
    await connect(next)
    await expect.poll(() => settled(next)).toMatchObject([{ args: 'm0', outcome: 'inDoubt', code: 'outbox/in_doubt' }])
    await expect.poll(() => peer.got.slice(1).filter((args) => args === 'm1').length).toBeGreaterThan(0)
    expect(peer.got.filter((args) => args === 'm0')).toEqual(['m0'])
  })
})

describe('a browser that has no room, or gives none', () => {
  it('refuses what is more than its bound, and drops nothing of what it has', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${pages.origin}/#${new URLSearchParams({ ...peer.address, name: newName() })}`)
    await page.waitForFunction(() => document.title === 'ready')
    expect(await page.evaluate(() => outboxPage.open(1_200))).toBeUndefined()
    await sendAll(page, upTo(3))
    expect(await page.evaluate(() => outboxPage.send('too much'))).toBe('outbox/full')
    expect(await pending(page)).toEqual(upTo(3))
    await connect(page)
    await expect.poll(() => outcomes(page)).toEqual(upTo(3).map((args) => `${args} acked`))
    await sendAll(page, ['again'])
    await expect.poll(() => peer.got).toEqual([...upTo(3), 'again'])
  })

  it('reports when the browser has no room, keeps what it has, and takes what fits', async () => {
    await using peer = await hubPeer(gateway)
    await using context = await tests.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${pages.origin}/#${new URLSearchParams({ ...peer.address, name: newName() })}`)
    await page.waitForFunction(() => document.title === 'ready')
    const session = await context.newCDPSession(page)
    // Before anything is stored: the browser remembers for a while what room there is.
    await session.send('Storage.overrideQuotaForOrigin', { origin: pages.origin, quotaSize: 1_000_000 })
    expect(await page.evaluate(() => outboxPage.open(100_000_000))).toBeUndefined()
    await sendAll(page, ['m0'])
    expect(await page.evaluate(() => outboxPage.sendNoise(5_000_000))).toBe('outbox/quota')
    await sendAll(page, ['m1'])
    expect(await pending(page)).toEqual(['m0', 'm1'])
    await connect(page)
    await expect.poll(() => peer.got).toEqual(['m0', 'm1'])
  })

  it('says so where the page may store nothing', async () => {
    await using context = await tests.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${pages.origin}/forbidden#name=${encodeURIComponent(newName())}`)
    await page.waitForFunction(() => document.title === 'ready')
    expect(await page.evaluate(() => outboxPage.open())).toBe('outbox/unavailable')
  })
})

/** A browser whose process the test has in hand. */
async function ownBrowser(profile: string) {
  const { executablePath, args, env } = chromiumLaunch()
  const flags = ['--headless', '--remote-debugging-port=0', `--user-data-dir=${profile}`]
  const child = spawn(executablePath, [...args, ...flags], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const [, found] = /^DevTools listening on (ws:\S+)$/.exec(line) ?? []
      if (found !== undefined) resolve(found)
    })
    exited.then(() => reject(new Error('the browser has ended')))
  })
  const browser = await chromium.connectOverCDP(address)
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('the browser has no context')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
    await browser.close()
  }
  return { context, kill }
}
