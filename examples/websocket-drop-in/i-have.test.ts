import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { afterAll, expect, it } from 'vitest'
import { freePort } from '../../tests/e2e/support/free-port.ts'
import { CountedServer } from './counted-server.ts'
import { PAGE_SERVERS } from './page-servers.ts'

const PAGES = join(import.meta.dirname, '../../docs/i-have')
/** Below this folder, where the packages are installed. */
const FOLDER = join(import.meta.dirname, '.results')

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

it('every page has a test', () => {
  const pages = readdirSync(PAGES).filter((name) => name !== 'README.md')
  expect(pages).toEqual(Object.keys(PAGE_SERVERS).map((name) => `${name}.md`))
})

it.concurrent.each(Object.entries(PAGE_SERVERS))(
  'the code after of the page %s runs as it stands there',
  async (name, { serve, words, protocol }) => {
    await using server = new CountedServer(protocol)
    await serve(server)
    const port = name === 'socket-io' ? await freePort() : await server.listen()
    const code = /^After:\n\n```ts\n(.*?)^```/ms.exec(readFileSync(join(PAGES, `${name}.md`), 'utf8'))?.[1] ?? ''
    mkdirSync(FOLDER, { recursive: true })
    const file = join(mkdtempSync(join(FOLDER, 'run-')), `${name}.mjs`)
    writeFileSync(file, (await transform(code.replaceAll('8080', `${port}`), { loader: 'ts' })).code)
    const program = spawn(process.execPath, [file])
    const exited = once(program, 'exit')
    let said = ''
    let wrong = ''
    program.stdout.on('data', (data) => {
      said += String(data)
    })
    program.stderr.on('data', (data) => {
      wrong += String(data)
    })
    await expect.poll(() => (said.includes(words) ? words : said + wrong), { timeout: 150_000 }).toContain(words)
    program.kill('SIGKILL')
    await exited
  },
)
