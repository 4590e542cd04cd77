import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { setStage } from './console/stage.ts'

const chromium = browserOfFile()

it('the demo goes on when its question stays unanswered, and then withdraws it', async () => {
  await using stage = await setStage(chromium.browser, { lead: { askMs: 1_500 } })
  const page = await stage.open()
  const job = stage.lead.job(2)
  await page.getByRole('button', { name: 'Allow' }).waitFor()
  await expect.poll(() => page.title()).toBe('(1) Holdfast')
  await job
  await page.getByText('Nobody answered, so I left it.').waitFor()
  expect(await page.getByRole('button', { name: 'Allow' }).count()).toBe(0)
  await expect.poll(() => page.title()).toBe('Holdfast')
  expect(existsSync(join(stage.world.folder, 'note.txt'))).toBe(false)
})

it('the demo asks a newcomer to answer the question, and notices the answer', async () => {
  await using stage = await setStage(chromium.browser, { viewport: { width: 1360, height: 900 } })
  const page = await stage.open()
  const step = page.getByRole('region', { name: 'First steps' }).locator('li').filter({ hasText: 'press Allow' })
  await step.waitFor()
  const job = stage.lead.job(2)
  await page.getByRole('button', { name: 'Allow' }).click()
  await job
  await expect.poll(() => step.getAttribute('class')).toBe('done')
})

it('the demo does not offer the programs that it counts with, so that they are not ended by mistake', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  const ticking = stage.lead.tick()
  await expect.poll(() => page.getByTestId('tally').textContent()).toMatch(/lead → you[1-9]/)
  await page.getByRole('button', { name: 'Shells', exact: true }).click()
  await page.getByText('No shell runs.').waitFor()
  expect(await page.getByRole('button', { name: 'End', exact: true }).count()).toBe(0)
  await stage.lead.stop()
  await ticking.catch(() => {})
})
