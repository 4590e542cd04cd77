import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { afterAll, beforeAll } from 'vitest'
import { chromiumLaunch, installChromium } from '../../../scripts/chromium.ts'

/** Starts the Chromium that all browser tests use. */
function startBrowser(): Promise<Browser> {
  installChromium()
  return chromium.launch(chromiumLaunch())
}

/** Files of one worker share it: its start takes a second of a processor. It ends with its worker. */
let shared: Promise<Browser> | undefined

/** The browser for the tests of one file; what they leave open in it is closed after the last. */
export function browserOfFile(): { readonly browser: Browser } {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await shared
    if (browser?.isConnected() !== true) {
      shared = startBrowser()
      browser = await shared
    }
  })
  afterAll(async () => {
    for (const context of browser?.contexts() ?? []) await context.close()
  })
  return {
    get browser() {
      if (browser === undefined) throw new Error('expected to be asked inside a test')
      return browser
    },
  }
}

/** A tab, and whatever it complained about. */
export interface Tab {
  readonly page: Page
  readonly complaints: readonly string[]
}

/**
 * Opens a link in a tab of its own; errors of the page are kept. Refused connections are what the tests are about,
 * and so is the look that the client takes, over HTTP, at what refused it.
 */
export async function openTab(context: BrowserContext, link: string): Promise<Tab> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (
      message.type() === 'error' &&
      !/WebSocket|ERR_|Failed to load|\/(api\/ws|shells)\?.* CORS policy/.test(message.text())
    )
      complaints.push(message.text())
  })
  await page.goto(link)
  return { page, complaints }
}
