import type { Page } from 'playwright'
import { expect, it } from 'vitest'
import { browserOfFile } from './console/browser.ts'
import { type Stage, setStage } from './console/stage.ts'

/** Figures of a machine that does nothing else: `HOLDFAST_LONG=1` holds them, every run prints them. */
const LONG = process.env['HOLDFAST_LONG'] === '1'
const COUNT = LONG ? 50_000 : 10_000

const chromium = browserOfFile()

async function tellMany(stage: Stage): Promise<void> {
  const { client } = stage.lead
  for (let n = 1; n <= COUNT; n++) {
    const content =
      n % (COUNT / 10) === 0 ? `entry ${n} with a needle` : `entry ${n} and **some** more words to look through`
    const sent = client.send({ type: 'event', id: `e${n}`, event: 'message_end', data: { content } })
    if (n % 1_000 === 0) await sent
  }
}

/** Milliseconds from the start of loading until the newest entry is drawn. */
async function opened(stage: Stage): Promise<readonly [page: Page, ms: number]> {
  const page = await stage.open()
  await page.getByText(`entry ${COUNT} with a needle`).waitFor()
  const started = performance.now()
  await page.reload()
  await page.getByText(`entry ${COUNT} with a needle`).waitFor()
  return [page, performance.now() - started]
}

/** What scrolling costs. */
interface Scrolled {
  readonly framesPerSecond: number
  /** Milliseconds of the page's processor time for one frame, whatever else the machine does: script, style, layout, paint. */
  readonly frameCpuMs: number
}

/** Scrolls the list by more than a screen each frame. */
async function scrolled(page: Page): Promise<Scrolled> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busyMs = async (): Promise<number> => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  }
  const before = await busyMs()
  const { frames, ms } = await frameLoop(page)
  return { framesPerSecond: (frames / ms) * 1_000, frameCpuMs: ((await busyMs()) - before) / frames }
}

function frameLoop(page: Page): Promise<{ readonly frames: number; readonly ms: number }> {
  return page.locator('.log').evaluate(
    (log) =>
      new Promise<{ readonly frames: number; readonly ms: number }>((resolve) => {
        const started = performance.now()
        let frames = 0
        const step = (): void => {
          frames++
          log.scrollBy(0, -900)
          const ms = performance.now() - started
          if (ms > 2_000) resolve({ frames, ms })
          else requestAnimationFrame(step)
        }
        requestAnimationFrame(step)
      }),
  )
}

/** Milliseconds that each key of a search took, until what it found was drawn. */
function searched(page: Page, text: string): Promise<readonly number[]> {
  return page.getByLabel('Search in the session').evaluate(async (input, wanted) => {
    const took: number[] = []
    if (!(input instanceof HTMLInputElement)) throw new Error('expected an input')
    for (let length = 1; length <= wanted.length; length++) {
      const started = performance.now()
      input.value = wanted.slice(0, length)
      input.dispatchEvent(new Event('input', { bubbles: true }))
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
      took.push(performance.now() - started)
    }
    return took
  }, text)
}

async function heapBytes(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  return usedSize
}

it('the console stays usable with many thousand entries: opened, scrolled and searched quickly, in bounded memory', async () => {
  await using stage = await setStage(chromium.browser)
  await tellMany(stage)
  const [page, openMs] = await opened(stage)
  expect(await page.locator('.slot').count()).toBeLessThan(80)
  // All of it is there before it is scrolled through.
  await page.locator('.log').evaluate((log) => log.scrollTo(0, 0))
  await page.getByText('entry 1 and').waitFor()
  await page.getByRole('button', { name: 'Jump to the latest' }).click()
  const { framesPerSecond, frameCpuMs } = await scrolled(page)
  await page.keyboard.press('Control+f')
  const keysMs = await searched(page, 'a needle')
  await page.locator('search').filter({ hasText: '10 of 10' }).waitFor()
  await page.keyboard.press('Escape')
  const heapMiB = (await heapBytes(page)) / 1_048_576
  await page.locator('.log').evaluate((log) => log.scrollTo(0, 0))
  await stage.tell('message_end', { content: 'the newest' })
  await page.getByLabel('Tell the lead what to do').pressSequentially('typed while the list is long')
  await page.getByRole('button', { name: 'Jump to the latest' }).click()
  await page.getByText('the newest').waitFor()
  expect(await page.locator('.slot').count()).toBeLessThan(80)
  const slowestKeyMs = Math.max(...keysMs)
  const told = { openMs, framesPerSecond, frameCpuMs, slowestKeyMs, heapMiB }
  const rounded = Object.entries(told).map(([name, value]) => `${name} ${value.toFixed(0)}`)
  process.stdout.write(`console, ${COUNT} entries: ${rounded.join(' · ')}\n`)
  // What is kept of an entry is bounded, however busy the machine, and a frame has room for others beside it.
  expect(heapMiB).toBeLessThan(120)
  expect(frameCpuMs).toBeLessThan(1_000 / 60)
  if (!LONG) return
  expect(openMs).toBeLessThan(1_000)
  expect(framesPerSecond).toBeGreaterThan(55)
  expect(slowestKeyMs).toBeLessThan(100)
})
