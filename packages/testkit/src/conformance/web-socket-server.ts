import { createServer, type IncomingMessage, type RequestListener, STATUS_CODES } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'
import { type WebSocket, WebSocketServer } from 'ws'
import { Mailbox } from './mailbox.ts'
import type { ConformanceServer, DialPlan, ServerLink } from './transport-fixture.ts'
import { cut, webSocketLink } from './web-socket-link.ts'

export { webSocketLink }

/** A {@link ConformanceServer} that listens on the loopback interface. */
export interface WebSocketConformanceServer extends ConformanceServer {
  readonly port: number
  /** `ws://127.0.0.1:<port>/`, or `wss:` with TLS. */
  readonly url: string
  /** Ends every connection and stops listening. */
  close(): Promise<void>
}

/** Options of {@link startWebSocketServer}. */
export interface WebSocketServerOptions {
  /** Serve `wss:` with these. @defaultValue plain `ws:` */
  readonly tls?: TlsOptions | undefined
  /** WebSockets come otherwise than by an upgrade: makes what answers requests, of what answers an upgrade. @defaultValue they do not */
  readonly carry?: ((upgrade: Upgrade) => Carrier) | undefined
}

/** What answers requests that carry WebSockets. */
export interface Carrier {
  readonly handle: RequestListener
  readonly close: () => void
}

/** Answers an upgrade. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** A large message of the suite fits, with room. */
const MAX_PAYLOAD_BYTES = 67_108_864

/** Starts a WebSocket server that does what the conformance suite plans. Needs `ws`. */
export async function startWebSocketServer(options: WebSocketServerOptions = {}): Promise<WebSocketConformanceServer> {
  const server = new PlannedServer()
  const http = options.tls === undefined ? createServer() : createSecureServer(options.tls)
  const upgrade: Upgrade = (request, socket, head) => server.upgrade(request, socket, head)
  let carrier: Carrier | undefined
  if (options.carry === undefined) {
    http.on('connection', (socket) => server.connected(socket))
    http.on('upgrade', upgrade)
  } else {
    // Requests share their connections, and those stay: what counts is what they carry.
    const carried: Upgrade = (request, socket, head) => {
      server.connected(socket)
      upgrade(request, socket, head)
    }
    carrier = options.carry(carried)
    http.on('request', carrier.handle)
  }
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    url: `${options.tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}/`,
    plan: (plan) => server.plan(plan),
    dialed: () => server.dialed(),
    link: () => server.links.take(),
    idle: () => server.idle(),
    close: async () => {
      const closed = new Promise((resolve) => http.close(resolve))
      server.cutAll()
      carrier?.close()
      http.closeAllConnections()
      await closed
    },
  }
}

class PlannedServer {
  readonly links: Mailbox<ServerLink> = new Mailbox()
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_PAYLOAD_BYTES,
    handleProtocols: () => this.#protocol,
  })
  readonly #sockets = new Set<Duplex>()
  #plan: DialPlan | undefined
  #protocol: string | false = false
  #dials = new Mailbox<true>()
  #idleWaiters: (() => void)[] = []

  plan(plan: DialPlan): void {
    this.#plan = plan
    this.#dials = new Mailbox()
  }

  async dialed(): Promise<void> {
    await this.#dials.take()
  }

  idle(): Promise<void> {
    if (this.#sockets.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idleWaiters.push(resolve))
  }

  connected(socket: Duplex): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      if (this.#sockets.size > 0) return
      for (const resolve of this.#idleWaiters.splice(0)) resolve()
    })
  }

  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const plan = this.#plan ?? { kind: 'accept' }
    this.#plan = undefined
    this.#dials.put(true)
    socket.on('error', () => {})
    if (plan.kind === 'accept') this.#accept(plan, request, socket, head)
    else if (plan.kind === 'refuse') socket.end(refusal(plan))
    else if (plan.kind === 'reset') cut(socket)
    else hang(socket)
  }

  #accept(plan: DialPlan & { kind: 'accept' }, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#protocol = plan.protocol ?? false
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      const link = webSocketLink(webSocket, request)
      for (const frame of plan.greet ?? []) webSocket.send(frame)
      if (plan.thenClose !== undefined) webSocket.close(plan.thenClose.code, plan.thenClose.reason)
      this.links.put(link)
    })
  }
}

/** Says nothing, and reads on to notice the end of the connection. */
function hang(socket: Duplex): void {
  socket.once('end', () => socket.end())
  socket.resume()
}

function refusal({ status, headers = {}, body = '' }: DialPlan & { kind: 'refuse' }): string {
  const fields = { connection: 'close', 'content-length': String(Buffer.byteLength(body)), ...headers }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n${lines.join('')}\r\n${body}`
}
