import type { BrowserContext, Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { browserOfFile, openTab } from './console/browser.ts'
import { startFront } from './console/front.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const TOKENS = ['--token', 'mine=me', '--token', 'eyes=watcher:observe', '--token', 'hands=worker:lead+shell']
const FLAGS = [...TOKENS, '--store', 'memory', '--shell', '/bin/sh']
let gateway: GatewayProcess
const chromium = browserOfFile()
let context: BrowserContext

beforeAll(async () => {
  gateway = await startGateway([...FLAGS, '--port', '0'])
  context = await chromium.browser.newContext()
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

const says = (page: Page, text: string): Promise<void> => page.getByRole('alert').filter({ hasText: text }).waitFor()
/** Parts of the page, those that are seen side by side on a wide screen as well. */
const parts = (page: Page): Promise<string[]> => page.locator('nav .tab').allTextContents()

/** A page that offers more than the token lets do: it asks with POST, and why a dial failed with GET. */
async function offerShells(page: Page, ...methods: readonly string[]): Promise<void> {
  await page.route('**/api/me', async (route) => {
    if (!methods.includes(route.request().method())) return route.continue()
    try {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), startsShells: true } })
    } catch {
      // The page asks again and again, the last time when the gateway of these tests has ended.
      await route.abort().catch(() => {})
    }
  })
}

it('a wrong token, another server at the address, and a page that is not allowed are distinguished, each with what to do', async () => {
  const { page } = await openTab(context, gateway.url)
  await signIn(page, 'wrong')
  await says(page, 'The gateway does not know this token. Copy the whole of it')
  await signIn(page, 'mine')
  await page.getByRole('heading', { name: 'No session is open' }).waitFor()

  await using pages = await startFront(gateway.url, { hasPagesOnly: true })
  const { page: lost } = await openTab(context, pages.url)
  await signIn(lost, 'mine')
  await says(lost, `At ${pages.url} something answers that is no Holdfast gateway. Check the address`)

  await using renamed = await startFront(gateway.url, { host: 'inside.example:80' })
  const { page: foreign } = await openTab(context, `${renamed.url}/#token=mine`)
  await says(foreign, `The gateway serves no pages from ${renamed.url}.`)
  await says(foreign, `--origin ${renamed.url}`)
})

it('a gateway that does not answer is reported and tried again, and lets in as soon as it is back', async () => {
  const first = await startGateway([...FLAGS, '--port', '0'])
  const { page } = await openTab(await chromium.browser.newContext(), first.url)
  await page.getByLabel('Token').waitFor()
  await first.stop('SIGKILL')
  await signIn(page, 'mine')
  await says(page, `The gateway at ${first.url} does not answer`)
  await says(page, 'It is tried again')
  const second = await startGateway([...FLAGS, '--port', String(first.port)])
  try {
    await page.getByRole('heading', { name: 'No session is open' }).waitFor()
  } finally {
    await second.stop('SIGTERM')
  }
})

it('the console offers what the token permits, and nothing else', async () => {
  const open = async (token: string): Promise<Page> => {
    const { page } = await openTab(await chromium.browser.newContext(), `${gateway.url}/#token=${token}`)
    await page.getByRole('navigation').waitFor()
    return page
  }
  const watcher = await open('eyes')
  expect(await parts(watcher)).toEqual(['Sessions', 'Session', 'Doctor'])
  await watcher.getByText('There is no session yet that you may see.').waitFor()
  expect(await watcher.getByLabel('Name of a new session').count()).toBe(0)
  await watcher.keyboard.press('Alt+3')
  await watcher.getByRole('heading', { name: 'No session is open' }).waitFor()
  const worker = await open('hands')
  expect(await parts(worker)).toEqual(['Sessions', 'Session', 'Shells', 'Doctor'])
  // What it says to type is what works on the gateway's machine.
  await worker.getByText(/(npx )?holdfast lead -- make test/).waitFor()
  expect(await parts(await open('mine'))).toEqual(['Sessions', 'Session', 'Shells', 'Doctor', 'Health'])
})

it('a shell that the gateway refuses is reported as a refusal with what to do, and not as an outage', async () => {
  const { page } = await openTab(await chromium.browser.newContext(), gateway.url)
  await offerShells(page, 'POST')
  await signIn(page, 'eyes')
  await page.getByRole('button', { name: 'Shells', exact: true }).click()
  await page.getByRole('button', { name: 'New shell' }).click()
  const note = page.locator('.shell-note')
  await note.filter({ hasText: 'You may not open shells here. Ask the gateway’s operator' }).waitFor()
  expect(await page.locator('.away-strip').count()).toBe(0)
})

it('a gateway that is full says so instead of a new shell, and what to do', async () => {
  const { page } = await openTab(await chromium.browser.newContext(), gateway.url)
  await offerShells(page, 'POST', 'GET')
  const full = 'This server runs 100 shells already.'
  await page.route('**/shells', (route) => route.fulfill({ json: { shells: [], full } }))
  await signIn(page, 'eyes')
  await page.getByRole('button', { name: 'Shells', exact: true }).click()
  await page.getByRole('button', { name: 'New shell' }).click()
  const words = `${full} End one that is not needed, then there is room. It is tried again in`
  await page.locator('.away-strip').filter({ hasText: words }).waitFor()
})

it('a link to a shell that is not there says so, with a way on, and one to a shell that runs leads there', async () => {
  const { page } = await openTab(
    await chromium.browser.newContext(),
    `${gateway.url}/#token=mine&view=shells&shell=nosuch`,
  )
  await page.getByRole('heading', { name: 'There is no shell nosuch' }).waitFor()
  await page.getByText('It has ended, it is somebody else’s, or the link is not whole.').waitFor()
  await page.getByRole('button', { name: 'All shells' }).click()
  await page.getByText('No shell runs.').waitFor()
  await page.getByRole('button', { name: 'New shell' }).click()
  await page.locator('.xterm-helper-textarea').waitFor()
  const id = (await page.locator('.shell-bar code').textContent()) ?? ''
  await page.locator('.shell-bar strong').filter({ hasText: /^sh$/ }).waitFor()
  const { page: other } = await openTab(
    await chromium.browser.newContext(),
    `${gateway.url}/#token=mine&view=shells&shell=${id}`,
  )
  await other.getByText('You watch').first().waitFor()
  expect(await other.locator('.shell-bar code').textContent()).toBe(id)

  // From its tab, too, the question names what is ended, and since when it runs.
  await page.getByRole('button', { name: 'End', exact: true }).click()
  const question = page.getByRole('dialog', { name: 'End sh?' })
  await question.filter({ hasText: /It runs since \d\d:\d\d:\d\d \(.+\), as “\/bin\/sh”\./ }).waitFor()
})

it('a phone has a way to sign out', async () => {
  const phone = await chromium.browser.newContext({ viewport: { width: 390, height: 844 } })
  const { page } = await openTab(phone, `${gateway.url}/#token=mine`)
  const button = page.getByRole('button', { name: 'Sign out' })
  await button.waitFor()
  const box = await button.boundingBox()
  expect(box !== null && box.x >= 0 && box.x + box.width <= 390).toBe(true)
  await button.click()
  await page.getByLabel('Token').waitFor()
  await page.reload()
  await page.getByLabel('Token').waitFor()
})
