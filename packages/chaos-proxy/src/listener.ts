import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/** A listening socket that can be closed and opened again on the same port, with its connections left alone. */
export class Listener {
  readonly #host: string
  readonly #onSocket: (socket: Socket) => void
  #port: number
  #server: Server | undefined
  /** Opening and closing take turns. */
  #turn: Promise<void> = Promise.resolve()

  constructor(host: string, port: number, onSocket: (socket: Socket) => void) {
    this.#host = host
    this.#port = port
    this.#onSocket = onSocket
  }

  /** The port, also while it is not listened on. */
  get port(): number {
    return this.#port
  }

  /** @throws the system's error, such as `EADDRINUSE` */
  open(): Promise<void> {
    return this.#next(async () => {
      if (this.#server !== undefined) return
      const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, this.#onSocket)
      server.listen(this.#port, this.#host)
      await once(server, 'listening')
      const address = server.address()
      if (address !== null && typeof address === 'object') this.#port = address.port
      this.#server = server
    })
  }

  /** The port is free when it resolves; dials to it are refused. */
  close(): Promise<void> {
    return this.#next(async () => {
      // The callback of close() waits for the connections as well; the socket itself is closed at once.
      this.#server?.close()
      this.#server = undefined
    })
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }
}
