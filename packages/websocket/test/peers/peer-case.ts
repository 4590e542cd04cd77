import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

/** As much of a reconnecting socket as all of them have. */
export interface AnySocket {
  readonly readyState: number
  readonly url: string
  readonly protocol: string
  readonly extensions: string
  readonly bufferedAmount: number
  readonly retryCount: number
  readonly shouldReconnect: boolean
  binaryType: string
  onopen: ((event: never) => unknown) | null
  onmessage: ((event: never) => unknown) | null
  onclose: ((event: never) => unknown) | null
  onerror: ((event: never) => unknown) | null
  send(data: unknown): unknown
  close(code?: number, reason?: string): void
  reconnect(code?: number, reason?: string): void
  drainQueuedMessages?(): unknown[]
  addEventListener(type: string, listener: unknown): void
  removeEventListener(type: string, listener: unknown): void
}

/** One behaviour of a published package, in words of our own, and what ours does. */
export interface PeerCase {
  readonly name: string
  /** Where it is so. @defaultValue both */
  readonly only?: 'partysocket' | undefined
  run(bench: PeerBench): Promise<unknown>
  /** What `run` gives with the published packages. */
  readonly peers: unknown
  /** What it gives with ours, where that is another thing, and why. */
  readonly ours?: { readonly gives: unknown; readonly why: string } | undefined
}

type Make = (url: unknown, protocols?: unknown, options?: object) => AnySocket

/** The published packages leave a socket that they close while it connects without a listener, and `ws` throws what nobody hears. */
class HeardWebSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    this.on('error', () => {})
  }
}

/** A server, and sockets of one package that dial it. */
export class PeerBench implements AsyncDisposable {
  readonly url: string
  readonly received: string[] = []
  readonly requests: IncomingMessage[] = []
  /** 'accept', or what is done with an upgrade instead. */
  answer: 'accept' | 'refuse' | 'hang' = 'accept'
  readonly #make: Make
  readonly #sockets: AnySocket[] = []
  readonly #server: ReturnType<typeof createServer>
  readonly #hanging: Socket[] = []
  readonly #webSockets: WebSocketServer

  private constructor(make: Make, server: ReturnType<typeof createServer>, port: number) {
    this.#make = make
    this.#server = server
    this.url = `ws://127.0.0.1:${port}/`
    this.#webSockets = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket: Socket, head) => {
      this.requests.push(request)
      if (this.answer === 'hang') return void this.#hanging.push(socket)
      if (this.answer === 'refuse') return void socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
      this.#webSockets.handleUpgrade(request, socket, head, (opened: WebSocket) => {
        opened.on('message', (data: Buffer, isBinary) => {
          this.received.push(isBinary ? data.toString('hex') : `${data}`)
          opened.send(data, { binary: isBinary })
        })
      })
    })
  }

  static async start(make: Make): Promise<PeerBench> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return new PeerBench(make, server, typeof address === 'object' && address !== null ? address.port : 0)
  }

  socket(options: object = {}, url: unknown = this.url, protocols: unknown = undefined): AnySocket {
    const socket = this.#make(url, protocols, {
      WebSocket: HeardWebSocket,
      minReconnectionDelay: 10,
      maxReconnectionDelay: 20,
      ...options,
    })
    this.#sockets.push(socket)
    return socket
  }

  get dials(): number {
    return this.requests.length
  }

  get live(): number {
    return this.#webSockets.clients.size
  }

  /** The server closes all links. */
  closeAll(code: number, reason: string): void {
    for (const socket of this.#webSockets.clients) socket.close(code, reason)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close()
    for (const socket of this.#webSockets.clients) socket.terminate()
    for (const socket of this.#hanging) socket.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** The next event of this name, or the first that fits. */
export function next(
  socket: AnySocket,
  name: string,
  fits: () => boolean = () => true,
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve) => {
    const listener = (event: Readonly<Record<string, unknown>>): void => {
      if (!fits()) return
      socket.removeEventListener(name, listener)
      resolve(event)
    }
    socket.addEventListener(name, listener)
  })
}

/** Waits until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await rest(5)
}

/** Time in which nothing more is to happen. */
export const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
