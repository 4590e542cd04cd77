import { expect, it } from 'vitest'
import { browserOfFile, openTab } from './console/browser.ts'
import { setStage } from './console/stage.ts'
import { startGateway } from './gateway-process.ts'

const chromium = browserOfFile()

it('the console keeps the last figures of a gateway that is gone, with their age, also when opened later', async () => {
  const gateway = await startGateway(['--token', 'boss', '--port', '0', '--store', 'memory', '--shell', 'none'])
  const { page } = await openTab(await chromium.browser.newContext(), `${gateway.url}/#token=boss`)
  await page.getByRole('heading', { name: 'No session is open' }).waitFor()
  await page.waitForLoadState('networkidle')
  await gateway.stop('SIGKILL')
  await page.getByRole('button', { name: 'Health', exact: true }).click()
  await page.getByText('The gateway does not answer.').waitFor()
  await page.getByText(/These are its last figures, [\d.]+ (ms|s) old\./).waitFor()
  await page.locator('.stale .numbers').filter({ hasText: 'memory: well' }).waitFor()
})

it('the console shows operators the health of the gateway, and lets them end a connection, which then says why it ended', async () => {
  await using stage = await setStage(chromium.browser)
  const operator = await stage.open()
  const other = await stage.open()
  await other.getByRole('button', { name: 'Only watch' }).click()
  await other.getByText('You watch.').waitFor()
  await operator.getByRole('button', { name: 'Health', exact: true }).click()
  const fact = (name: string): ReturnType<typeof operator.locator> =>
    operator.locator('.numbers div').filter({ hasText: name }).locator('dd')
  await expect.poll(() => fact('State').textContent()).toMatch(/^ready, since/)
  await expect.poll(() => fact('Store').textContent()).toBe('embedded: well')
  // Two pages and the lead.
  await expect.poll(() => fact('Connections').textContent()).toBe('3')
  const ticking = stage.lead.tick()
  await expect.poll(() => fact('Messages in').textContent()).toMatch(/^[1-9]\d*(\.\d)?\/s$/)

  const row = operator.locator('.wide tr').filter({ hasText: 'watches over a WebSocket' })
  await row.getByRole('button', { name: 'End connection' }).click()
  await other.locator('.state.over').getByText('An operator ended this connection.', { exact: true }).waitFor()
  await expect.poll(() => fact('Connections').textContent()).toBe('2')
  await operator.locator('.refusals').filter({ hasText: 'An operator ended the connection.' }).waitFor()

  await operator.getByRole('button', { name: 'Drain …' }).click()
  await operator.getByRole('dialog').getByRole('button', { name: 'Drain it' }).click()
  const refused = operator.getByText('This gateway is part of another program')
  await refused.waitFor()
  // It is about the click: the figures are as fresh as before, and the next ones do not take it away.
  const measured = await fact('Messages in').textContent()
  await expect.poll(() => fact('Messages in').textContent()).not.toBe(measured)
  expect(await refused.isVisible()).toBe(true)
  expect(await operator.getByText('These are its last figures').count()).toBe(0)
  await stage.lead.stop()
  await ticking.catch(() => {})
})
