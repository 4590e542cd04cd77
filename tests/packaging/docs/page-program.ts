import { build } from 'esbuild'
import type { Browser, Page } from 'playwright'

const PAGE = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/program.js"></script>'

/** A program of a document that runs in a page. */
export interface PageProgram extends AsyncDisposable {
  readonly page: Page
  /** What it wrote to the console, a line each, so far. */
  readonly said: () => string
  /** What it did not catch, so far. */
  readonly failed: readonly string[]
}

/** @param port of 127.0.0.1: the origin of the page; @param folder where the packages are that it imports */
export async function runInPage(
  browser: Browser,
  port: number,
  contents: string,
  folder: string,
): Promise<PageProgram> {
  const stdin = { contents, loader: 'ts', resolveDir: folder } as const
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', write: false, logLevel: 'silent' })
  const page = await browser.newPage()
  const origin = `http://127.0.0.1:${port}`
  await page.route(`${origin}/`, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }))
  await page.route(`${origin}/program.js`, (route) =>
    route.fulfill({ contentType: 'text/javascript', body: outputFiles[0]?.text ?? '' }),
  )
  let said = ''
  page.on('console', (message) => {
    said += `${message.text()}\n`
  })
  const failed: string[] = []
  page.on('pageerror', ({ message }) => failed.push(message))
  await page.goto(`${origin}/`)
  return { page, failed, said: () => said, [Symbol.asyncDispose]: () => page.close() }
}
