import type { Locator, Page } from 'playwright'

/** Goes to the shells and opens a new one, ready to be typed into. */
export async function openShell(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Shells', exact: true }).click()
  await page.getByRole('button', { name: 'New shell' }).click()
  await page.locator('.xterm-helper-textarea').waitFor()
  await page.locator('.terminal-box').click()
}

/** What a shell is called whose program is that of these tests. */
export const SHELL_NAME = /^plain-bash\.sh( \(\w+\))?$/

/** What a terminal shows. */
export function screen(page: Page): Locator {
  return page.locator('.xterm-rows')
}

/** Waits until a terminal shows a text. */
export function shows(page: Page, text: string): Promise<void> {
  return screen(page).filter({ hasText: text }).waitFor()
}
