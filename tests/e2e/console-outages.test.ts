import type { Page } from 'playwright'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { type Stage, setStage } from './console/stage.ts'
import { openShell, screen } from './console/terminal.ts'

const chromium = browserOfFile()

const PHONE = { width: 390, height: 780 }

/** Only this page is away: the lead is back at once and continues. */
async function leave(stage: Stage): Promise<void> {
  await stage.context.setOffline(true)
  await stage.world.faults.apply('cut')
}

/** A second, on a machine that does nothing else: `HOLDFAST_LONG=1` holds it to that. */
const WITHIN_MS = process.env['HOLDFAST_LONG'] === '1' ? 1_000 : 20_000

const strip = (page: Page): ReturnType<Page['locator']> => page.locator('.away-strip')

it('the console shows a cut of the network within a second: in the conversation, and beside the button', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Cut', exact: true }).click()
  // What a person sees is that it was cut, and that it is back: the first at once, the second when it is so.
  await page.locator('.trouble .last-outage').filter({ hasText: 'Cut at' }).waitFor({ timeout: WITHIN_MS })
  const line = page.locator('.log .outage summary').filter({ hasText: '0 lost · 0 doubled' })
  await line.waitFor()
  await page.locator('.trouble .last-outage').filter({ hasText: '0 lost · 0 doubled' }).waitFor()
  const offline = /offline ([\d.]+) (ms|s)/.exec((await line.textContent()) ?? '')
  expect(offline?.[2] === 'ms' || Number(offline?.[1]) < 20).toBe(true)
})

it('the console says at once that it is disconnected and what is kept, and then how many events were caught up', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await page.getByText('Live', { exact: true }).waitFor()
  await leave(stage)
  await strip(page)
    .filter({ hasText: 'Away since' })
    .waitFor({ timeout: 2 * WITHIN_MS })
  await page.getByRole('status').filter({ hasText: 'The connection is away.' }).waitFor({ state: 'attached' })
  for (let n = 1; n <= 7; n++) await stage.tell('message_end', { agent: 'lead', content: `missed ${n}` })
  await page.getByLabel('Tell the lead what to do').fill('said while away')
  await page.keyboard.press('Enter')
  await strip(page)
    .filter({ hasText: /What you send is kept \(\d+ messages?\)/ })
    .waitFor()
  await stage.context.setOffline(false)
  await page.getByText('missed 7', { exact: true }).waitFor()
  await strip(page).waitFor({ state: 'detached' })
  const line = page.locator('.log .outage summary')
  await line.waitFor()
  const [, caughtUp, lost, doubled] =
    /(\d+) events? caught up · (\d+) lost · (\d+) doubled/.exec((await line.textContent()) ?? '') ?? []
  // At least what was said; joining and leaving of others are events as well.
  expect(Number(caughtUp)).toBeGreaterThanOrEqual(7)
  expect([lost, doubled]).toEqual(['0', '0'])
  await line.click()
  await page.locator('.log .proof').filter({ hasText: 'Holes in their numbers' }).waitFor()
  await page.locator('.entry.user_prompt').filter({ hasText: 'said while away' }).waitFor()
})

/** How often the session was dialed so far, as the doctor tells. */
async function dials(page: Page): Promise<number> {
  const chart = page.getByRole('region', { name: 'Session (controller)' })
  const fact = chart.locator('div').filter({ hasText: 'Dials, of which opened' }).locator('dd')
  return Number.parseInt((await fact.textContent()) ?? '', 10)
}

it('the console dials at once when a person asks for it, and not at its own time', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await page.getByText('Live', { exact: true }).waitFor()
  await stage.world.faults.apply('refuse')
  await strip(page).filter({ hasText: 'ext attempt in' }).waitFor()
  // The same time twice, without a person and with one.
  const counts: number[] = []
  for (const asks of [false, true]) {
    const before = await dials(page)
    for (let n = 1; n <= 8; n++) {
      await page.waitForTimeout(200)
      if (asks) await page.getByRole('button', { name: 'Try now' }).click()
    }
    counts.push((await dials(page)) - before)
  }
  const [alone = 0, asked = 0] = counts
  expect(asked).toBeGreaterThanOrEqual(Math.max(5, 1.5 * alone))
  await stage.world.faults.apply('heal')
  await page.locator('.log .outage summary').filter({ hasText: '0 lost · 0 doubled' }).waitFor()
})

