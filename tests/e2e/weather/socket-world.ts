import { createServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Kind, Wire } from './six-clients.ts'

/** An answer in the server's place. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** A server of one kind of client on a port of loopback, and what may answer in its place. */
export class SocketWorld {
  readonly #kind: Kind
  readonly #wire: Wire
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #streams = new Set<ServerResponse>()
  #welcomes = 0
  readonly heard: string[] = []
  inBetween: Answer | undefined
  asked = 0
  /** Its subprotocols are none of those that are offered. */
  selectsNothing = false

  constructor(kind: Kind, wire: Wire, certificate?: { readonly key: string; readonly cert: string }) {
    this.#kind = kind
    this.#wire = wire
    this.#sockets.options.handleProtocols = (offered) => (this.selectsNothing ? false : ([...offered][0] ?? false))
    this.#http = certificate === undefined ? createServer() : createSecureServer(certificate)
    this.#http.on('request', (_request, response: ServerResponse) => this.#stream(response))
    this.#http.on('upgrade', (request, socket, head) => {
      this.asked += 1
      socket.on('error', () => {})
      const answer = this.inBetween
      if (answer === undefined) return this.#sockets.handleUpgrade(request, socket, head, (peer) => this.#accept(peer))
      const { status, type, body } = answer
      const lines = [`HTTP/1.1 ${status} Answer`, `content-type: ${type}`, `content-length: ${body.length}`]
      socket.end(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`)
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  /** All links end. */
  cut(): void {
    for (const peer of this.#sockets.clients) peer.terminate()
    for (const response of this.#streams) response.destroy()
    this.#streams.clear()
  }

  async end(): Promise<void> {
    this.cut()
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  #accept(peer: WebSocket): void {
    const { answer } = this.#kind
    peer.on('message', (data) => {
      this.heard.push(String(data))
      for (const frame of answer?.(String(data)) ?? []) peer.send(frame)
    })
    for (const frame of this.#welcome()) peer.send(frame)
  }

  #stream(response: ServerResponse): void {
    this.asked += 1
    const { inBetween } = this
    if (inBetween !== undefined) {
      response.writeHead(inBetween.status, { 'content-type': inBetween.type }).end(inBetween.body)
      return
    }
    this.#streams.add(response)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const frame of this.#welcome()) {
      const { event, data }: { event: string; data: string } = JSON.parse(String(frame))
      response.write(`event: ${event}\ndata: ${data}\n\n`)
    }
  }

  #welcome(): readonly (string | Uint8Array)[] {
    this.#welcomes += 1
    return this.#kind.welcome(this.#wire, this.#welcomes > 1)
  }
}
