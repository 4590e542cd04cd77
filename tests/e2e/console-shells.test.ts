import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { setStage } from './console/stage.ts'
import { openShell, SHELL_NAME, screen, shows } from './console/terminal.ts'

const chromium = browserOfFile()

const button = (page: Page, name: string): ReturnType<Page['getByRole']> =>
  page.getByRole('button', { name, exact: true })

/** The entry of the list of all shells that names the login shell. */
function entry(page: Page): ReturnType<Page['locator']> {
  return page.locator('.shell-item').filter({ hasNotText: '/bin/sh -c' })
}

it('the console lists a shell for all who may see it: watched, taken over, taken back, and ended from the list', async () => {
  await using stage = await setStage(chromium.browser)
  const writer = await stage.open()
  await openShell(writer)
  await writer.keyboard.type('echo written-$((1+1))\n')
  await shows(writer, 'written-2')

  const other = await stage.open()
  await button(other, 'Shells').click()
  await entry(other).filter({ hasText: 'somebody writes · just now · 1 client' }).waitFor()
  await entry(other).getByRole('button', { name: 'Watch' }).click()
  await shows(other, 'written-2')
  await other.locator('.terminal-box').click()
  await other.keyboard.type('echo nobody-runs-this\n')
  await writer.keyboard.type('echo seen-by-$((1+1))\n')
  await shows(other, 'seen-by-2')
  expect(await screen(other).textContent()).not.toContain('nobody-runs-this')

  await button(other, 'Take over').click()
  await writer.getByText('Another client took the shell. It lives on.').last().waitFor()
  await shows(other, 'seen-by-2')
  await other.locator('.terminal-box').click()
  await other.keyboard.type('echo taken-$((1+2))\n')
  await shows(other, 'taken-3')
  await button(writer, 'Watch').click()
  await shows(writer, 'taken-3')
  await button(writer, 'Take over').click()
  await other.getByText('Another client took the shell. It lives on.').last().waitFor()

  await button(other, 'Close').click()
  // One click ends nothing: it is asked, and can be taken back.
  await entry(other).getByRole('button', { name: 'End' }).click()
  const question = other
    .getByRole('dialog')
    .filter({ hasText: 'It runs since' })
    .filter({ hasText: '1 client attached' })
  await question.getByRole('button', { name: 'Keep it' }).click()
  await entry(other).getByRole('button', { name: 'End' }).click()
  await question.getByRole('button', { name: 'End it' }).click()
  await other.getByRole('button', { name: 'Undo' }).click()
  await writer.locator('.terminal-box').click()
  await writer.keyboard.type('echo alive-$((1+3))\n')
  await shows(writer, 'alive-4')
  await entry(other).getByRole('button', { name: 'End' }).click()
  await question.getByRole('button', { name: 'End it' }).click()
  await other.getByRole('button', { name: 'Now', exact: true }).click()
  await entry(other).waitFor({ state: 'detached' })
  // Whoever wrote is told so, and not that somebody took the shell.
  await writer
    .locator('.shell-note')
    .filter({ hasText: /end|kill/i })
    .waitFor()
  expect(await writer.locator('.shell-note').textContent()).not.toContain('took the shell')
})

it('the console gives a shell a name that others see, and shows the title of its program', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  await page.keyboard.type("printf '\\033]2;editing notes\\007'\n")
  await page.getByRole('button', { name: 'plain-bash.sh · editing notes' }).waitFor()
  await button(page, 'Rename').click()
  await page.getByLabel('Name of the shell').fill('Notes')
  await page.keyboard.press('Enter')
  await page.locator('.shells .filters').getByRole('button', { name: 'Notes', exact: true }).waitFor()
  const other = await stage.open()
  await button(other, 'Shells').click()
  await other.getByRole('listitem', { name: 'Notes' }).waitFor()
  // One name wherever it is named: in its tab, above its terminal, for the doctor, and in the list.
  await page
    .locator('.shell-bar strong')
    .filter({ hasText: /^Notes$/ })
    .waitFor()
  await page.getByRole('region', { name: 'Notes', exact: true }).waitFor()
  await button(page, 'All').click()
  await page.getByRole('listitem', { name: 'Notes', exact: true }).waitFor()
})

