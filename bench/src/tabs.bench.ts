// Eight tabs over one connection beside eight tabs with one each: connections, frames and memory, in one run; and how soon
// another tab has the connection when the one that leads is closed, crashes or stands still.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { WebSocketServer } from 'ws'
import { chromiumLaunch, installChromium } from '../../scripts/chromium.ts'

const TABS = 8
const MESSAGES = 500
const TEXT = 'x'.repeat(500)

/** What eight tabs came to. */
interface Figures {
  readonly connections: number
  readonly framesPerTab: number
  readonly heapPerTab: number
  readonly tookMs: number
}

type Place = 'own' | 'tab' | 'worker'

async function scriptOf(name: string, place: Place): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../../src/${name}`, import.meta.url))],
    ...{
      bundle: true,
      minify: true,
      format: 'iife',
      platform: 'browser',
      conditions: ['@holdfast/source'],
      write: false,
    },
    define: { PLACE: JSON.stringify(place) },
  })
  return outputFiles[0]?.text ?? ''
}

const pages: Readonly<Record<Place, string>> = {
  own: await scriptOf('tabs-page.ts', 'own'),
  tab: await scriptOf('tabs-page.ts', 'tab'),
  worker: await scriptOf('tabs-page.ts', 'worker'),
}
const worker = await scriptOf('tabs-worker.ts', 'worker')
const server = createServer((request, response) => {
  // Never answered: what waits for it stands still.
  if (request.url === '/held') return
  const isWorker = request.url === '/worker.js'
  response.writeHead(200, { 'content-type': isWorker ? 'text/javascript' : 'text/html' })
  const { [String(request.url).slice(1) as Place]: page = '' } = pages
  response.end(isWorker ? worker : `<!doctype html><title>tab</title><script>${page}</script>`)
})
const sockets = new WebSocketServer({ server })
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port }: Partial<AddressInfo> = Object(server.address())

// Frames are drawn for the tab in front alone: a page is not asked by them.
const polling = 20

async function openTabs(context: BrowserContext, place: Place): Promise<Page[]> {
  const hash = new URLSearchParams({ url: `ws://127.0.0.1:${port}` })
  const tabs = await Promise.all(
    Array.from({ length: TABS }, async () => {
      const tab = await context.newPage()
      await tab.goto(`http://127.0.0.1:${port}/${place}#${hash}`)
      return tab
    }),
  )
  for (const tab of tabs) await tab.waitForFunction(() => globalThis.isOpen(), undefined, { polling })
  return tabs
}

/** Ends a page, or what it does. */
type Ends = (page: Page, context: BrowserContext) => Promise<unknown>

const ENDS: Readonly<Record<string, Ends>> = {
  closed: (page) => page.close(),
  async crashed(page, context) {
    const session = await context.newCDPSession(page)
    session.send('Page.crash').catch(() => {})
  },
  // As a page is that is frozen: nothing of it runs.
  async 'standing still'(page) {
    page.evaluate(() => globalThis.standStill()).catch(() => {})
  },
}

/** From the end of the tab that leads until each of the others is open again, in milliseconds: the first and the last. */
async function takeover(browser: Browser, ends: Ends): Promise<readonly [first: number, last: number]> {
  const context = await browser.newContext()
  const tabs = await openTabs(context, 'tab')
  const areHosts = await Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.isHost)))
  const host = tabs[areHosts.indexOf(true)]
  if (host === undefined) throw new Error('Expected one of the tabs to lead')
  const others = tabs.filter((tab) => tab !== host)
  const endedAt = Date.now()
  await ends(host, context)
  const opened: number[] = []
  for (const tab of others) {
    await tab.waitForFunction((at) => globalThis.openedAt > at && globalThis.isOpen(), endedAt, { polling })
    opened.push((await tab.evaluate(() => globalThis.openedAt)) - endedAt)
  }
  await context.close()
  return [Math.min(...opened), Math.max(...opened)]
}

async function measure(browser: Browser, place: Place): Promise<Figures> {
  const context = await browser.newContext()
  const tabs = await openTabs(context, place)
  const connections = sockets.clients.size
  const began = performance.now()
  for (let n = 0; n < MESSAGES; n += 1) for (const socket of sockets.clients) socket.send(JSON.stringify({ n, TEXT }))
  for (const tab of tabs)
    await tab.waitForFunction((count) => globalThis.got === count, MESSAGES, { polling: 20, timeout: 120_000 })
  const tookMs = performance.now() - began
  let heap = 0
  for (const tab of tabs) {
    const session = await context.newCDPSession(tab)
    await session.send('HeapProfiler.collectGarbage')
    heap += (await session.send('Runtime.getHeapUsage')).usedSize
  }
  await context.close()
  for (const socket of sockets.clients) socket.terminate()
  return { connections, framesPerTab: (MESSAGES * connections) / TABS, heapPerTab: heap / TABS, tookMs }
}

installChromium()
const browser = await chromium.launch(chromiumLaunch())
const shared = await measure(browser, 'tab')
const byWorker = await measure(browser, 'worker')
const own = await measure(browser, 'own')
const takeovers: string[] = []
for (const [name, ends] of Object.entries(ENDS)) {
  const [first, last] = await takeover(browser, ends)
  takeovers.push(`  ${name.padEnd(34)} ${String(first).padStart(11)} ${String(last).padStart(15)}\n`)
}
await browser.close()
server.closeAllConnections()
server.close()
const line = (name: string, { connections, framesPerTab, heapPerTab, tookMs }: Figures): string =>
  `  ${name.padEnd(34)} ${String(connections).padStart(11)} ${framesPerTab.toFixed(0).padStart(15)} ${(heapPerTab / 1024).toFixed(0).padStart(13)} ${tookMs.toFixed(0).padStart(8)}\n`
process.stdout.write(`  ${''.padEnd(34)} connections  frames per tab  heap per tab  took ms\n`)
process.stdout.write(`  ${''.padEnd(34)}              of the server           KiB\n`)
process.stdout.write(line('eight tabs, of which one leads', shared))
process.stdout.write(line('eight tabs with a shared worker', byWorker))
process.stdout.write(line('eight tabs with one each', own))
process.stdout.write(`  ${'the tab that leads is'.padEnd(34)}  first back   all back, in ms\n`)
for (const takeover of takeovers) process.stdout.write(takeover)
for (const { connections } of [shared, byWorker])
  if (connections !== 1) throw new Error(`Expected 1 connection, got ${connections}`)
