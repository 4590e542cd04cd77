import type { BrowserContext, Page } from 'playwright'

/** What a page saw of being offline. */
export interface OfflineReport {
  /** While offline, after the server had dropped the link. */
  readonly during: { readonly onLine: boolean; readonly state: string }
  /** Dials from coming online until open. */
  readonly dials: number
  /** From coming online until open, in milliseconds. */
  readonly tookMs: number
}

/** Opens a page that connects to `server`, takes it offline while `drop()` drops the link, and online again. */
export async function offlineAndBack(
  { context, page }: { readonly context: BrowserContext; readonly page: Page },
  server: string,
  drop: () => Promise<void>,
): Promise<OfflineReport> {
  const own = await context.browser()?.newContext()
  if (own === undefined) throw new Error('the context has no browser')
  try {
    const tab = await own.newPage()
    // vitest serves modules; the page to load them into is made up.
    const address = new URL(`/blank?server=${encodeURIComponent(server)}`, page.url()).href
    await tab.route(address, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }))
    await tab.goto(address)
    await tab.addScriptTag({ type: 'module', url: '/packages/transport-browser/test/offline-page.ts' })
    await tab.waitForFunction(() => globalThis.connection?.state === 'open')
    await own.setOffline(true)
    await drop()
    await tab.waitForFunction(() => globalThis.connection.state === 'waiting')
    const before = await tab.evaluate(() => ({
      onLine: navigator.onLine,
      state: globalThis.connection.state,
      dials: globalThis.connection.metrics.dials,
    }))
    await own.setOffline(false)
    await tab.waitForFunction(() => globalThis.connection.state === 'open')
    const after = await tab.evaluate(() => ({
      dials: globalThis.connection.metrics.dials,
      tookMs: (globalThis.openAt ?? Number.NaN) - (globalThis.onlineAt ?? Number.NaN),
    }))
    const { dials, ...during } = before
    return { during, dials: after.dials - dials, tookMs: after.tookMs }
  } finally {
    await own.close()
  }
}
