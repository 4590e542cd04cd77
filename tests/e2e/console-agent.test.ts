import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { look } from './console/axe.ts'
import { browserOfFile, openTab, type Tab } from './console/browser.ts'
import { AGENT_FILE, CLI_MAIN, type GatewayProcess, run, startGateway } from './gateway-process.ts'
import { endShellHost } from './support/shell-host.ts'

const PHONE = { width: 390, height: 844 }

const chromium = browserOfFile()
let folder = ''
let gateway: GatewayProcess
let context: BrowserContext
const tabs: Tab[] = []

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-console-agent-')))
  gateway = await start(0)
  context = await chromium.browser.newContext({ colorScheme: 'light', serviceWorkers: 'block' })
})

afterEach(async () => {
  await context.close()
  await gateway.stop('SIGKILL')
  await endShellHost(join(folder, 'data'), 'agent-host')
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  expect(tabs.splice(0).flatMap(({ complaints }) => complaints)).toEqual([])
})

function start(port: number): Promise<GatewayProcess> {
  return startGateway([
    ...['--port', String(port), '--data', join(folder, 'data'), '--token', 't', '--token', 'w=watcher:observe'],
    ...['--shell', 'none', '--agent', `scripted=${process.execPath} ${AGENT_FILE}`, '--agent-folder', folder],
  ])
}

