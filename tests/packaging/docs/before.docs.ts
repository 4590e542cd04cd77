import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright'
import { Server as SocketIoServer } from 'socket.io'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CountedServer } from '../../../examples/websocket-drop-in/counted-server.ts'
import { PAGE_SERVERS } from '../../../examples/websocket-drop-in/page-servers.ts'
import { chromiumLaunch, installChromium } from '../../../scripts/chromium.ts'
import { runInPage } from './page-program.ts'

const PAGES = join(import.meta.dirname, '../../../docs/i-have')
const LIMIT_MS = 60_000

let browser: Browser
beforeAll(async () => {
  installChromium()
  browser = await chromium.launch(chromiumLaunch())
})
afterAll(() => browser.close())

/** The code before speaks Socket.IO's own protocol. */
function socketIo({ http }: CountedServer): void {
  const server = new SocketIoServer(http)
  server.on('connection', (socket) => {
    socket.emit('news', 'hello')
    socket.on('add', (a: number, b: number, answer: (sum: number) => void) => answer(a + b))
  })
}

it.each(Object.entries(PAGE_SERVERS))(
  'the code before of the page %s runs as it stands there, in a page',
  async (name, { serve, words, protocol }) => {
    await using server = new CountedServer(protocol)
    await (name === 'socket-io' ? socketIo : serve)(server)
    const port = await server.listen()
    const code = /^Before:\n\n```ts\n(.*?)^```/ms.exec(readFileSync(join(PAGES, `${name}.md`), 'utf8'))?.[1] ?? ''
    await using program = await runInPage(browser, port, code.replaceAll('8080', `${port}`), import.meta.dirname)
    await expect.poll(() => program.said() + program.failed.join(), { timeout: LIMIT_MS }).toContain(words)
    expect(program.failed).toEqual([])
  },
)
