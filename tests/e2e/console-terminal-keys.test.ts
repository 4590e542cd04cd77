import type { Locator, Page } from 'playwright'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { setStage } from './console/stage.ts'
import { openShell, shows } from './console/terminal.ts'

const chromium = browserOfFile()

/** The line of the terminal that has a text, and nothing before it. */
function line(page: Page, text: string): Locator {
  return page.locator('.xterm-rows > div').filter({ hasText: new RegExp(`^${text}`) })
}

/** Clicks on the beginning of a line, which xterm.js draws anew all the time. */
async function press(page: Page, text: string, clickCount: number): Promise<void> {
  const box = await line(page, text).boundingBox()
  if (box === null) throw new Error('expected a line')
  await page.mouse.move(box.x + 20, box.y + box.height / 2)
  await page.mouse.click(box.x + 24, box.y + box.height / 2, { clickCount })
}

it('a phone has the keys that its keyboard lacks: Esc, arrows, Tab, and Ctrl for the next one', async () => {
  await using stage = await setStage(chromium.browser, { viewport: { width: 390, height: 780 } })
  const page = await stage.open()
  await openShell(page)
  const key = (name: string): Promise<void> =>
    page.locator('.key-row').getByRole('button', { name, exact: true }).click()
  await page.keyboard.type("stty -echo; printf 'qui%s\\n' et; cat -v\n")
  await line(page, 'quiet').waitFor()
  for (const name of ['Esc', 'Up', 'Tab', 'Pipe']) await key(name)
  await page.keyboard.type('end\n')
  await line(page, '\\^\\[\\^\\[\\[A *\\|end').waitFor()
  // Held for one key, which then interrupts; the focus is in the terminal all the while.
  await key('Ctrl')
  await page.keyboard.type('c')
  await page.keyboard.type('stty echo; echo back-$((1+1))\n')
  await shows(page, 'back-2')
  expect(await page.locator('.key-row [aria-pressed="true"]').count()).toBe(0)
})

it('a text is found in all that the terminal remembers, from one place to the next', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  await page.keyboard.type('for i in $(seq 1 300); do echo "row $i."; done\n')
  await shows(page, 'row 300.')
  await page.keyboard.press('Control+Shift+F')
  const search = page.getByLabel('Search in the terminal')
  await search.fill('row 17.')
  await page.locator('.terminal-search').filter({ hasText: '1 of 1' }).waitFor()
  await shows(page, 'row 17.')
  await search.fill('nowhere to be found')
  await page.locator('.terminal-search').filter({ hasText: 'Not found' }).waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.terminal-search').waitFor({ state: 'detached' })
  await page.keyboard.type('echo typed-$((1+1))\n')
  await shows(page, 'typed-2')
})

it('the console copies marked text, pastes it with Ctrl+V, and opens the page of an address', async () => {
  await using stage = await setStage(chromium.browser)
  await stage.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await stage.open()
  await openShell(page)
  const address = `${stage.world.gateway.url}/healthz`
  await page.keyboard.type(`clear; printf 'marked%d\\n%s\\n' 7 ${address}\n`)
  await line(page, 'marked7').waitFor()
  await press(page, 'marked7', 2)
  await page.getByText('Copied 7 characters.').waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe('marked7')
  await page.keyboard.type('echo pasted-')
  await page.keyboard.press('Control+v')
  await page.keyboard.type('-$((1+1))\n')
  await shows(page, 'pasted-marked7-2')
  const opened = stage.context.waitForEvent('page')
  await press(page, address, 1)
  expect((await opened).url()).toBe(address)
})
