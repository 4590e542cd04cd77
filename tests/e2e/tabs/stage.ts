import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright'
import { type WebSocket, WebSocketServer } from 'ws'

/** Serves the page, the script of its worker, and a log over WebSockets. */
export interface Stage extends AsyncDisposable {
  readonly origin: string
  readonly url: string
  readonly log: readonly { readonly seq: number; readonly text: string }[]
  /** Links that are open. */
  readonly links: number
  /** Pages and workers that stand still. */
  readonly held: number
  add(text: string): void
  /** A page that calls `standStill()` goes on. */
  release(): void
}

async function scriptOf(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, name)],
    ...{ bundle: true, format: 'iife', platform: 'browser', conditions: ['@holdfast/source'], write: false },
  })
  return outputFiles[0]?.text ?? ''
}

export async function openStage(): Promise<Stage> {
  const [page, hub, worker] = await Promise.all([scriptOf('page.ts'), scriptOf('hub-page.ts'), scriptOf('worker.ts')])
  const log: { seq: number; text: string }[] = []
  const ids = new Set<string>()
  const live = new Set<WebSocket>()
  const held: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (request.url === '/held') return void held.push(response)
    const isWorker = request.url === '/worker.js'
    response.writeHead(200, { 'content-type': isWorker ? 'text/javascript' : 'text/html' })
    response.end(
      isWorker ? worker : `<!doctype html><title>tab</title><script>${request.url === '/hub' ? hub : page}</script>`,
    )
  })
  const add = (text: string): void => {
    const entry = { seq: log.length + 1, text }
    log.push(entry)
    for (const socket of live) socket.send(JSON.stringify(entry))
  }
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    socket.on('close', () => live.delete(socket))
    socket.on('message', (data) => {
      const { hello, after, id, text } = JSON.parse(String(data))
      if (hello === true) {
        socket.send(JSON.stringify({ welcome: log.length, resumed: after !== undefined }))
        for (const entry of after === undefined ? [] : log.slice(after)) socket.send(JSON.stringify(entry))
        live.add(socket)
        return
      }
      if (!ids.has(id)) add(text)
      ids.add(id)
      socket.send(JSON.stringify({ acked: id }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: Partial<AddressInfo> = Object(server.address())
  return {
    origin: `http://127.0.0.1:${port}`,
    url: `ws://127.0.0.1:${port}`,
    log,
    get links() {
      return live.size
    },
    get held() {
      return held.length
    },
    add,
    release() {
      for (const response of held.splice(0)) response.end()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Opens so many tabs, and waits until they are open. */
export async function openTabs(
  context: BrowserContext,
  { origin, url }: Stage,
  count: number,
  options: Readonly<Record<string, string>>,
): Promise<Page[]> {
  const hash = new URLSearchParams({ url, ...options })
  const tabs = await Promise.all(
    Array.from({ length: count }, async () => {
      const tab = await context.newPage()
      await tab.goto(`${origin}/#${hash}`)
      return tab
    }),
  )
  for (const tab of tabs) await isOpen(tab)
  return tabs
}

export async function isOpen(tab: Page): Promise<void> {
  await tab.waitForFunction(() => globalThis.tabsPage.state() === 'open', undefined, { polling: 20 })
}
