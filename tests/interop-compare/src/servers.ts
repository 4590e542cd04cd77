import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** True as soon as it holds; false where it does not in time. */
export async function until(holds: () => boolean, withinMs: number = 5_000): Promise<boolean> {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(5)) if (holds()) return true
  return holds()
}

/** A promise's value, or `pending` when it takes longer. */
export function soon<T>(promise: Promise<T>, withinMs: number = 1_000): Promise<T | 'pending'> {
  return Promise.race([promise, sleep(withinMs).then(() => 'pending' as const)])
}

/** What the published hub client takes from the global scope. */
export class GlobalWebSocket extends WebSocket {
  constructor(url: string) {
    super(url)
    // It closes sockets that are still opening after it took its own listener off.
    this.on('error', () => {})
  }
}

/** One connection as the server saw it. */
export interface Seen {
  readonly socket: WebSocket
  readonly tcp: Socket
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: IncomingHttpHeaders
  readonly messages: string[]
  readonly frames: Buffer[]
  closed: string | undefined
}

/** A server of WebSockets that does what a program says. */
export interface SocketServer {
  readonly url: string
  readonly seen: readonly Seen[]
  live(): number
  /** Resets every connection. */
  reset(): void
  stop(): void
}

export async function socketServer(
  accepts: (socket: WebSocket, dial: number, seen: Seen) => void,
  refuses: () => number | undefined = () => undefined,
): Promise<SocketServer> {
  const http = createServer((_request, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const seen: Seen[] = []
  http.on('upgrade', (request, tcp: Socket, head) => {
    const status = refuses()
    if (status !== undefined) {
      tcp.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, tcp, head, (socket) => {
      const one = newSeen(socket, tcp, request)
      accepts(socket, seen.push(one) - 1, one)
    })
  })
  const url = await listen(http, 'ws')
  return {
    url,
    seen,
    live: () => seen.filter(({ closed }) => closed === undefined).length,
    reset: () => {
      for (const { tcp, closed } of seen) if (closed === undefined) tcp.resetAndDestroy()
    },
    stop: () => {
      for (const { socket } of seen) socket.terminate()
      http.close()
    },
  }
}

function newSeen(socket: WebSocket, tcp: Socket, request: IncomingMessage): Seen {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host')
  const query = Object.fromEntries([...searchParams].sort())
  const one: Seen = {
    socket,
    tcp,
    path: pathname,
    query,
    headers: request.headers,
    messages: [],
    frames: [],
    closed: undefined,
  }
  socket.on('error', () => {})
  socket.on('message', (data: RawData, isBinary) => {
    if (isBinary && Buffer.isBuffer(data)) one.frames.push(data)
    else one.messages.push(String(data))
  })
  socket.on('close', (code, reason) => {
    one.closed = `${code} ${String(reason)}`
  })
  return one
}

/** A server of plain HTTP that counts. */
export interface WebServer {
  readonly url: string
  readonly hits: readonly { readonly url: URL; readonly headers: IncomingHttpHeaders; readonly body: () => string }[]
  readonly open: ReadonlySet<ServerResponse>
  stop(): void
}

export async function webServer(
  answers: (response: ServerResponse, hit: number, request: IncomingMessage) => void,
): Promise<WebServer> {
  const hits: { readonly url: URL; readonly headers: IncomingHttpHeaders; readonly body: () => string }[] = []
  const open = new Set<ServerResponse>()
  const http = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    hits.push({ url: new URL(request.url ?? '', 'http://host'), headers: request.headers, body: () => body })
    open.add(response)
    response.on('close', () => open.delete(response))
    answers(response, hits.length - 1, request)
  })
  const url = await listen(http, 'http')
  return {
    url,
    hits,
    open,
    stop: () => {
      http.closeAllConnections()
      http.close()
    },
  }
}

async function listen(http: Server, scheme: string): Promise<string> {
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return `${scheme}://127.0.0.1:${portOf(http.address())}`
}

function portOf(address: ReturnType<Server['address']>): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}
