// Eight tabs over one connection beside eight tabs with one each: connections, frames and memory, in one run.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright'
import { WebSocketServer } from 'ws'
import { chromiumLaunch, installChromium } from '../../scripts/chromium.ts'

const TABS = 8
const MESSAGES = 2_000
const TEXT = 'x'.repeat(500)

/** What eight tabs came to. */
interface Figures {
  readonly connections: number
  readonly framesPerTab: number
  readonly heapPerTab: number
  readonly tookMs: number
}

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('../../src/tabs-page.ts', import.meta.url))],
  ...{
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    conditions: ['@holdfast/source'],
    write: false,
  },
})
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' })
  response.end(`<!doctype html><title>tab</title><script>${outputFiles[0]?.text}</script>`)
})
const sockets = new WebSocketServer({ server })
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port }: Partial<AddressInfo> = Object(server.address())

async function measure(browser: Browser, isShared: boolean): Promise<Figures> {
  const context = await browser.newContext()
  const hash = new URLSearchParams({ url: `ws://127.0.0.1:${port}`, ...(isShared ? { shared: 'yes' } : {}) })
  const tabs = await Promise.all(
    Array.from({ length: TABS }, async () => {
      const tab = await context.newPage()
      await tab.goto(`http://127.0.0.1:${port}/#${hash}`)
      return tab
    }),
  )
  for (const tab of tabs) await tab.waitForFunction(() => globalThis.isOpen())
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
const shared = await measure(browser, true)
const own = await measure(browser, false)
await browser.close()
server.closeAllConnections()
server.close()
const line = (name: string, { connections, framesPerTab, heapPerTab, tookMs }: Figures): string =>
  `  ${name.padEnd(34)} ${String(connections).padStart(11)} ${framesPerTab.toFixed(0).padStart(15)} ${(heapPerTab / 1024).toFixed(0).padStart(13)} ${tookMs.toFixed(0).padStart(8)}\n`
process.stdout.write(`  ${''.padEnd(34)} connections  frames per tab  heap per tab  took ms\n`)
process.stdout.write(`  ${''.padEnd(34)}              of the server           KiB\n`)
process.stdout.write(line('eight tabs that share', shared))
process.stdout.write(line('eight tabs with one each', own))
if (shared.connections !== 1) throw new Error(`Expected 1 connection, got ${shared.connections}`)
