import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { browserOfFile, openTab } from './console/browser.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const example = dirname(fileURLToPath(import.meta.resolve('@holdfast/example-react-vite/package.json')))
const chromium = browserOfFile()

interface Served {
  readonly origin: string
  close(): Promise<void>
}

/** A copy, from where the example's own packages are found. */
let place: string
let page: Page
const closing: { close(): Promise<unknown> }[] = []

beforeAll(() => {
  // Not below node_modules, where vite watches nothing.
  const results = join(example, '.results')
  mkdirSync(results, { recursive: true })
  place = mkdtempSync(join(results, 'e2e-'))
  for (const name of ['src', 'index.html', 'vite.config.ts'])
    cpSync(join(example, name), join(place, name), { recursive: true })
})

afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

function kept<T extends { close(): Promise<unknown> }>(one: T): T {
  closing.push(one)
  return one
}

/** The page as it is built for people. */
async function built(): Promise<Served> {
  const { build, preview } = await import('vite')
  await build({ root: place, logLevel: 'error' })
  const server = await preview({ root: place, logLevel: 'error', preview: { host: '127.0.0.1', port: 0 } })
  return kept({ origin: originOf(server.resolvedUrls), close: () => server.close() })
}

/** The page while somebody works on it. */
async function developed(): Promise<Served> {
  const { createServer } = await import('vite')
  const server = await createServer({
    root: place,
    logLevel: 'error',
    cacheDir: join(place, '.vite'),
    server: { host: '127.0.0.1', port: 0 },
  })
  await server.listen()
  return kept({ origin: originOf(server.resolvedUrls), close: () => server.close() })
}

function originOf(urls: { readonly local: readonly string[] } | null): string {
  const [url] = urls?.local ?? []
  if (url === undefined) throw new Error('vite does not listen')
  return new URL(url).origin
}

interface Stage {
  readonly proxy: ChaosProxy
  readonly gateway: GatewayProcess
  readonly lead: HubClient
  /** What the lead was asked to say. */
  readonly asked: readonly unknown[]
  readonly lines: () => Promise<readonly string[]>
}

/** A gateway with a session, its lead, and the page behind a proxy. */
async function setStage({ origin }: Served): Promise<Stage> {
  const gateway = await startGateway([
    ...['--port', '0', '--store', 'memory', '--token', 't', '--shell', 'none', '--origin', origin],
  ])
  kept({ close: () => gateway.stop('SIGTERM') })
  const proxy = kept(await startChaosProxy({ target: { host: '127.0.0.1', port: gateway.port } }))
  const asked: unknown[] = []
  const lead = kept(
    new HubClient({
      transport: nodeWebSocket(),
      url: gateway.url,
      token: 't',
      role: 'lead',
      onRequest: (request) => {
        asked.push(Object(request).args)
        return [{ action: 'RETURN', result: 'said' }]
      },
    }),
  )
  await lead.connect()
  const context = await chromium.browser.newContext()
  kept({ close: () => context.close() })
  const place = new URLSearchParams({ hub: proxy.url, session: lead.sessionId ?? '', token: 't' })
  const tab = await openTab(context, `${origin}/#${place}`)
  page = tab.page
  await page.locator('#doctor[data-state=open]').waitFor()
  return { proxy, gateway, lead, asked, lines: () => page.locator('#lines li').allTextContents() }
}

const say = ({ lead }: Stage, text: string) => lead.event('note', { text })

async function ask(text: string): Promise<void> {
  await page.locator('input[name=draft]').fill(text)
  await page.locator('button').click()
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`)

it('the built page shows every line once and asks everything once, through drops and refusals', async () => {
  const stage = await setStage(await built())
  const { proxy } = stage
  let said = 0
  for (const round of [0, 1, 2, 3]) {
    for (let n = 0; n < 5; n += 1) await say(stage, `line ${said++}`)
    if (round === 1) await proxy.refuse(true, { keepPort: true })
    proxy.cut()
    await page.locator('#doctor:not([data-state=open])').waitFor()
    await ask(`question ${round}`)
    for (let n = 0; n < 5; n += 1) await say(stage, `line ${said++}`)
    if (round === 1) await proxy.refuse(false)
    await page.locator('#doctor[data-state=open]').waitFor()
  }
  await expect.poll(stage.lines).toEqual(numbers(said))
  await expect.poll(() => page.locator('#answers li').allTextContents()).toHaveLength(4)
  expect(stage.asked).toEqual([0, 1, 2, 3].map((round) => `question ${round}`))
  expect(await page.locator('#doctor').textContent()).toMatch(/^Connected for /)
})

it('fast refresh changes the page and keeps its one connection and its lines', async () => {
  const stage = await setStage(await developed())
  const { proxy } = stage
  await say(stage, 'line 0')
  await expect.poll(stage.lines).toEqual(['line 0'])
  const before = proxy.stats.accepted
  const file = join(place, 'src/session.tsx')
  writeFileSync(file, readFileSync(file, 'utf8').replace('>Ask<', '>Say<').replace("'Ask'", "'Say'"))
  await page.getByRole('button', { name: 'Say' }).waitFor()
  await say(stage, 'line 1')
  await expect.poll(stage.lines).toEqual(numbers(2))
  expect(proxy.stats.accepted).toBe(before)
  expect(proxy.stats.open).toBe(1)
})
