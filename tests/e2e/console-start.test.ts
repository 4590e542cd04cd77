import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { browserOfFile, openTab } from './console/browser.ts'
import { AGENT_FILE, run } from './gateway-process.ts'

const START = fileURLToPath(new URL('../../apps/demo/dist/live/start.js', import.meta.url))

const chromium = browserOfFile()

/** What `npm start` runs. @returns the link to its agent's session, when it is there */
async function started(...args: string[]): Promise<string> {
  const { child, ended } = run(START, ['--port', '0', ...args])
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await expect.poll(() => said, { timeout: 60_000 }).toMatch(/session of its own:\s+http\S+\n/)
  return /of its own:\s+(http\S+)/.exec(said)?.[1] ?? ''
}

it('the start shows a coding agent that asks before it writes, and goes on when its network is cut', async () => {
  const link = await started()
  const context = await chromium.browser.newContext({ serviceWorkers: 'block' })
  onTestFinished(() => context.close())
  const { page, complaints } = await openTab(context, link)
  const question = page.locator('.question')
  await question.getByText('Write agent-note.md').waitFor()
  await question.locator('.diff-added').filter({ hasText: 'Show me what you do.' }).waitFor()
  await page.locator('.entry.tool_call').waitFor()
  expect(await page.locator('.entry.tool_call pre').count()).toBe(0)
  await page.getByRole('button', { name: 'Cut', exact: true }).click()
  await page.locator('.log .outage summary').first().waitFor()
  await question.getByRole('button', { name: 'Allow' }).click()
  await page.locator('.entry.message').filter({ hasText: 'the conversation is the same' }).waitFor()
  await page.locator('.plan').getByText('Plan: 3 of 3 done').waitFor()
  expect(complaints).toEqual([])
})

it("the start runs a person's own agent in the folder in which they are", async () => {
  const link = await started('--agent', `${process.execPath} ${AGENT_FILE}`)
  const context = await chromium.browser.newContext({ serviceWorkers: 'block' })
  onTestFinished(() => context.close())
  const { page } = await openTab(context, link)
  await page.getByRole('heading', { name: `agent in ${process.cwd()}` }).waitFor()
  await page.getByLabel('Prompt the agent').fill('say hello')
  await page.keyboard.press('Enter')
  await page.locator('.entry.message').filter({ hasText: 'hello' }).waitFor()
})
