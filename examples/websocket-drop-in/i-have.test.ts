import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { transform } from 'esbuild'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { afterAll, expect, it } from 'vitest'
import { createWebSocketStream } from 'ws'
import { Doc } from 'yjs'
import { freePort } from '../../tests/e2e/support/free-port.ts'
import { CountedServer } from './counted-server.ts'
import { serveDocument } from './y-server.ts'

const PAGES = join(import.meta.dirname, '../../docs/i-have')
/** Below this folder, where the packages are installed. */
const FOLDER = join(import.meta.dirname, '.results')

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

function echo(server: CountedServer): void {
  server.sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`${data}`)))
}

function events(server: CountedServer): void {
  server.http.on('request', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 7\ndata: hello\n\n')
  })
}

function graphql(server: CountedServer): void {
  async function* ticks() {
    yield { ticks: 1 }
  }
  const schema = buildSchema('type Query { n: Int! } type Subscription { ticks: Int! }')
  useServer({ schema, roots: { subscription: { ticks } } }, server.sockets)
}

async function broker(server: CountedServer): Promise<void> {
  const aedes = await Aedes.createBroker()
  server.http.on('close', () => aedes.close())
  server.sockets.on('connection', (socket, request) => {
    const stream = createWebSocketStream(socket)
    stream.on('error', () => {})
    aedes.handle(stream, request)
  })
}

/** What a page's program talks to, and what it says. */
const SAYS: Readonly<
  Record<string, readonly [serve: (server: CountedServer) => unknown, words: string, protocol?: string]>
> = {
  'event-source': [events, 'received hello 7'],
  'fetch-event-source': [events, 'received hello 7\ncomplete'],
  'graphql-ws': [graphql, 'received', 'graphql-transport-ws'],
  mqtt: [broker, 'received news hello', 'mqtt'],
  partysocket: [echo, 'received hello'],
  'plain-websocket': [echo, 'received hello'],
  'reconnecting-websocket': [echo, 'received hello'],
  'socket-io': [() => {}, 'news hello\nsum 5'],
  'y-websocket': [(server) => serveDocument(server, new Doc()), 'synced true'],
}

it('every page has a test', () => {
  const pages = readdirSync(PAGES).filter((name) => name !== 'README.md')
  expect(pages).toEqual(Object.keys(SAYS).map((name) => `${name}.md`))
})

it.concurrent.each(Object.entries(SAYS))(
  'the code after of the page %s runs as it stands there',
  async (name, [serve, words, protocol]) => {
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
    await expect.poll(() => (said.includes(words) ? words : said + wrong), { timeout: 60_000 }).toContain(words)
    program.kill('SIGKILL')
    await exited
  },
)
