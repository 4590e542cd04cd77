import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'

/** What a stub does with a dial: takes it, or refuses with a status of HTTP. */
export type Answer = number | ((socket: WebSocket) => void)

/** A shell service that speaks the published wire, and misbehaves as the test says. */
export class Stub implements AsyncDisposable {
  /** Every frame that came, in order; of all connections. */
  readonly frames: Buffer[] = []
  dials = 0
  /** Without scheme. */
  authority = ''
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #answer: (dial: number) => Answer

  private constructor(answer: (dial: number) => Answer) {
    this.#answer = answer
    this.#http = createServer()
    this.#http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => {})
      this.dials += 1
      const does = this.#answer(this.dials)
      if (typeof does === 'number') return void socket.end(`HTTP/1.1 ${does} Refused\r\ncontent-length: 0\r\n\r\n`)
      this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
        accepted.on('error', () => {})
        accepted.on('message', (data: Buffer) => this.frames.push(data))
        does(accepted)
      })
    })
  }

  /** Numbers of dials start at 1. */
  static async start(answer: (dial: number) => Answer): Promise<Stub> {
    const stub = new Stub(answer)
    stub.#http.listen(0, '127.0.0.1')
    await once(stub.#http, 'listening')
    const address = stub.#http.address()
    stub.authority = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    return stub
  }

  /** What was typed. */
  get typed(): string {
    return Buffer.concat(this.frames.filter((frame) => frame[0] === 0).map((frame) => frame.subarray(1))).toString()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}

/** The first frame of a service: which shell it is. */
export function confirm(socket: WebSocket, reconnected: boolean): void {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: { shellId: 'work', reconnected }, status: 'Success' }
  socket.send(Buffer.concat([Buffer.from([3]), Buffer.from(JSON.stringify(status))]))
}

export function print(socket: WebSocket, bytes: Uint8Array | string): void {
  socket.send(Buffer.concat([Buffer.from([1]), Buffer.from(bytes)]))
}
