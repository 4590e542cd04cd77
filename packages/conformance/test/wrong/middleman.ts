import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { WebSocket, WebSocketServer } from 'ws'

export type Json = Readonly<Record<string, unknown>>

/** One link through the middleman. */
export interface Link {
  readonly query: URLSearchParams
  readonly session: string
  /** Whatever a breach wants to remember of it. */
  readonly memory: Map<string, unknown>
  toClient(frame: Json): void
  toServer(frame: Json): void
}

/** What is done to what passes. A function that returns nothing keeps the frame back. */
export interface Breach {
  readonly query?: (query: URLSearchParams, all: readonly Link[]) => void
  readonly toClient?: (frame: Json, link: Link, all: readonly Link[]) => Json | undefined
  readonly toServer?: (frame: Json, link: Link, all: readonly Link[]) => Json | undefined
  /** Messages are a channel byte and a payload, not JSON. */
  readonly binary?: boolean
  /** The code with which a server's close is passed on; undefined: it is not. */
  readonly close?: (code: number, link: Link) => number | undefined
  /** Whether a client's close is passed on with its code; else the link is dropped. */
  readonly leaves?: boolean
  /** Headers of a request that is no upgrade. */
  readonly headers?: (headers: IncomingMessage['headers']) => void
  readonly body?: (text: string) => string
  /** The status of an answer to a request that is no upgrade. */
  readonly status?: (status: number, asked: Asked) => number
  /** Changes the headers of an answer, to an upgrade too. */
  readonly answers?: (headers: Record<string, string>, asked: Pick<Asked, 'method'>) => void
}

/** A request that is no upgrade. */
export interface Asked {
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** What is no JSON object passes as it is. */
const RAW = '(as it is)'

function readText(text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // It passes.
  }
  return { [RAW]: text }
}

function writeText(frame: Json): string {
  return RAW in frame ? String(frame[RAW]) : JSON.stringify(frame)
}

/** A message of the shell's wire, and back. */
function bytesOf({ channel, payload }: Json): Buffer {
  return Buffer.concat([Buffer.from([Number(channel)]), payload instanceof Uint8Array ? payload : Buffer.from('')])
}

/** A right server becomes one that breaks a single rule. */
export async function startMiddleman(target: string, breach: Breach): Promise<{ url: string; close(): Promise<void> }> {
  const http = createServer((asked, answer) => passRequest(target, breach, asked, answer))
  const sockets = new WebSocketServer({ server: http, maxPayload: 2 ** 25 })
  const links: Link[] = []
  sockets.on('headers', (lines) => {
    const headers: Record<string, string> = { 'acp-connection-id': 'middleman' }
    breach.answers?.(headers, { method: 'UPGRADE' })
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  })
  sockets.on('connection', (client, asked) => passLink(target, breach, links, client, asked))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const client of sockets.clients) client.terminate()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function passLink(
  target: string,
  breach: Breach,
  links: Link[],
  client: WebSocket,
  { url = '', headers }: IncomingMessage,
): void {
  const to = new URL(url, target.replace(/^http/, 'ws'))
  const query = new URLSearchParams(to.searchParams)
  breach.query?.(to.searchParams, links)
  const { authorization } = headers
  const server = new WebSocket(to, { headers: authorization === undefined ? {} : { authorization } })
  const textOf = (frame: Json): Buffer | string => (breach.binary ? bytesOf(frame) : writeText(frame))
  const early: Json[] = []
  const toServer = (frame: Json): void => {
    if (server.readyState === WebSocket.CONNECTING) early.push(frame)
    else server.send(textOf(frame))
  }
  const link: Link = {
    query,
    session: query.get('sessionId') ?? '',
    memory: new Map(),
    toClient: (frame) => client.send(textOf(frame)),
    toServer,
  }
  links.push(link)
  const pass = (way: 'toClient' | 'toServer') => (data: Buffer) => {
    const frame: Json = breach.binary ? { channel: data[0], payload: data.subarray(1) } : readText(String(data))
    if (frame['type'] === 'init') link.memory.set('offer', frame['holdfast'])
    const changed = breach[way] === undefined ? frame : breach[way](frame, link, links)
    if (changed !== undefined) link[way](changed)
  }
  client.on('message', pass('toServer'))
  server.on('message', pass('toClient'))
  server.on('open', () => early.splice(0).forEach(toServer))
  server.on('error', () => client.terminate())
  server.on('close', (code, reason) => {
    if (code === 1006 || code === 1005) client.terminate()
    else {
      const passed = breach.close === undefined ? code : breach.close(code, link)
      if (passed !== undefined) client.close(passed, reason)
    }
  })
  client.on('close', (code) => {
    if (code === 1000 && breach.leaves !== false) server.close(1000)
    else server.terminate()
  })
  client.on('error', () => {})
}

function passRequest(target: string, breach: Breach, asked: IncomingMessage, answer: ServerResponse): void {
  const headers = { ...asked.headers }
  breach.headers?.(headers)
  const { method = 'GET' } = asked
  const chunks: Buffer[] = []
  const passed = request(new URL(asked.url ?? '', target), { method, headers }, (response) => {
    const text = String(Buffer.concat(chunks).subarray(0, 1_000))
    const status = response.statusCode ?? 500
    const said: Record<string, string> = {}
    for (const [name, value] of Object.entries(response.headers)) said[name] = String(value)
    breach.answers?.(said, { method })
    answer.writeHead(breach.status?.(status, { method, headers: asked.headers, text }) ?? status, said)
    response.on('data', (chunk) => answer.write(breach.body?.(String(chunk)) ?? chunk))
    response.on('end', () => answer.end())
    response.on('error', () => answer.end())
    answer.flushHeaders()
  })
  passed.on('error', () => answer.destroy())
  answer.on('close', () => passed.destroy())
  asked.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    passed.write(chunk)
  })
  asked.on('end', () => passed.end())
}
