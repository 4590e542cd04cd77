import type { Page } from 'playwright'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { type Stage, setStage } from './console/stage.ts'
import { openShell } from './console/terminal.ts'

const chromium = browserOfFile()

const say = (stage: Stage, content: string): Promise<void> => stage.tell('message_end', { agent: 'lead', content })
const message = (page: Page): ReturnType<Page['locator']> => page.locator('.entry.message').last()

it('the console shows Markdown as what it means, and nothing of it as HTML', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await stage.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const text = [
    '# Plan for `today`',
    'I **will** do *this*: https://example.com/page and [that](https://example.org/) or [none](javascript:window.hacked=1).',
    '- one\n- two\n  1. deeper',
    '| a | b |\n|---|---|\n| 1 | 2 |',
    '```ts\nconst a = 1\n```',
    '<b>raw</b> <img src=x onerror="window.hacked=1"> <script>window.hacked=1</script>',
    '<style>*{display:none}</style>',
    '![picture](https://example.com/p.png)',
  ].join('\n\n')
  await say(stage, text)
  const entry = message(page)
  await entry.locator('.heading code').filter({ hasText: 'today' }).waitFor()
  await entry.locator('strong').filter({ hasText: 'will' }).waitFor()
  const links = await entry.locator('a').evaluateAll((all) => all.map((one) => one.getAttribute('href')))
  expect(links).toEqual(['https://example.com/page', 'https://example.org/', 'https://example.com/p.png'])
  expect(await entry.locator('li').count()).toBe(3)
  expect(await entry.locator('td').allTextContents()).toEqual(['1', '2'])
  await entry.getByText('<b>raw</b>').waitFor()
  expect(await entry.locator('b, img, script, style, iframe').count()).toBe(0)
  expect(await page.evaluate('window.hacked')).toBeUndefined()
  await entry.getByRole('button', { name: 'Copy' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('const a = 1')
})

it('the console is not blocked by a text that is made to block Markdown readers', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await say(stage, `${'>'.repeat(20_000)} deep`)
  await say(stage, '['.repeat(20_000))
  await say(stage, `${'*a '.repeat(15_000)}`)
  await say(stage, `${'- '.repeat(5_000)}deep`)
  await say(stage, 'after them')
  // Whoever is blocked by one of them is so for hours.
  await page.getByText('after them', { exact: true }).waitFor()
})

it('the console shows colours, whole lines and changes of what a program printed, folded where it is long', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  const printed = `\u001b[31mred\u001b[0m\n${Array.from({ length: 40 }, (_, n) => `line ${n}`).join('\n')}`
  await stage.tell('tool_result', { toolName: 'bash', result: printed })
  const result = page.locator('.entry.tool_result').first()
  await result.locator('.ansi-red').filter({ hasText: 'red' }).waitFor()
  expect(await result.locator('pre').textContent()).not.toContain('line 30')
  await result.getByRole('button', { name: 'Show 41 lines' }).click()
  await result.filter({ hasText: 'line 39' }).waitFor()
  await stage.tell('tool_call', { toolName: 'edit', toolArgs: { path: 'a.ts', old_string: 'old', new_string: 'new' } })
  await page.locator('.diff-removed').filter({ hasText: '-old' }).waitFor()
  await page.locator('.diff-added').filter({ hasText: '+new' }).waitFor()
  await stage.tell('tool_result', { toolName: 'diff', result: '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-was\n+is' })
  await page.locator('.diff-added').filter({ hasText: '+is' }).waitFor()
})

it('the console finds hidden characters, marks them, and goes from one to the next', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  for (let n = 1; n <= 400; n++) await say(stage, n % 100 === 0 ? `the needle ${n}` : `hay ${n}`)
  await page.getByText('the needle 400').waitFor()
  await page.keyboard.press('Control+f')
  await page.getByLabel('Search in the session').fill('NEEDLE')
  const bar = page.locator('search')
  await bar.filter({ hasText: '4 of 4' }).waitFor()
  await page.keyboard.press('Enter')
  await bar.filter({ hasText: '3 of 4' }).waitFor()
  await page.locator('.slot.found').filter({ hasText: 'the needle 300' }).waitFor()
  await page.keyboard.press('Enter')
  await page.locator('.slot.found').filter({ hasText: 'the needle 200' }).waitFor()
  expect(await page.evaluate('[...CSS.highlights.get("found")].map(String)')).toContain('needle')
  await page.keyboard.press('Escape')
  await bar.waitFor({ state: 'detached' })
})

