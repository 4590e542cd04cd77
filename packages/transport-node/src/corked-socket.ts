import type { Duplex } from 'node:stream'

const NOTHING = new Uint8Array(0)

/** Gathers all that is written to a network socket in one turn of the event loop into one write. */
export class CorkedSocket {
  readonly #socket: Duplex
  #corked = false

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  /** Call before a write. The first call of a turn holds the writes back until the turn's callbacks have run. */
  cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    process.nextTick(uncork, this)
  }

  uncork(): void {
    this.#corked = false
    this.#socket.uncork()
  }

  /** Calls back once everything written so far was handed to the system. Never, where the socket ends before. */
  flushed(done: () => void): void {
    if (!this.#socket.writable) return
    this.#socket.write(NOTHING, (error) => {
      if (error === null || error === undefined) done()
    })
  }
}

/** One function for all sockets: no closure per turn. */
function uncork(socket: CorkedSocket): void {
  socket.uncork()
}
