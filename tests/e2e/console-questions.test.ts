import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { type Stage, setStage } from './console/stage.ts'

const chromium = browserOfFile()

/** Questions of the lead that nobody but a page answers. */
async function ask(stage: Stage, message: string): Promise<string> {
  const id = randomUUID()
  await stage.lead.client.send({ type: 'rpc_ui_request', id, method: 'confirm', params: { title: 'May I?', message } })
  return id
}

const box = (page: Page): ReturnType<Page['locator']> => page.locator('.question')

it('several questions are one box, the oldest first, with how many more wait', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  for (const what of ['first', 'second', 'third']) await ask(stage, `the ${what} thing`)
  await box(page).filter({ hasText: 'the first thing' }).filter({ hasText: '2 more questions wait' }).waitFor()
  expect(await box(page).count()).toBe(1)
  expect(await page.title()).toBe('(3) Holdfast')
  await page.getByRole('button', { name: 'Allow' }).click()
  await box(page).filter({ hasText: 'the second thing' }).filter({ hasText: '1 more question waits' }).waitFor()
  await page.getByRole('button', { name: 'Deny' }).click()
  await box(page).filter({ hasText: 'the third thing' }).waitFor()
  expect(await box(page).textContent()).not.toContain('more')
  await page.getByRole('button', { name: 'Allow' }).click()
  await box(page).waitFor({ state: 'detached' })
  expect(await page.evaluate('document.activeElement?.id')).toBe('composer')
})

it('a question that is over is not asked: answered elsewhere, ended by the lead, or with a lead that is gone', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  const other = await stage.open()
  await ask(stage, 'the answered thing')
  const ended = await ask(stage, 'the ended thing')
  await ask(stage, 'the open thing')
  await box(page).filter({ hasText: '2 more questions wait' }).waitFor()
  await other.getByRole('button', { name: 'Allow' }).click()
  await box(page).filter({ hasText: 'the ended thing' }).waitFor()
  await stage.lead.client.send({ type: 'rpc_ui_response', id: ended, result: { cancelled: true } })
  await box(page).filter({ hasText: 'the open thing' }).waitFor()
  expect(await box(page).textContent()).not.toContain('more')
  // Whoever comes later is asked the same, and no more.
  const late = await stage.open()
  await box(late).filter({ hasText: 'the open thing' }).waitFor()
  expect(await box(late).textContent()).not.toContain('more')
  await stage.lead.stop()
  await box(page).waitFor({ state: 'detached' })
  await box(late).waitFor({ state: 'detached' })
})

it('the console says how many messages of the person are kept while disconnected, without those that the page sends by itself', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await page.getByText('Live', { exact: true }).waitFor()
  // A lead that counts is sent numbers.
  await stage.tell('demo_tick', { n: 1 })
  const sent = page.getByTestId('tally').getByRole('row', { name: 'you → lead' }).getByRole('cell').first()
  await expect.poll(async () => Number(await sent.textContent())).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Refuse', exact: true }).click()
  const strip = page.locator('.away-strip')
  await strip.waitFor()
  const before = Number(await sent.textContent())
  // It counts, and that waits as well.
  await expect.poll(async () => Number(await sent.textContent())).toBeGreaterThanOrEqual(before + 3)
  await strip.getByText('What you send is kept.', { exact: true }).waitFor()
  await page.getByLabel('Tell the lead what to do').fill('said while away')
  await page.keyboard.press('Enter')
  await strip.getByText('What you send is kept (1 message).', { exact: true }).waitFor()
  // Nothing was cut.
  await page.locator('.trouble .last-outage').filter({ hasText: 'Broken at' }).waitFor()
  // Sentences of a person: no addresses, no words of the machine, one full stop.
  const next = (await strip.locator('.next').textContent()) ?? ''
  expect(next).not.toMatch(/127\.0\.0\.1|WebSocket|unreachable|\.\./)
  await stage.world.faults.apply('heal')
  await page
    .locator('.log .outage summary')
    .filter({ hasText: '0 lost · 0 doubled · 1 of your messages kept' })
    .waitFor()
})
