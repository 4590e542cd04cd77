import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { type Browser, chromium } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CountedServer } from '../../../examples/websocket-drop-in/counted-server.ts'
import { chromiumLaunch, installChromium } from '../../../scripts/chromium.ts'
import { freePort } from '../../e2e/support/free-port.ts'
import { type Snippet, snippetsOf } from '../snippets.ts'
import { runInPage } from './page-program.ts'

const root = join(import.meta.dirname, '../../..')
/** Below this folder, where the packages are found. */
const FOLDER = join(import.meta.dirname, '.programs')
const programs = snippetsOf(root).filter(({ isProgram }) => isProgram)
/** A bound on what hangs. */
const LIMIT_MS = 60_000
/** For a program that runs until Ctrl+C. */
const STAYS_MS = 10_000

let place: string
let gateway: { readonly child: ChildProcess; readonly port: string }

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  place = mkdtempSync(join(FOLDER, 'run-'))
  gateway = await startGateway()
})
afterAll(async () => {
  gateway.child.kill('SIGTERM')
  await once(gateway.child, 'exit')
  rmSync(FOLDER, { recursive: true, force: true })
})

async function startGateway(): Promise<typeof gateway> {
  const options = ['--json', '--port', '0', '--store', 'memory', '--shell', '/bin/sh', '--token', 'secret']
  const child = spawn('node', [join(root, 'apps/gateway/dist/main.js'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: place },
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { url }: { readonly url: string } = JSON.parse(String(line))
  return { child, port: new URL(url).port }
}

/** As it stands on its page, but for the ports, which other programs of this machine may have. */
async function pasted({ code }: Snippet): Promise<string> {
  return code
    .replaceAll('127.0.0.1:4600', `127.0.0.1:${gateway.port}`)
    .replaceAll('listen(4600', `listen(${await freePort()}`)
    .replaceAll('8080', `${await freePort()}`)
}

/** What a program says that it prints, in this order. */
function expectPrinted({ code }: Snippet, said: string): void {
  const prints = [...code.matchAll(/\/\/ prints: (.+)$/gm)].map(([, words = '']) => words)
  expect(prints, 'a program says what it prints').not.toEqual([])
  let at = 0
  for (const words of prints) {
    const next = said.indexOf(words, at)
    expect(next, `"${words}" in what it said: ${said}`).toBeGreaterThanOrEqual(0)
    at = next + words.length
  }
}

const named = (list: readonly Snippet[]) =>
  list.map((snippet) => [`${snippet.document}:${snippet.line}`, snippet] as const)

it.each(named(programs.filter(({ isForBrowsers }) => !isForBrowsers)))('%s runs as pasted', async (name, program) => {
  const file = join(place, `${name.replace(/\W+/g, '-')}.mjs`)
  const { code } = await transform(await pasted(program), { loader: 'ts', format: 'esm' })
  writeFileSync(file, code)
  const stays = code.includes('until Ctrl+C')
  const running = promisify(execFile)('node', [file], { cwd: place, timeout: stays ? STAYS_MS : LIMIT_MS })
  // One that stays is ended here, and the error has what it said.
  const { stdout, stderr } = await (stays ? running.catch(Object) : running)
  expect(stderr).toBe('')
  expectPrinted(program, stdout)
})

describe('programs for pages', () => {
  let browser: Browser
  beforeAll(async () => {
    installChromium()
    browser = await chromium.launch(chromiumLaunch())
  })
  afterAll(() => browser.close())

  it.each(named(programs.filter(({ isForBrowsers }) => isForBrowsers)))('%s runs as pasted', async (_name, program) => {
    await using server = new CountedServer()
    server.sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}`)))
    const port = await server.listen()
    const contents = `${program.code.replaceAll('8080', `${port}`)}\nglobalThis.isOver = true`
    await using run = await runInPage(browser, port, contents, place)
    await run.page.waitForFunction('globalThis.isOver === true', undefined, { timeout: LIMIT_MS })
    expect(run.failed).toEqual([])
    expectPrinted(program, run.said())
  })
})