it('the console has view, session, shell and filters in its address: reload and Back keep the place', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await say(stage, 'said')
  await page.getByText('said', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Talk', exact: true }).click()
  await page.getByRole('button', { name: 'Tools', exact: true }).click()
  await openShell(page)
  const id = (await page.locator('.shell-bar code').textContent()) ?? ''
  await expect.poll(() => page.url()).toContain(`view=shells&shell=${id}&hide=talk.tools`)
  await page.reload()
  await page.locator(`.terminal-box[data-shell="${id}"]`).waitFor()
  await page.goBack()
  await page.goBack()
  await page.getByRole('heading', { name: 'Demonstration' }).waitFor()
  expect(await page.getByRole('button', { name: 'Talk', exact: true }).getAttribute('aria-pressed')).toBe('false')
  expect(await page.getByText('said', { exact: true }).count()).toBe(0)
  await page.goForward()
  await page.getByRole('heading', { name: 'Shells' }).waitFor()
})

it('the console returns from a reload to the entry that was read, however far up it is', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  for (let n = 1; n <= 1_200; n++) void stage.tell('message_end', { agent: 'lead', content: `said ${n}` })
  await page.getByText('said 1200', { exact: true }).waitFor()
  await page.keyboard.press('Control+f')
  await page.getByLabel('Search in the session').fill('said 321')
  const read = page.getByText('said 321', { exact: true })
  await read.waitFor()
  await page.keyboard.press('Escape')
  const heightOf = async (): Promise<number> => (await read.boundingBox())?.y ?? Number.NaN
  const before = await heightOf()
  await page.reload()
  await read.waitFor()
  // It stands still there when the whole past is here, and when more is said.
  await stage.tell('message_end', { agent: 'lead', content: 'said after' })
  await expect.poll(async () => Math.abs((await heightOf()) - before)).toBeLessThan(120)
  await page.getByRole('button', { name: 'Jump to the latest' }).click()
  await page.getByText('said after', { exact: true }).waitFor()
  await page.reload()
  await page.getByText('said after', { exact: true }).waitFor()
})

it('the console says that filters hide everything, and that a session does not exist', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  for (let n = 1; n <= 3; n++) await say(stage, `said ${n}`)
  await page.getByText('said 3').waitFor()
  await page.getByRole('button', { name: 'Talk', exact: true }).click()
  await page.getByText('3 entries are hidden by filters.').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByText('said 3').waitFor()
  const other = await stage.context.newPage()
  await other.goto(stage.world.link('nosuch'))
  await other.getByText('There is no session nosuch').waitFor()
  await other.getByRole('button', { name: 'Back to the list' }).click()
  await other.getByRole('heading', { name: 'No session is open' }).waitFor()
  const box = await other.getByRole('button', { name: 'Join Demonstration' }).boundingBox()
  const main = await other.locator('.middle').boundingBox()
  if (box === null || main === null) throw new Error('expected both')
  // In the middle, and as wide as its words.
  expect(Math.abs(box.x + box.width / 2 - (main.x + main.width / 2))).toBeLessThan(2)
  expect(box.width).toBeLessThan(main.width / 2)
})

it('the console lists sessions by their last event, and finds, renames, archives and deletes them', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  const list = page.locator('.sessions')
  const names = (): Promise<string[]> => list.locator('.item .name').allTextContents()
  for (const name of ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon']) {
    await page.getByLabel('Name of a new session').fill(name)
    await page.getByRole('button', { name: 'Create' }).click()
    await list.locator('.item[aria-current]').filter({ hasText: name }).waitFor()
  }
  await expect.poll(async () => (await names())[0]).toBe('Epsilon')
  await list.locator('.item').first().filter({ hasText: 'just now' }).waitFor()
  // The oldest is the first again as soon as something happens in it.
  await expect.poll(async () => (await names()).at(-1)).toBe('Demonstration')
  await list.locator('.item').filter({ hasText: 'Demonstration' }).click()
  await say(stage, 'something happens')
  await expect.poll(async () => (await names())[0]).toBe('Demonstration')

  await page.getByLabel('Search sessions').fill('lph')
  await expect.poll(names).toEqual(['Alpha'])
  await page.getByLabel('Search sessions').fill('')
  await expect.poll(async () => (await names()).length).toBe(6)

  const menu = async (name: string, choice: string): Promise<void> => {
    await list.locator(`summary[aria-label="More for ${name}"]`).click()
    await list.locator('.session-item').filter({ hasText: name }).getByRole('button', { name: choice }).click()
  }
  await menu('Beta', 'Rename')
  await page.getByLabel('Name of the session').fill('Better')
  await page.keyboard.press('Enter')
  await expect.poll(names).toContain('Better')
  await menu('Gamma', 'Archive')
  await expect.poll(names).not.toContain('Gamma')
  await list.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(names).toContain('Gamma')
  await menu('Gamma', 'Archive')
  await list.getByRole('button', { name: 'Show 1 archived' }).click()
  await expect.poll(names).toContain('Gamma')
  await menu('Alpha', 'Delete')
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
  expect(await names()).toContain('Alpha')
  await menu('Alpha', 'Delete')
  await page.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click()
  await expect.poll(names).not.toContain('Alpha')
})
