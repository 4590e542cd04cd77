import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** One address for several servers: each connection goes to the next of them, or to the one after where that is away. */
export class RoundRobin {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #ports: readonly number[] = []
  #next = 0

  constructor() {
    this.#server = createServer((client) => this.#connect(this.#keep(client), this.#ports.length))
  }

  get url(): string {
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
  }

  balance(ports: readonly number[]): void {
    this.#ports = ports
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #connect(client: Socket, tries: number): void {
    const port = this.#ports[this.#next++ % this.#ports.length]
    if (port === undefined || tries === 0) return void client.destroy()
    const server = this.#keep(connect(port, '127.0.0.1'))
    const retry = (): void => this.#connect(client, tries - 1)
    server.once('error', retry)
    server.once('connect', () => {
      server.off('error', retry)
      client.pipe(server).pipe(client)
      client.once('close', () => server.destroy())
      server.once('close', () => client.destroy())
    })
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#sockets.delete(socket))
    return socket
  }
}
