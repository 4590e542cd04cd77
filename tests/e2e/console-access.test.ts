import { expect, it } from 'vitest'
import { hovered, look } from './console/axe.ts'
import { browserOfFile, openTab } from './console/browser.ts'
import { type Stage, setStage } from './console/stage.ts'
import { openShell } from './console/terminal.ts'
import { startGateway } from './gateway-process.ts'

const chromium = browserOfFile()

const TALK =
  '# Title\n\n**bold** `code` [link](https://example.com)\n\n```ts\nconst a = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |'

async function fill(stage: Stage): Promise<void> {
  await stage.tell('message_end', { agent: 'lead', content: TALK })
  await stage.tell('thinking_end', { agent: 'lead', thinking: 'a thought' })
  const colours = [30, 31, 32, 33, 34, 35, 36, 37, 2].map((code) => `\u001b[${code}mcolour\u001b[0m`).join(' ')
  await stage.tell('tool_result', { toolName: 'bash', result: `${colours}\n${'line\n'.repeat(20)}` })
  await stage.tell('tool_call', { toolName: 'edit', toolArgs: { path: 'a', old_string: 'old', new_string: 'new' } })
  await stage.tell('task_error', { taskId: 't', agent: 'lead', error: 'it failed' })
}

it('a session has no fault that axe finds: as it is, in a search, after an outage and while away', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  const faults: string[] = []
  await fill(stage)
  await page.locator('.entry strong').first().waitFor()
  const job = stage.lead.job(2)
  await page.getByRole('button', { name: 'Allow' }).waitFor()
  for (const id of ['a', 'b']) {
    await stage.lead.client.send({ type: 'rpc_ui_request', id, method: 'confirm', params: { message: id } })
  }
  await page.getByText('2 more questions wait').waitFor()
  await page.getByRole('button', { name: 'Keyboard help' }).click()
  faults.push(...(await look(page, 'help')))
  await page.keyboard.press('Escape')
  await page.getByText('Timeline').first().click()
  faults.push(...(await look(page, 'question and timeline')))
  await page.getByRole('button', { name: 'Allow' }).click()
  await job
  await page.getByRole('button', { name: 'Cut', exact: true }).click()
  await page.locator('.outage summary').click()
  await page.getByRole('button', { name: 'Thinking', exact: true }).click()
  faults.push(...(await look(page, 'session')), ...(await hovered(page, 'session')))
  await page.keyboard.press('Control+f')
  await page.getByLabel('Search in the session').fill('line')
  await page.locator('.session-menu summary').first().click()
  faults.push(...(await look(page, 'search and menu')))
  await page.getByRole('button', { name: 'Delete …' }).click()
  faults.push(...(await look(page, 'question before deleting')))
  await page.getByRole('dialog').getByRole('button', { name: 'Keep it' }).click()
  await page.getByRole('button', { name: 'Refuse', exact: true }).click()
  await page.locator('.away-strip').waitFor()
  faults.push(...(await look(page, 'away')))
  await page.getByRole('button', { name: 'Refuse', exact: true }).hover()
  faults.push(...(await look(page, 'away, the mouse over the pressed fault')))
  await page.getByRole('button', { name: 'Heal', exact: true }).click()
  expect(faults).toEqual([])
})

it('shells, health and pages without anything have no fault that axe finds', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  const faults: string[] = []
  await page.getByRole('button', { name: 'Health', exact: true }).click()
  await page.locator('.numbers').waitFor()
  faults.push(...(await look(page, 'health')), ...(await hovered(page, 'health')))
  await openShell(page)
  await page.getByText('Aa', { exact: true }).click()
  await page.getByRole('button', { name: 'Search', exact: true }).click()
  faults.push(...(await look(page, 'terminal with menu and search')))
  await page.getByText('Aa', { exact: true }).click()
  await page.getByRole('button', { name: 'End', exact: true }).click()
  faults.push(...(await look(page, 'question before ending')))
  await page.getByRole('button', { name: 'End it' }).click()
  faults.push(...(await look(page, 'undo')))
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'All', exact: true }).click()
  await page.locator('.shell-item').first().waitFor()
  faults.push(...(await look(page, 'shells')), ...(await hovered(page, 'shells')))
  await page.goto(stage.world.link('nosuch'))
  await page.reload()
  await page.getByText('There is no session nosuch').waitFor()
  faults.push(...(await look(page, 'no such session')))
  await page.getByRole('button', { name: 'Back to the list' }).click()
  await page.getByRole('heading', { name: 'No session is open' }).waitFor()
  faults.push(...(await look(page, 'no session')))
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Token').waitFor()
  faults.push(...(await look(page, 'sign-in')), ...(await hovered(page, 'sign-in')))
  expect(faults).toEqual([])
})

