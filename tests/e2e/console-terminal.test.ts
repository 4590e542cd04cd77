import type { Page } from 'playwright'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { setStage } from './console/stage.ts'
import { openShell, screen, shows } from './console/terminal.ts'

/** Each way. */
const DELAY_MS = 400

const chromium = browserOfFile()

/** What stands on the screen, without the empty lines. */
async function rows(page: Page): Promise<readonly string[]> {
  const all = await page.locator('.xterm-rows > div').allTextContents()
  return all.map((row) => row.trim()).filter((row) => row !== '')
}

const prediction = (page: Page): ReturnType<Page['locator']> => page.locator('.prediction > span').first()

it("the console's terminal goes on where a program erases everything up to the last column of the last line", async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  // In words of its own, so that what is looked for is not on the command line.
  await page.keyboard.type(
    "printf 'x\\033[999;999H\\033[1J\\033[Hgone-%d' $((1+1)); sleep 1; printf '\\033[2;1Halive-%d\\n' $((1+2))\n",
  )
  await shows(page, 'gone-2')
  expect(await screen(page).textContent()).not.toContain('printf')
  await shows(page, 'alive-3')
})

it("the console's terminal shows typed text before its echo on a slow connection and without one, and no password", async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  await page.keyboard.type("PS1='go> '\n")
  await shows(page, 'go>')
  stage.world.proxy.delay(DELAY_MS)
  await page.keyboard.type('x')
  await page.locator('.xterm-rows > div').filter({ hasText: 'go> x' }).waitFor()
  // It stands there for one round trip: the page itself looks, at every frame.
  const predicted = page.locator('.prediction').filter({ hasText: 'b' }).waitFor()
  await page.keyboard.type('ab')
  await predicted
  await page.locator('.xterm-rows > div').filter({ hasText: 'go> xab' }).waitFor()
  await expect.poll(() => page.locator('.prediction').isVisible()).toBe(false)
  await page.keyboard.press('Enter')
  await shows(page, 'not found')

  // What is printed says that the echo is off, and later that it is on again.
  await page.keyboard.type("stty -echo; printf 'hid%s\\n' den; read word; stty echo; printf 'seen-%d\\n' $((1+2))\n")
  await shows(page, 'hidden')
  await expect.poll(() => page.locator('.prediction').isVisible()).toBe(false)
  await page.keyboard.type('secret')
  for (let look = 0; look < 20; look += 1) {
    expect(await page.locator('.prediction').isVisible()).toBe(false)
    await page.waitForTimeout(20)
  }
  await page.keyboard.press('Enter')
  await shows(page, 'seen-3')
  await expect.poll(async () => (await rows(page)).at(-1)).toBe('go>')

  stage.world.proxy.heal()
  // Key by key, each echoed: so it is known again that this prompt echoes, however late an echo was before.
  for (const typed of ['e', 'ec', 'ech', 'echo']) {
    await page.keyboard.type(typed.at(-1) ?? '')
    await expect.poll(async () => (await rows(page)).at(-1)).toBe(`go> ${typed}`)
  }
  stage.world.proxy.refuse(true)
  stage.world.proxy.cut()
  await page
    .getByText(/Away since/)
    .first()
    .waitFor()
  await page.keyboard.type(' back-$((1+1))')
  await expect.poll(() => prediction(page).textContent()).toContain('back-$((1+1))')
  await page.keyboard.press('Enter')
  stage.world.proxy.heal()
  await shows(page, 'back-2')
  await expect.poll(() => page.locator('.prediction').isVisible()).toBe(false)
})

it('the console shows an observer the whole screen of the writer, scaled down if necessary, and says so', async () => {
  await using stage = await setStage(chromium.browser)
  const writer = await stage.open()
  await openShell(writer)
  await writer.keyboard.type('clear; set -- $(stty size); printf "%$2s\\n" right-edge\n')
  await shows(writer, 'right-edge')
  const other = await stage.open()
  await other.setViewportSize({ width: 700, height: 500 })
  await other.getByRole('button', { name: 'Shells', exact: true }).click()
  const entry = other.locator('.shell-item').filter({ hasNotText: '/bin/sh -c' })
  await entry.getByRole('button', { name: 'Watch' }).click()
  const line = other.locator('.xterm-rows > div').filter({ hasText: /^ +right-edge/ })
  await line.waitFor()
  await other.getByText(/You watch a screen of \d+ × \d+, shown at \d\d %\./).waitFor()
  const box = await other.locator('.terminal-box').boundingBox()
  const edge = await line.locator('span').last().boundingBox()
  expect((edge?.x ?? 0) + (edge?.width ?? 0)).toBeLessThanOrEqual((box?.x ?? 0) + (box?.width ?? 0) + 1)
  // The writer's window becomes smaller: it is followed.
  await writer.setViewportSize({ width: 620, height: 480 })
  await writer.keyboard.type('clear; set -- $(stty size); printf "%$2s\\n" new-edge\n')
  await other
    .locator('.xterm-rows > div')
    .filter({ hasText: /^ +new-edge/ })
    .waitFor()
})

it("the console's terminal keeps the margins of a program over a reload, and sends it no unasked answers", async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  // A status line below the margins, focus reports on, and whatever is typed made visible.
  await page.keyboard.type("printf '\\033[2J\\033[1;5r\\033[7;1Hstat''us\\033[1;1H\\033[?1004h'; cat -v\n")
  await shows(page, 'status')
  await page.reload()
  await page.locator('.xterm-helper-textarea').waitFor()
  await shows(page, 'status')
  await page.locator('.terminal-box').click()
  for (let line = 0; line < 9; line += 1) await page.keyboard.type(`line ${line}\n`)
  await shows(page, 'line 8')
  const rows = await page.locator('.xterm-rows > div').allTextContents()
  expect(rows.findIndex((row) => row.includes('status'))).toBe(6)
  expect(rows.join('\n')).not.toMatch(/\^\[\[[0-9?]/)
})
