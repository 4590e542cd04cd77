import { randomUUID } from 'node:crypto'
import { DemoLead, type LeadOptions, startWorld, type World } from '@holdfast/app-demo/live'
import type { Browser, BrowserContext, Page } from 'playwright'
import { expect } from 'vitest'
import { openTab, type Tab } from './browser.ts'

/** A gateway with its console, a network that breaks, and a lead that does what a test wants. */
export interface Stage extends AsyncDisposable {
  readonly world: World
  readonly lead: DemoLead
  readonly context: BrowserContext
  /** Another tab with the session; every tab's complaints are looked at when the stage ends. */
  open(): Promise<Page>
  /** Something that the lead tells. */
  tell(event: string, data: Readonly<Record<string, unknown>>): Promise<void>
}

export interface StageOptions {
  readonly viewport?: { readonly width: number; readonly height: number } | undefined
  readonly lead?: Pick<LeadOptions, 'askMs'> | undefined
}

export async function setStage(browser: Browser, options: StageOptions = {}): Promise<Stage> {
  const { viewport = { width: 1360, height: 800 } } = options
  const world = await startWorld({ port: '0' })
  const { leadToken: token, folder, proxy } = world
  const lead = new DemoLead({ url: proxy.url, token, cwd: folder, tickSeconds: 0.05, restMs: 0, ...options.lead })
  await lead.start()
  const context = await browser.newContext({ viewport, colorScheme: 'light', serviceWorkers: 'block' })
  const tabs: Tab[] = []
  return {
    ...{ world, lead, context },
    async open() {
      const tab = await openTab(context, world.link(lead.sessionId))
      tabs.push(tab)
      await tab.page.getByRole('heading', { name: 'Demonstration' }).waitFor()
      return tab.page
    },
    async tell(event, data) {
      await lead.client.send({ type: 'event', id: randomUUID(), event, data })
    },
    async [Symbol.asyncDispose]() {
      await context.close()
      await lead.stop()
      await world.close()
      expect(tabs.flatMap(({ complaints }) => complaints)).toEqual([])
    },
  }
}

/** The numbers of one direction in the doctor's table. */
export async function tally(page: Page, direction: 'lead → you' | 'you → lead'): Promise<readonly number[]> {
  const cells = page.getByTestId('tally').getByRole('row', { name: direction }).getByRole('cell')
  return (await cells.allTextContents()).map(Number)
}