it('the console has no fault that axe finds in what is refused, gone or offered', async () => {
  const gateway = await startGateway(['--token', 'mine=me', '--port', '0', '--store', 'memory', '--shell', '/bin/sh'])
  const context = await chromium.browser.newContext()
  const { page } = await openTab(context, gateway.url)
  const faults: string[] = []
  await page.getByLabel('Token').fill('wrong')
  await page.keyboard.press('Enter')
  await page.getByText('The gateway does not know this token.').waitFor()
  faults.push(...(await look(page, 'wrong token')))
  await page.goto(`${gateway.url}/#token=mine&view=shells&shell=nosuch`)
  await page.reload()
  await page.getByRole('heading', { name: 'There is no shell nosuch' }).waitFor()
  faults.push(...(await look(page, 'no such shell')), ...(await hovered(page, 'no such shell')))
  await page.getByRole('button', { name: 'New shell' }).click()
  await page.locator('.xterm-helper-textarea').waitFor()
  const shell = await page.locator('.shell-bar code').textContent()
  const made = await fetch(`${gateway.url}/api/grants`, {
    method: 'POST',
    headers: { authorization: 'Bearer mine', 'content-type': 'application/json' },
    body: JSON.stringify({ shell, role: 'write' }),
  })
  const { token, id }: Readonly<Record<string, string>> = await made.json()
  const phone = await chromium.browser.newContext({ viewport: { width: 390, height: 844 } })
  const { page: guest } = await openTab(phone, `${gateway.url}/#token=${token}&shell=${shell}&view=shells&share=write`)
  await guest.getByRole('button', { name: 'Take the keyboard' }).waitFor()
  faults.push(...(await look(guest, 'offer of the keyboard')), ...(await hovered(guest, 'offer of the keyboard')))
  await guest.getByRole('button', { name: 'Detach' }).click()
  await guest.getByText('You have left the shell of your link.').waitFor()
  faults.push(...(await look(guest, 'left')))
  await fetch(`${gateway.url}/api/grants/${id}`, { method: 'DELETE', headers: { authorization: 'Bearer mine' } })
  await guest.getByRole('heading', { name: 'This link has ended' }).waitFor()
  faults.push(...(await look(guest, 'a link that has ended')))
  await page.getByRole('button', { name: 'Health', exact: true }).click()
  await page.locator('.numbers').waitFor()
  await gateway.stop('SIGKILL')
  await page.getByText(/These are its last figures/).waitFor()
  faults.push(...(await look(page, 'figures of a gateway that is gone')))
  await context.close()
  expect(faults).toEqual([])
})

it('a phone has no fault that axe finds, with its key row and while away', async () => {
  await using stage = await setStage(chromium.browser, { viewport: { width: 390, height: 780 } })
  const page = await stage.open()
  const faults: string[] = []
  await fill(stage)
  await openShell(page)
  await page.locator('.key-row').getByRole('button', { name: 'Ctrl', exact: true }).click()
  faults.push(...(await look(page, 'terminal')), ...(await hovered(page, 'terminal')))
  await stage.world.faults.apply('refuse')
  await page.locator('.away-strip').waitFor()
  faults.push(...(await look(page, 'terminal, away')))
  await stage.world.faults.apply('heal')
  for (const [name, there] of [
    ['Health', '.numbers'],
    ['Doctor', '.chart'],
    ['Sessions', '.session-item'],
    ['Session', '.entry'],
  ] as const) {
    await page.getByRole('button', { name, exact: true }).click()
    await page.locator(there).first().waitFor()
    faults.push(...(await look(page, name)))
  }
  expect(faults).toEqual([])
})

it('nothing moves by itself for those who do not want it', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await stage.tell('task_start', { taskId: 't', agent: 'lead', prompt: 'a task' })
  await page.locator('.mark.running').waitFor()
  const moving: unknown = await page.evaluate(
    '[...document.querySelectorAll("*")].filter((one) => getComputedStyle(one).animationName !== "none").length',
  )
  expect(moving).toBe(0)
})
