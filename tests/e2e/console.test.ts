import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { setStage, tally } from './console/stage.ts'
import { openShell, screen } from './console/terminal.ts'

const chromium = browserOfFile()

/** Presses one of the doctor's buttons and waits until the network is so. */
async function press(page: Page, name: string, tells: RegExp): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
  await page.locator('.fault-now').filter({ hasText: tells }).waitFor()
}

it('the console opens by the link, streams what the lead says, and keeps the token out of every address', async () => {
  await using stage = await setStage(chromium.browser)
  const addresses: string[] = []
  stage.context.on('request', (request) => addresses.push(request.url()))
  stage.context.on('page', (page) => page.on('websocket', (socket) => addresses.push(socket.url())))
  const page = await stage.open()
  await page.getByText('Live', { exact: true }).waitFor()
  await stage.tell('message_start', { agent: 'lead' })
  await stage.tell('message_update', { agent: 'lead', delta: 'half a ' })
  await page.locator('.streaming').filter({ hasText: 'half a' }).waitFor()
  await stage.tell('message_update', { agent: 'lead', delta: 'sentence' })
  await page.locator('.streaming').filter({ hasText: 'half a sentence' }).waitFor()
  await stage.tell('message_end', { agent: 'lead', content: 'half a sentence' })
  await page.locator('.entry.message:not(.streaming)').filter({ hasText: 'half a sentence' }).waitFor()
  expect(await page.locator('.streaming').count()).toBe(0)
  expect(page.url()).not.toContain(stage.world.token)
  expect(addresses.length).toBeGreaterThan(3)
  expect(addresses.filter((address) => address.includes(stage.world.token) && !address.includes('#'))).toEqual([])
})

it('the console asks for a permission, and the lead goes on with the answer', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  const job = stage.lead.job(2)
  await page.getByRole('button', { name: 'Allow' }).click()
  await job
  expect(readFileSync(join(stage.world.folder, 'note.txt'), 'utf8')).toMatch(/^written /)
  await page.getByText('Written, because you allowed it.').waitFor()
  await page.locator('.tasks > li > .task > .completed').waitFor()
  await page.locator('.tasks ul .completed').waitFor()
  expect(await page.getByRole('button', { name: 'Allow' }).count()).toBe(0)
})

