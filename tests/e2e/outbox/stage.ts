import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright'
import { WebSocketServer } from 'ws'
import { type GatewayProcess, startGateway } from '../gateway-process.ts'

/** A server of the page with an outbox. */
export interface PageServer {
  readonly origin: string
  close(): Promise<void>
}

/** Serves the page; at `/forbidden` as one that may store nothing. */
export async function servePage(): Promise<PageServer> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    ...{ bundle: true, format: 'iife', platform: 'browser', conditions: ['@holdfast/source'], write: false },
  })
  const [script] = outputFiles
  const server = createServer((request, response) => {
    const forbidden = { 'content-security-policy': 'sandbox allow-scripts' }
    response.writeHead(200, { 'content-type': 'text/html', ...(request.url === '/forbidden' ? forbidden : {}) })
    response.end(`<!doctype html><title>loading</title><script>${script?.text}</script>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin: originOf(server.address()), close }
}

function originOf(address: string | AddressInfo | null): string {
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

/** A peer behind a proxy: what it got, and where the page finds it. */
export interface Peer extends AsyncDisposable {
  readonly proxy: ChaosProxy
  /** `args` of the commands, in order of their arrival; a hub's lead gets each effect once. */
  readonly got: readonly string[]
  /** Behind # of the page. */
  readonly address: Readonly<Record<string, string>>
  /** Tells all who are there. */
  say(text: string): Promise<unknown>
}

/** The lead of a session, which is its driver, too. */
export interface HubPeer extends Peer {
  /** Asks a person. */
  ask(id: string): unknown
  /** What it was answered. */
  readonly answers: readonly string[]
}

/** A gateway that lets the page in. */
export function gatewayFor({ origin }: PageServer): Promise<GatewayProcess> {
  return startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', 'none', '--origin', origin])
}

/** A session of a gateway, with its lead, behind a proxy of its own. */
export async function hubPeer(gateway: GatewayProcess): Promise<HubPeer> {
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: gateway.port } })
  const got: string[] = []
  const answers: string[] = []
  const lead: HubClient = new HubClient({
    ...{ transport: nodeWebSocket(), url: gateway.url, token: 't', role: 'lead', driverMode: 'rpc' },
    onMessage: (message) => {
      if (message.type === 'rpc_ui_response') answers.push(`${message['id']}: ${message['result']}`)
      const { id, text } = Object(message.type === 'rpc_command' ? message['command'] : {})
      if (id !== undefined) void lead.send({ type: 'rpc_response', response: { id, text: `did ${text}` } })
    },
    onRequest: (request) => {
      if (request.type === 'command') got.push(request.args)
      return [{ action: 'RETURN', result: 'done' }]
    },
  })
  await lead.connect()
  return {
    ...{ proxy, got, answers, address: { hub: proxy.url, session: lead.sessionId ?? '', token: 't' } },
    say: (text) => lead.event('note', { text }),
    ask: (id) => lead.send({ type: 'rpc_ui_request', id, method: 'confirm', params: {} }),
    async [Symbol.asyncDispose]() {
      await lead.close()
      await proxy.close()
    },
  }
}

/** A server that takes messages and recognises nobody. It answers pings, and confirms no message; `pings`: the page sends some. */
export async function plainPeer({ pings }: { readonly pings: boolean }): Promise<Peer> {
  const got: string[] = []
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  sockets.on('connection', (socket) =>
    socket.on('message', (data) => {
      const { type, args } = Object(JSON.parse(String(data)))
      if (type === 'ping') socket.send('{"type":"pong"}')
      else got.push(String(args))
    }),
  )
  await once(sockets, 'listening')
  const port = Number(new URL(originOf(sockets.address())).port)
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  return {
    ...{ proxy, got, address: { plain: proxy.url.replace('http', 'ws'), ...(pings ? { pings: 'yes' } : {}) } },
    say: async () => {},
    async [Symbol.asyncDispose]() {
      await proxy.close()
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
    },
  }
}

/** Opens the page, and the outbox in it. */
export async function openPage(
  context: BrowserContext,
  origin: string,
  { address }: Pick<Peer, 'address'>,
  name: string,
): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${origin}/#${new URLSearchParams({ ...address, name })}`)
  await openAgain(page)
  return page
}

/** After a reload, too. */
export async function openAgain(page: Page): Promise<void> {
  await page.waitForFunction(() => document.title === 'ready')
  const code = await page.evaluate(() => outboxPage.open())
  if (code !== undefined) throw new Error(code)
}