function environment(): NodeJS.ProcessEnv {
  return { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' }
}

/** A prompt in a new session. @returns its id */
async function prompted(prompt: string): Promise<string> {
  const { child, ended } = run(CLI_MAIN, ['agent', 'run', 'scripted', prompt, '--detach'], environment())
  child.stdin?.end()
  return (await ended).stdout.trim()
}

async function open(session: string, viewport = { width: 1360, height: 800 }): Promise<Page> {
  const tab = await openTab(context, `${gateway.url}/#${new URLSearchParams({ token: 't', session })}`)
  tabs.push(tab)
  await tab.page.setViewportSize(viewport)
  await tab.page.getByText('Live', { exact: true }).waitFor()
  return tab.page
}

const question = (page: Page): ReturnType<Page['locator']> => page.locator('.question')

/** Everything that an agent shows, as whoever opens the page finds it. */
async function showsAll(page: Page): Promise<void> {
  await page.locator('.entry.message .heading').filter({ hasText: 'Done' }).waitFor()
  await page.locator('.entry.message strong').filter({ hasText: 'good' }).waitFor()
  const thought = page.locator('.entry.thinking details')
  expect(await thought.getAttribute('open')).toBeNull()
  expect(await thought.locator('summary').textContent()).toContain('First I look.')
  const result = page.locator('.entry.tool_result').filter({ hasText: 'result of Edit a.txt' })
  await result.locator('.diff-removed').filter({ hasText: '-two' }).waitFor()
  await result.locator('.diff-added').filter({ hasText: '+three' }).waitFor()
  await page.locator('.plan').getByText('Plan: 0 of 2 done').waitFor()
  expect(await page.locator('.plan li').allTextContents()).toEqual(['☐ look(to do)', '☐ mend(to do)'])
  await page.getByText('12,000 of 200,000 tokens').waitFor()
}

const ALL = 'muse\nplan look mend\nusage 12000 200000\nedit a.txt\nmd\nask deploy\nsay after'

it('the console shows all that an agent says and does, asks with its own buttons, and is the same after a reload and a kill of the gateway', async () => {
  const page = await open(await prompted(ALL))
  await showsAll(page)
  await question(page).getByText('May I deploy?').waitFor()
  await question(page).getByText('run deploy').waitFor()
  await expect.poll(() => page.title()).toBe('(1) Holdfast')
  await page.reload()
  await showsAll(page)
  await gateway.stop('SIGKILL')
  gateway = await start(gateway.port)
  await page.getByText('Live', { exact: true }).waitFor()
  expect(await question(page).getByRole('button').allTextContents()).toEqual(['Allow', 'Reject'])
  await question(page).getByRole('button', { name: 'Allow' }).click()
  await page.locator('.entry.message').filter({ hasText: '[deploy: yes]after' }).waitFor()
  await question(page).waitFor({ state: 'detached' })
  await expect.poll(() => page.title()).toBe('Holdfast')
})

it('an agent that reports more of itself than an event has room for is prompted on, here and elsewhere, after a kill of the gateway', async () => {
  const session = await prompted('commands 600000\nask q\nsay after')
  const page = await open(session)
  await question(page).getByText('May I q?').waitFor()
  await gateway.stop('SIGKILL')
  gateway = await start(gateway.port)
  await page.getByText('Live', { exact: true }).waitFor()
  await question(page).getByRole('button', { name: 'Allow' }).click()
  await page.locator('.entry.message').filter({ hasText: '[q: yes]after' }).waitFor()
  await page.getByLabel('Prompt the agent').fill('say again')
  await page.keyboard.press('Enter')
  await page.locator('.entry.message').filter({ hasText: 'again' }).waitFor()
  const attached = run(CLI_MAIN, ['agent', 'attach', session, 'say more'], environment())
  attached.child.stdin?.end()
  expect(await attached.ended).toMatchObject({ code: 0, stdout: 'more\n' })
})

it('a form is filled in, in a page and line by line in a terminal, and is what the agent has', async () => {
  const session = await prompted('form\nsay after')
  const page = await open(session)
  await question(page).getByText('Which branch?').waitFor()
  await page.getByLabel('Commits').fill('3')
  await page.getByLabel('Size').selectOption('large')
  // It is needed.
  await question(page).getByRole('button', { name: 'Send' }).click()
  await page.getByLabel('Branch').fill('main')
  await question(page).getByRole('button', { name: 'Send' }).click()
  const filled = '{"branch":"main","count":3,"push":false,"size":"large"}'
  await page.locator('.entry.message').filter({ hasText: filled }).waitFor()
  const { child, ended } = run(CLI_MAIN, ['agent', 'attach', session, 'form'], environment())
  child.stdin?.end('\nmain\nthree\n3\ny\n\n')
  const { stdout, stderr } = await ended
  expect(stdout).toContain('{"branch":"main","count":3,"push":true}')
  for (const why of ['Expected something, since it is needed.', 'Expected a whole number.'])
    expect(stderr).toContain(why)
})

it('an observer in the console sees the state of the agent, also when joining late', async () => {
  const session = await prompted('plan look mend\nusage 12000 200000\nsay after')
  const page = await open(session)
  await page.locator('.entry.message').filter({ hasText: 'after' }).waitFor()
  const tab = await openTab(context, `${gateway.url}/#${new URLSearchParams({ token: 'w', session })}`)
  tabs.push(tab)
  await tab.page.locator('.plan').getByText('Plan: 0 of 2 done').waitFor()
  await tab.page.getByText('12,000 of 200,000 tokens').waitFor()
})

it('the console shows the progress of a tool, stops a turn, and chooses a mode, which the agent has from then on', async () => {
  const page = await open(await prompted('edit b.txt\nsay working\nsleep 60000'))
  await page.locator('.entry.tool_call .tool-status').filter({ hasText: 'done' }).waitFor()
  await page.getByText('working', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
  await page.getByLabel('Mode').selectOption('code')
  await page.getByLabel('Prompt the agent').fill('mode')
  await page.keyboard.press('Enter')
  await page.locator('.entry.message').filter({ hasText: '[mode code]' }).waitFor()
  await page.reload()
  await expect.poll(() => page.getByLabel('Mode').inputValue()).toBe('code')
})

it('a question that is answered in one tab is over in the other, and in the list', async () => {
  const session = await prompted('ask one\nsay after')
  const [first, second] = [await open(session), await open(session)]
  await question(second).getByText('May I one?').waitFor()
  await first.locator('.sessions').getByText('1 question waiting').waitFor()
  await question(second).getByRole('button', { name: 'Reject' }).click()
  await question(first).waitFor({ state: 'detached' })
  await first.locator('.entry.message').filter({ hasText: '[one: no]after' }).waitFor()
  await first.locator('.sessions').getByText('1 question waiting').waitFor({ state: 'detached' })
})

it('the console of an agent fits a phone, can be pressed, and has no fault that axe finds', async () => {
  const page = await open(await prompted(ALL), PHONE)
  await question(page).getByRole('button', { name: 'Allow' }).waitFor()
  await page.getByText('12,000 of 200,000 tokens').waitFor()
  expect(await look(page, 'phone, agent')).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  const box = await question(page).getByRole('button', { name: 'Allow' }).boundingBox()
  expect(box?.height).toBeGreaterThanOrEqual(44)
  await question(page).getByRole('button', { name: 'Reject' }).click()
  await page.getByText('[deploy: no]after').waitFor()
  await page.setViewportSize({ width: 1360, height: 800 })
  expect(await look(page, 'desktop, agent')).toEqual([])
})

it('the console shows a system notification when an agent asks, if the person wants that and looks elsewhere', async () => {
  await context.addInitScript(() => {
    const seen: { readonly title: string; onclick?: () => void }[] = []
    class Told {
      static permission = 'default'
      static async requestPermission(): Promise<string> {
        Told.permission = 'granted'
        return 'granted'
      }
      readonly title: string
      constructor(title: string) {
        this.title = title
        seen.push(this)
      }
      close(): void {}
    }
    let isHidden = false
    Object.defineProperty(document, 'visibilityState', { get: () => (isHidden ? 'hidden' : 'visible') })
    Object.assign(window, {
      Notification: Told,
      seen,
      hide: (hides: boolean) => {
        isHidden = hides
      },
    })
  })
  const session = await prompted('say quiet')
  const page = await open(session)
  await page.getByRole('button', { name: 'Notify me when an agent asks' }).click()
  await page.getByRole('button', { name: 'Notify me when an agent asks' }).waitFor({ state: 'detached' })
  await page.getByLabel('Prompt the agent').fill('sleep 500\nask seen')
  await page.evaluate('hide(true)')
  await page.keyboard.press('Enter')
  await question(page).getByText('May I seen?').waitFor()
  await expect.poll(() => page.evaluate('seen.map(({ title }) => title)')).toEqual([`scripted in ${folder}`])
  await page.evaluate('hide(false)')
  await question(page).getByRole('button', { name: 'Allow' }).click()
  await page.evaluate('hide(true)')
  // Another session than the one that is shown.
  const other = await prompted('ask elsewhere')
  await expect.poll(() => page.evaluate('seen.length'), { timeout: 20_000 }).toBe(2)
  await page.evaluate('hide(false); seen[1].onclick()')
  await question(page).getByText('May I elsewhere?').waitFor()
  expect(page.url()).toContain(other)
})
