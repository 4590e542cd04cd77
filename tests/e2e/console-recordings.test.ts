import { expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { browserOfFile } from './console/browser.ts'
import { setStage } from './console/stage.ts'
import { screen } from './console/terminal.ts'

const chromium = browserOfFile()

it('a recording is played, and looked at at any moment of it', async () => {
  await using stage = await setStage(chromium.browser)
  const { world } = stage
  const shell = new CliTerminal(['shell', '--id', 'told', '--record', '--name', 'A story', '--shell', '/bin/sh'], {
    ...{ HOLDFAST_URL: world.proxy.url, HOLDFAST_TOKEN: world.token, XDG_CONFIG_HOME: world.folder },
  })
  await shell.shows(/[$#] /)
  shell.type('echo chapter-$((0+1))\r')
  await shell.shows('chapter-1')
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  shell.type('clear; echo chapter-$((1+1)); exit\r')
  await shell.shows('chapter-2')
  expect(await shell.ended).toBe(0)

  const page = await stage.open()
  await page.getByRole('button', { name: 'Shells', exact: true }).click()
  const item = page.locator('.recording-item').filter({ hasText: 'A story' }).filter({ hasText: 'ended' })
  await item.getByRole('button', { name: 'Play' }).click()
  const slider = page.getByRole('slider', { name: 'Moment of the recording' })
  await screen(page).filter({ hasText: 'chapter-2' }).waitFor()
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor()
  const end = Number(await slider.getAttribute('max'))
  expect(Number(await slider.inputValue())).toBe(end)
  // Back to before the second chapter, and forward again.
  await slider.fill(String(end - 1_000))
  await screen(page).filter({ hasText: 'chapter-1' }).waitFor()
  expect(await screen(page).textContent()).not.toContain('chapter-2')
  await slider.press('ArrowRight')
  await screen(page).filter({ hasText: 'chapter-2' }).waitFor()
  await slider.press('ArrowLeft')
  await page.getByRole('button', { name: 'Play', exact: true }).click()
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  await item.getByRole('button', { name: 'Delete …' }).click()
  const question = page.getByRole('dialog', { name: 'Delete the recording of A story?' })
  await question.getByRole('button', { name: 'Keep it' }).click()
  await item.getByRole('button', { name: 'Delete …' }).click()
  await question.getByRole('button', { name: 'Delete it' }).click()
  await item.waitFor({ state: 'detached' })
  await page.getByText(/There are none\. (npx )?holdfast shell --record makes one\./).waitFor()
})
