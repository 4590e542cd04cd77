import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBrowser } from './console/browser.ts'
import { type Stage, setStage } from './console/stage.ts'
import { openShell, screen } from './console/terminal.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser()
})

afterAll(async () => {
  await browser.close()
})

const shows = (page: Page, text: string): Promise<void> => screen(page).filter({ hasText: text }).waitFor()

/** What the clipboard holds. */
const copied = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText())

async function terminalOf(stage: Stage): Promise<Page> {
  await stage.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await stage.open()
  await openShell(page)
  return page
}

/** Where a text is on the screen. */
async function placeOf(page: Page, text: string): Promise<{ readonly x: number; readonly y: number }> {
  const at = await page.evaluate((wanted) => {
    for (const row of document.querySelectorAll('.xterm-rows > div')) {
      const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const start = node.textContent?.indexOf(wanted) ?? -1
        if (start < 0 || (row.textContent ?? '').includes('echo')) continue
        const range = document.createRange()
        range.setStart(node, start)
        range.setEnd(node, start + wanted.length)
        const { left, top, height } = range.getBoundingClientRect()
        return { x: left + 4, y: top + height / 2 }
      }
    }
    return undefined
  }, text)
  if (at === undefined) throw new Error(`expected ${text} on the screen`)
  return at
}

it('copies what is marked, and pastes with Ctrl+V and Ctrl+Shift+V', async () => {
  await using stage = await setStage(browser)
  const page = await terminalOf(stage)
  await page.keyboard.type('echo marked-$((1+1))word\n')
  await shows(page, 'marked-2word')
  const { x, y } = await placeOf(page, 'marked-2word')
  await page.mouse.dblclick(x, y)
  await expect.poll(() => copied(page)).toBe('marked-2word')
  await page.locator('.shell-note').filter({ hasText: 'Copied 12 characters.' }).waitFor()
  await page.evaluate(() => navigator.clipboard.writeText('echo other'))
  await page.keyboard.press('Control+Shift+c')
  await expect.poll(() => copied(page)).toBe('marked-2word')

  const file = join(stage.world.folder, 'pasted')
  await page.evaluate(() => navigator.clipboard.writeText('one two'))
  await page.keyboard.type(`echo reads-$((1+1)); cat > ${file}\n`)
  await shows(page, 'reads-2')
  await page.keyboard.press('Control+v')
  await page.keyboard.type('|')
  await page.keyboard.press('Control+Shift+v')
  await page.keyboard.type('\n')
  await page.keyboard.press('Control+d')
  await expect.poll(() => readFileSync(file, { encoding: 'utf8', flag: 'a+' })).toBe('one two|one two\n')
})

it('opens an address that was printed in a tab of its own, and nothing but web addresses', async () => {
  await using stage = await setStage(browser)
  const page = await terminalOf(stage)
  await page.evaluate(() => {
    const opened: string[] = []
    Object.assign(window, { opened, open: (...given: string[]) => void opened.push(given.join(' ')) })
  })
  // The second one says one thing and leads to another; the third leads to no web page.
  await page.keyboard.type(
    "echo https://example.com/page; printf '\\033]8;;https://example.org/\\033\\\\shown\\033]8;;\\033\\\\ \\033]8;;javascript:alert(1)\\033\\\\script\\033]8;;\\033\\\\\\n'\n",
  )
  await page.keyboard.type('echo printed-$((1+1))\n')
  await shows(page, 'printed-2')
  for (const text of ['https://example.com/page', 'shown', 'script']) {
    const { x, y } = await placeOf(page, text)
    await page.mouse.move(x - 2, y)
    await page.mouse.move(x + 6, y)
    await page.waitForTimeout(200)
    await page.mouse.click(x + 6, y)
  }
  const opened: unknown = await page.evaluate('window.opened')
  expect(opened).toEqual([
    'https://example.com/page _blank noopener,noreferrer',
    'https://example.org/ _blank noopener,noreferrer',
  ])
})

it('searches in everything that was printed, and says how often it was found', async () => {
  await using stage = await setStage(browser)
  const page = await terminalOf(stage)
  await page.keyboard.type('for i in $(seq 1 300); do echo "row $i of 300"; done; echo needle; seq 1 100; clear -x\n')
  await page.waitForTimeout(500)
  await page.keyboard.press('Control+Shift+f')
  await page.getByLabel('Search in the terminal').fill('row 17 of')
  await page.locator('.terminal-search').filter({ hasText: '1 of 1' }).waitFor()
  await shows(page, 'row 17 of 300')
  await page.getByLabel('Search in the terminal').fill('nowhere at all')
  await page.locator('.terminal-search').filter({ hasText: 'Not found' }).waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.terminal-search').waitFor({ state: 'detached' })
  await page.keyboard.type('echo back-$((1+1))\n')
  await shows(page, 'back-2')
})

it('shows its size while that changes, and keeps font and colours over a reload', async () => {
  await using stage = await setStage(browser)
  const page = await terminalOf(stage)
  await page.keyboard.type('echo printed-$((1+1))\n')
  await shows(page, 'printed-2')
  await page.setViewportSize({ width: 1100, height: 600 })
  await page
    .locator('.terminal-size')
    .filter({ hasText: /^\d+ × \d+$/ })
    .waitFor()
  await page.locator('.terminal-size').waitFor({ state: 'detached' })
  const height = (): Promise<number> =>
    page.evaluate(() => document.querySelector('.xterm-rows > div')?.getBoundingClientRect().height ?? 0)
  const before = await height()
  await page.getByText('Aa', { exact: true }).click()
  for (let n = 0; n < 5; n++) await page.getByRole('button', { name: 'Larger' }).click()
  await page.getByRole('combobox', { name: 'Colours' }).selectOption('light')
  await expect.poll(height).toBeGreaterThan(before * 1.2)
  await page.reload()
  await page.getByRole('button', { name: 'Shells', exact: true }).click()
  await page.locator('.terminal-box.theme-light').waitFor()
  await expect.poll(height).toBeGreaterThan(before * 1.2)
})

it('has the keys on a phone that its keyboard has not: vi is left, a program interrupted, a line edited', async () => {
  await using stage = await setStage(browser, { viewport: { width: 390, height: 780 } })
  const page = await terminalOf(stage)
  const key = (name: string): Promise<void> =>
    page.locator('.key-row').getByRole('button', { name, exact: true }).click()
  await page.keyboard.type('echo started-$((1+1)); sleep 1000\n')
  await shows(page, 'started-2')
  await key('Ctrl')
  await page.keyboard.type('c')
  await page.keyboard.type('echo free-$((1+1))\n')
  await shows(page, 'free-2')
  // What was typed before is there again, and is changed in its middle.
  await key('Up')
  for (let n = 0; n < 8; n++) await key('Left')
  await page.keyboard.type('er')
  await page.keyboard.type('\n')
  await page.keyboard.type("cat -v | head -1 && echo 'cat-left'\n")
  await key('Esc')
  await page.keyboard.type('x')
  await key('Pipe')
  await page.keyboard.type('\n')
  await shows(page, '^[x|')
  await page.evaluate(() => navigator.clipboard.writeText('echo from-clipboard'))
  await key('Ctrl')
  await page.keyboard.type('c')
  await key('Paste')
  await shows(page, 'from-clipboard')
  const row = await page.locator('.key-row').boundingBox()
  expect(row !== null && row.x >= 0 && row.width <= 390).toBe(true)
  expect(await page.getByText('leave the terminal').isVisible()).toBe(false)
})