it('the console detaches and returns by the list, and says that an id leads nowhere', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  const id = (await page.locator('.shell-bar code').textContent()) ?? ''
  await page.keyboard.type('kept=here; echo ready-$((1+1))\n')
  await shows(page, 'ready-2')
  await button(page, 'Detach').click()
  await entry(page).filter({ hasText: 'nobody writes' }).waitFor()
  expect(await page.evaluate('document.activeElement?.textContent')).toBe('All')
  await page.getByLabel('Attach by id').fill('nobody-has-this')
  await page.keyboard.press('Enter')
  await page.getByText('There is no shell nobody-has-this that you may see.').waitFor()
  await page.getByLabel('Attach by id').fill(id)
  await page.keyboard.press('Enter')
  await page.locator('.xterm-helper-textarea').waitFor()
  await page.locator('.terminal-box').click()
  await page.keyboard.type('echo "was $kept"\n')
  await shows(page, 'was here')
})

it("the console's terminal has the size of its box, and observers see it in that size", async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  const file = join(stage.world.folder, 'size')
  const columns = async (): Promise<number> => {
    await page.keyboard.type(`stty size > ${file}.new && mv ${file}.new ${file}\n`)
    await expect.poll(() => readSize(file)).toBeDefined()
    return readSize(file)?.[1] ?? 0
  }
  const wide = await columns()
  await page.setViewportSize({ width: 900, height: 600 })
  await expect.poll(columns, { interval: 300 }).toBeLessThan(wide)
  const narrow = await columns()
  const other = await stage.open()
  await button(other, 'Shells').click()
  await entry(other).getByRole('button', { name: 'Watch' }).click()
  await other.locator('.xterm-helper-textarea').waitFor()
  await page.keyboard.type(`clear; printf '%${narrow}s' right-edge\n`)
  await other
    .locator('.xterm-rows > div')
    .filter({ hasText: /^ +right-edge/ })
    .waitFor()
})

it('the console pastes as one piece, and prints wide characters where they belong', async () => {
  await using stage = await setStage(chromium.browser)
  await stage.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await stage.open()
  await openShell(page)
  const file = join(stage.world.folder, 'pasted')
  await page.keyboard.type(`echo ready-$((1+1)); cat > ${file}\n`)
  await shows(page, 'ready-2')
  const text = `${'日本語 🙂 é '.repeat(100)}\nsecond line`
  await page.evaluate((pasted) => {
    const data = new DataTransfer()
    data.setData('text/plain', pasted)
    document
      .querySelector('.xterm-helper-textarea')
      ?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }))
  }, text)
  await page.keyboard.type('\n')
  await page.keyboard.press('Control+d')
  await expect.poll(() => readFileSync(file, { encoding: 'utf8', flag: 'a+' })).toBe(`${text}\n`)
  await page.keyboard.type("clear; printf '日本|\\n1234|\\n'\n")
  await shows(page, '1234|')
  const edges = (): Promise<number[]> =>
    page.evaluate(() => {
      const rows = [...document.querySelectorAll('.xterm-rows > div')]
      const right = (start: string): number => {
        const row = rows.find(({ textContent }) => textContent?.startsWith(start) === true)
        const walker = document.createTreeWalker(row ?? document.body, NodeFilter.SHOW_TEXT)
        const range = document.createRange()
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const at = node.textContent?.indexOf('|') ?? -1
          if (at < 0) continue
          range.setStart(node, at)
          range.setEnd(node, at + 1)
          return range.getBoundingClientRect().left
        }
        return Number.NaN
      }
      return [right('日本'), right('1234')]
    })
  // Both lines are drawn some time after they were printed.
  const apart = async (): Promise<number> => {
    const [wide = 0, narrow = 99] = await edges()
    return Math.abs(wide - narrow)
  }
  await expect.poll(apart).toBeLessThan(2)
})

it('the console scrolls back through what was printed, and the doctor has the state of the connection', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  await page.keyboard.type('for i in $(seq 1 400); do echo "row $i of 400"; done\n')
  await shows(page, 'row 400 of 400')
  await page.keyboard.press('Shift+PageUp')
  for (let n = 0; n < 20; n++) await page.keyboard.press('Shift+PageUp')
  await shows(page, 'row 1 of 400')
  const chart = page.getByRole('region', { name: SHELL_NAME })
  await expect.poll(() => chart.locator('dl div').filter({ hasText: 'Round trip' }).textContent()).toMatch(/\d ms|\d s/)
  await page.getByRole('button', { name: 'Cut', exact: true }).click()
  await expect.poll(() => chart.locator('dl div').filter({ hasText: 'Drops' }).textContent()).toBe('Drops1')
})

function readSize(file: string): readonly number[] | undefined {
  try {
    const [rows, columns] = readFileSync(file, 'utf8').split(' ').map(Number)
    return rows === undefined || columns === undefined ? undefined : [rows, columns]
  } catch {
    return undefined
  }
}