it('the console says in a terminal that the link is away and counts what was typed meanwhile, on a phone too', async () => {
  await using stage = await setStage(chromium.browser, { viewport: PHONE })
  const page = await stage.open()
  await openShell(page)
  await page.keyboard.type('echo before-$((1+1))\n')
  await screen(page).filter({ hasText: 'before-2' }).waitFor()
  await stage.world.faults.apply('refuse')
  await strip(page)
    .filter({ hasText: 'Away since' })
    .waitFor({ timeout: 2 * WITHIN_MS })
  await page.keyboard.type('echo typed-$((1+1))\n')
  await strip(page).filter({ hasText: 'What you type is kept (20 bytes).' }).waitFor()
  const box = await strip(page).boundingBox()
  expect(box !== null && box.x >= 0 && box.x + box.width <= PHONE.width).toBe(true)
  await stage.world.faults.apply('heal')
  await page
    .getByRole('button', { name: 'Try now' })
    .click({ timeout: 2_000 })
    .catch(() => {})
  await screen(page).filter({ hasText: 'typed-2' }).waitFor()
  const line = page
    .locator('.shells .outage summary')
    .filter({ hasText: '0 lost · 0 doubled · 20 bytes you typed kept' })
  await line.waitFor()
  await line.click()
  await page.locator('.shells .proof').filter({ hasText: 'The terminal got since' }).waitFor()
  await page.locator('.outage-mark[data-words*="0 lost"]').waitFor({ state: 'attached' })
})

/** The page believes that nobody looks at it, or somebody again, and that so much time has passed. */
async function look(page: Page, state: 'hidden' | 'visible', aheadMs: number): Promise<void> {
  await page.evaluate(
    ([visibility, ahead]) => {
      const { now } = Date
      Date.now = () => now() + Number(ahead)
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibility })
      document.dispatchEvent(new Event('visibilitychange'))
    },
    [state, aheadMs] as const,
  )
}

it('the console says what a person missed who returns after more than a minute, and leads there', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  for (let n = 1; n <= 40; n++) await stage.tell('message_end', { agent: 'lead', content: `seen ${n}` })
  await page.getByText('seen 40', { exact: true }).waitFor()
  await look(page, 'hidden', 0)
  for (let n = 1; n <= 60; n++) await stage.tell('message_end', { agent: 'lead', content: `missed ${n}` })
  await page.getByText('missed 60', { exact: true }).waitFor()
  await look(page, 'visible', 125_000)
  const note = page.getByRole('region', { name: 'While you were away' })
  await note.filter({ hasText: '2 min' }).filter({ hasText: '60 messages' }).waitFor()
  await note.getByRole('button', { name: 'Read from there' }).click()
  await page.getByText('missed 1', { exact: true }).waitFor()
  await note.waitFor({ state: 'detached' })
})

it('the console draws everything while the network is away, also what it had not drawn before', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.waitForLoadState('networkidle').catch(() => {})
  await leave(stage)
  await strip(page).waitFor()
  await page.getByLabel('Tell the lead what to do').fill('**strong** words')
  await page.keyboard.press('Enter')
  await page.locator('.entry.user_prompt strong').filter({ hasText: 'strong' }).waitFor()
  await page.getByRole('button', { name: 'Shells', exact: true }).click()
  await page.getByRole('heading', { name: 'Shells' }).waitFor()
  await page.getByRole('button', { name: 'New shell' }).click()
  await strip(page).filter({ hasText: 'Away since' }).waitFor()
  await stage.context.setOffline(false)
  await page
    .getByRole('button', { name: 'Try now' })
    .click({ timeout: 3_000 })
    .catch(() => {})
  await page.locator('.xterm-helper-textarea').waitFor({ state: 'attached' })
  await page.locator('.terminal-box').click()
  await page.keyboard.type('echo there-$((1+1))\n')
  await screen(page).filter({ hasText: 'there-2' }).waitFor()
})
