import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { CoderHubWebSocketClient, type CoderHubWebSocketOptions } from '@agentuity/core/coder'
import { HubClient, type HubOptions } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Record } from './support.ts'

type Frame = Readonly<{ [member: string]: unknown }>

/** What a client told, published or ours. */
interface Told {
  readonly inits: Record<unknown>
  readonly messages: Record<unknown>
  readonly errors: Record<unknown>
}

const told = (): Told => ({ inits: new Record(), messages: new Record(), errors: new Record() })

/** What the published client takes from the global scope, where Node 20 has none. */
class Global extends WebSocket {
  constructor(url: string) {
    super(url)
    // It closes sockets that are still opening after it took its own listener off.
    this.on('error', () => {})
  }
}

/** A hub that speaks only the published wire and misbehaves as the test says. */
export class Stub {
  readonly sockets: Record<WebSocket> = new Record()
  readonly frames: Record<Frame> = new Record()
  /** What was asked for at the upgrades, with its query. */
  readonly targets: string[] = []
  /** Requests that are not upgrades. */
  requests = 0
  url = ''

  static async start(
    answers: (socket: WebSocket, dial: number) => void,
    answersHttp: RequestListener = (_request, response) => response.writeHead(404).end(),
  ): Promise<Stub> {
    const before = Reflect.get(globalThis, 'WebSocket')
    Reflect.set(globalThis, 'WebSocket', Global)
    const stub = new Stub()
    const http = createServer((request, response) => {
      stub.requests += 1
      answersHttp(request, response)
    })
    const server = new WebSocketServer({ server: http })
    server.on('connection', (socket, request) => {
      stub.targets.push(request.url ?? '')
      socket.on('error', () => {})
      socket.on('message', (data) => stub.frames.add(JSON.parse(String(data))))
      answers(socket, stub.sockets.items.length)
      stub.sockets.add(socket)
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const address = http.address()
    stub.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    onTestFinished(() => {
      for (const socket of server.clients) socket.terminate()
      server.close()
      http.closeAllConnections()
      http.close()
      Reflect.set(globalThis, 'WebSocket', before)
    })
    return stub
  }

  /** Lines of session entries that came, up to and with the last. */
  async lines(last: string): Promise<readonly unknown[]> {
    await this.frames.next(({ line }) => line === last)
    return this.frames.items.flatMap(({ line }) => (line === undefined ? [] : [line]))
  }
}

const shared = { sessionId: 's', role: 'lead' } as const

/** What can be written as JSON. */
type Plain = Pick<
  CoderHubWebSocketOptions,
  'role' | 'maxReconnectAttempts' | 'reconnectDelayMs' | 'heartbeatIntervalMs' | 'heartbeatTimeoutMs'
>

export function published(url: string, options: Plain = {}): Told & { readonly client: CoderHubWebSocketClient } {
  const tells = told()
  const client = new CoderHubWebSocketClient({
    ...shared,
    reconnectDelayMs: 10,
    ...JSON.parse(JSON.stringify(options)),
    url,
    onInit: tells.inits.add,
    onMessage: tells.messages.add,
    onError: tells.errors.add,
  })
  onTestFinished(() => client.close())
  client.connect()
  return { ...tells, client }
}

export function ours(url: string, options: Partial<HubOptions> = {}): Told & { readonly client: HubClient } {
  const tells = told()
  const client = new HubClient({
    ...shared,
    ...options,
    retry: { baseMs: 10, firstMs: 10, ...options.retry },
    url,
    transport: nodeWebSocket(),
    onInit: tells.inits.add,
    onMessage: tells.messages.add,
    onProblem: tells.errors.add,
    onDelivery: tells.errors.add,
  })
  onTestFinished(() => client.close({ flushMs: 0 }))
  void client.connect()
  return { ...tells, client }
}

export const says = (socket: WebSocket, message: unknown): void => socket.send(JSON.stringify(message))
export const init = (socket: WebSocket): void => says(socket, { type: 'init', role: 'lead', sessionId: 's' })
export const question = { type: 'tool', name: 'read', toolCallId: 'c', params: {} } as const
export const entry = (line: string) => ({ type: 'session_entry', path: 'p', line }) as const
