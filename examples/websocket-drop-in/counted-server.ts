import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { expect } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'

/** A WebSocket server whose connections are counted, as those of any server would be. */
export class CountedServer implements AsyncDisposable {
  readonly http: Server = createServer()
  readonly sockets: WebSocketServer
  /** Greetings of the library's protocol. */
  greetings = 0
  connections = 0

  constructor(protocol?: string) {
    this.sockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocol ?? false })
    this.http.on('upgrade', () => {
      this.connections += 1
    })
  }

  /** Listens; handlers of upgrades are registered before. */
  async listen(): Promise<number> {
    if (this.http.listenerCount('upgrade') === 1) {
      this.http.on('upgrade', (request, socket, head) => {
        this.sockets.handleUpgrade(request, socket, head, (opened: WebSocket) =>
          this.sockets.emit('connection', opened, request),
        )
      })
    }
    this.http.listen(0, '127.0.0.1')
    await once(this.http, 'listening')
    const address = this.http.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get live(): number {
    return this.sockets.clients.size
  }

  cut(): void {
    for (const socket of this.sockets.clients) socket.terminate()
  }

  /** Drops the link ten times, each time once the library is back. */
  async dropTenTimes(): Promise<void> {
    for (let drop = 1; drop <= 10; drop += 1) {
      await expect.poll(() => this.greetings).toBe(drop)
      this.cut()
    }
    await expect.poll(() => this.greetings).toBe(11)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
  }
}
