import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { chromiumLaunch, installChromium } from '../../../scripts/chromium.ts'
import { look } from '../../e2e/console/axe.ts'
import { PACKAGES } from '../packed.ts'

const root = join(import.meta.dirname, '../../..')
const built = join(root, 'docs/.vitepress/dist')
const BASE = process.env['HOLDFAST_DOCS_BASE'] ?? '/'
const REPOSITORY = process.env['HOLDFAST_DOCS_REPOSITORY']
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
/** One of each kind. */
const LOOKED_AT = [
  '',
  'start/',
  'guides/exactly-once',
  'errors',
  'wire/resume-extension',
  'comparison',
  'reference/',
  'reference/core/',
  'reference/core/classes/Connection',
]

let said: string
let server: Server
let browser: Browser
let url: string

beforeAll(async () => {
  const { stdout, stderr } = await promisify(execFile)('pnpm', ['docs:build'], { cwd: root, maxBuffer: 1e8 })
  said = `${stdout}${stderr}`
  server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://site').pathname).slice(BASE.length - 1)
    const found = [path, `${path}.html`, join(path, 'index.html')].map((file) => join(built, file)).filter(isFile)[0]
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': TYPES[extname(found ?? '')] ?? 'text/html' })
    response.end(found === undefined ? '' : readFileSync(found))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}${BASE}`
  installChromium()
  browser = await chromium.launch(chromiumLaunch())
})
afterAll(async () => {
  await browser.close()
  server.close()
})

function isFile(file: string): boolean {
  return existsSync(file) && extname(file) !== ''
}

it('is built without a warning, and no page links to one that is not there', () => {
  // VitePress ends with an error where a link is dead.
  expect(said).toMatch(/build complete/)
  expect(said.split('\n').filter((line) => /warn|falling back|dead link|error/i.test(line))).toEqual([])
})

it('has a page for every package and program, a reference of every entry, and the schemas of the wires', () => {
  for (const name of PACKAGES) {
    expect([name, existsSync(join(built, 'packages', `${name}.html`))]).toEqual([name, true])
  }
  for (const name of ['cli', 'console', 'create', 'gateway']) {
    expect([name, existsSync(join(built, 'programs', `${name}.html`))]).toEqual([name, true])
  }
  const pages = readdirSync(join(built, 'reference'), { recursive: true, encoding: 'utf8' })
  const some = [
    'core/index.html',
    'core/classes/Connection.html',
    'hub/classes/HubClient.html',
    'protocol/hub/index.html',
  ]
  expect(pages).toEqual(expect.arrayContaining(some))
  expect(readFileSync(join(built, 'reference/core/index.html'), 'utf8')).toContain('The outcome of one <code>send()')
  for (const wire of ['acp', 'hub', 'sessions', 'shell', 'tracker']) {
    expect(JSON.parse(readFileSync(join(built, `schemas/${wire}.json`), 'utf8'))).toHaveProperty('$schema')
  }
})

it('links to files of the repository lead to something in it, and there are none where nobody knows where it is', () => {
  const pages = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))
  const paths = new Set<string>()
  for (const page of pages) {
    const links = readFileSync(join(built, page), 'utf8').matchAll(/href="[^"]+\/blob\/main\/([^"#]+)/g)
    for (const [, path = ''] of links) paths.add(path)
  }
  expect(paths.size > 0).toBe(REPOSITORY !== undefined)
  expect([...paths].filter((path) => path.includes('..') || !existsSync(join(root, path)))).toEqual([])
})

it('no page of the reference is long, and its columns are short', () => {
  const reference = join(root, 'docs/reference')
  const pages = readdirSync(reference, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'))
  const lengths = pages.map((page) => [readFileSync(join(reference, page), 'utf8').split('\n').length, page] as const)
  expect(lengths.filter(([length]) => length > 800)).toEqual([])
  expect(lengths.filter(([length, page]) => length > 400 && page.endsWith('index.md'))).toEqual([])
  for (const page of pages) {
    const html = readFileSync(join(built, 'reference', page.replace(/md$/, 'html')), 'utf8')
    expect([page, (html.match(/VPSidebarItem level-1/g) ?? []).length < 60]).toEqual([page, true])
  }
})

/** A page of the site, and what it asked of other hosts. */
async function open(path: string): Promise<{ readonly page: Page; readonly elsewhere: readonly string[] }> {
  const page = await browser.newPage()
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) elsewhere.push(request.url())
  })
  await page.goto(`${url}${path}`)
  await page.waitForLoadState('networkidle')
  return { page, elsewhere }
}

it.each(LOOKED_AT)(
  'axe finds nothing on /%s, in light and in dark, and nothing is asked of another host',
  async (path) => {
    const { page, elsewhere } = await open(path)
    const faults = await look(page, path)
    await page.close()
    expect(faults).toEqual([])
    expect(elsewhere).toEqual([])
  },
)

it('is searched without a network', async () => {
  const { page, elsewhere } = await open('start/')
  await page.keyboard.press('Control+k')
  await page.locator('.VPLocalSearchBox input').fill('inDoubt')
  await page.locator('.VPLocalSearchBox .result').first().waitFor()
  expect(await page.locator('.VPLocalSearchBox .result').count()).toBeGreaterThan(2)
  expect(elsewhere).toEqual([])
  await page.close()
})