it('the console loses and doubles nothing while the network is cut, half-open, slow and refused', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await page.getByText('Live', { exact: true }).waitFor()
  let told = 0
  let isOver = false
  // For as long as the troubles take: on a busy machine that is long.
  const ticking = (async () => {
    while (!isOver) {
      await stage.tell('demo_tick', { n: ++told })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  // Where the test fails, its stage is gone before the last of these is said.
  ticking.catch(() => {})
  const cut = page.getByRole('button', { name: 'Cut', exact: true })
  await expect.poll(() => tally(page, 'lead → you')).not.toContain(Number.NaN)
  for (const [name, tells] of [
    ['Go half-open', /swallowed/],
    ['Slow', /is late/],
    ['Refuse', /port is closed/],
  ] as const) {
    const [received = 0] = await tally(page, 'lead → you')
    await cut.click()
    await press(page, name, tells)
    await page.getByLabel('Tell the lead what to do').fill(`during ${name}`)
    await page.getByRole('button', { name: 'Send' }).click()
    await press(page, 'Heal', /is well/)
    await expect.poll(async () => (await tally(page, 'lead → you'))[0], { timeout: 20_000 }).toBeGreaterThan(received)
  }
  isOver = true
  await ticking
  await expect.poll(() => tally(page, 'lead → you'), { timeout: 20_000 }).toEqual([told, told, 0, 0])
  await expect
    .poll(
      async () => {
        const [sent, received, ...wrong] = await tally(page, 'you → lead')
        return [sent === received, ...wrong]
      },
      { timeout: 20_000 },
    )
    .toEqual([true, 0, 0])
  for (const name of ['Go half-open', 'Slow', 'Refuse']) {
    const said = page.locator('.entry.user_prompt').filter({ hasText: `during ${name}` })
    await expect.poll(() => said.allTextContents()).toEqual([expect.not.stringContaining('on its way')])
  }
})

it('the console runs exactly what was typed into a terminal while the network is cut', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await openShell(page)
  const file = join(stage.world.folder, 'typed.txt')
  await page.keyboard.type(`cat > ${file}\n`)
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index} äöü 日本`)
  for (const [index, line] of lines.entries()) {
    await page.keyboard.type(`${line}\n`)
    if (index % 3 === 1) await stage.world.faults.apply('cut')
  }
  await page.keyboard.press('Control+d')
  const expected = `${lines.join('\n')}\n`
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8'), { timeout: 20_000 }).toBe(expected)
  await page.keyboard.type('exit 3\n')
  await screen(page).filter({ hasText: 'The program ended with exit code 3.' }).waitFor()
})

it('the console returns from a reload with the session, the shell and its screen', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await stage.tell('message_end', { agent: 'lead', content: 'said before the reload' })
  await openShell(page)
  await page.keyboard.type('kept=still-here; echo printed-$((40+2))\n')
  await screen(page).filter({ hasText: 'printed-42' }).waitFor()
  await page.reload()
  // It is where it was.
  await screen(page).filter({ hasText: 'printed-42' }).waitFor()
  await page.getByRole('button', { name: 'Session', exact: true }).click()
  await page.getByText('said before the reload').waitFor()
  await page.getByRole('button', { name: 'Shells', exact: true }).click()
  await page.locator('.terminal-box').click()
  await page.keyboard.type('echo "is $kept"\n')
  await screen(page).filter({ hasText: 'is still-here' }).waitFor()
  expect((await screen(page).textContent())?.match(/printed-42/g)).toHaveLength(1)
})

it('the console shows one session in two tabs: one steers, the other observes', async () => {
  await using stage = await setStage(chromium.browser)
  const writer = await stage.open()
  const observer = await stage.open()
  await observer.getByRole('button', { name: 'Only watch' }).click()
  await observer.getByText('You watch.').waitFor()
  expect(await observer.getByRole('button', { name: 'Send' }).count()).toBe(0)
  await writer.locator('.people li').filter({ hasText: 'watches' }).waitFor()
  await writer.getByLabel('Tell the lead what to do').fill('seen by both')
  await writer.keyboard.press('Enter')
  await observer.locator('.entry.user_prompt').filter({ hasText: 'seen by both' }).waitFor()
  await expect.poll(() => writer.locator('.entry.user_prompt').filter({ hasText: 'seen by both' }).count()).toBe(1)
})

it('the console goes offline and comes online again with everything that happened meanwhile', async () => {
  await using stage = await setStage(chromium.browser)
  const page = await stage.open()
  await page.getByText('Live', { exact: true }).waitFor()
  await stage.context.setOffline(true)
  await stage.world.faults.apply('cut')
  await page.locator('.state').filter({ hasText: 'Reconnecting' }).waitFor({ timeout: 20_000 })
  await stage.tell('message_end', { agent: 'lead', content: 'said while you were offline' })
  await stage.context.setOffline(false)
  await page.getByText('said while you were offline').waitFor()
  await page.locator('.state').filter({ hasText: 'Live' }).waitFor()
})

it('the console loads at most 139 kB gzipped before a terminal is opened, of which the first picture needs 91', async () => {
  await using stage = await setStage(chromium.browser)
  const sizes = new Map<string, Promise<number>>()
  stage.context.on('response', (response) => {
    if (!response.url().startsWith(stage.world.gateway.url) || response.url().includes('/api/')) return
    if (response.request().method() !== 'GET') return
    const size = response.body().then((body) => gzipSync(body).length)
    sizes.set(new URL(response.url()).pathname, size)
  })
  const sum = async (names: readonly string[]): Promise<number> =>
    (await Promise.all(names.map(async (name) => (await sizes.get(name)) ?? 0))).reduce((all, one) => all + one, 0)
  // What emulates a terminal and how it looks; `terminal-settings` is only what a person chose, under a kilobyte.
  const emulators = (): readonly string[] => [...sizes.keys()].filter((name) => /terminal-(?!settings-)/.test(name))
  const page = await stage.open()
  // More is linked by the program itself as it loads parts, so it is read from the document as it came.
  const document = await (await fetch(stage.world.gateway.url)).text()
  const linked = [...document.matchAll(/(?:src|href)="\.(\/assets\/[^"]+)"/g)].map(([, name = '']) => name)
  const first = ['/', ...linked]
  expect([...sizes.keys()]).toEqual(expect.arrayContaining(first))
  expect(first.length).toBeGreaterThanOrEqual(3)
  expect(emulators()).toEqual([])
  // A client that is small while it is idle has 250 bytes more of code.
  expect(await sum(first)).toBeLessThan(91_000)
  // Beside the first picture: conversation, Markdown, the three clients, which say what became of a link, and what an
  // agent asks, plans and does; what a shell sends and shows in few large pieces is two of them.
  expect(await sum([...sizes.keys()])).toBeLessThan(139_000)
  await openShell(page)
  expect(emulators().length).toBeGreaterThan(0)
})
