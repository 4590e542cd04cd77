import type { WebSocketChannel } from '@holdfast/contract'

/** Whether a client is read. It is not while something that it caused has no room: then its own sending has to wait. */
export class ReadPause {
  readonly #channel: Pick<WebSocketChannel, 'pause' | 'resume'>
  readonly #resumed: () => void
  #count = 0

  /** `resumed`: what waited in the meantime is about to come. */
  constructor(channel: Pick<WebSocketChannel, 'pause' | 'resume'>, resumed: () => void) {
    this.#channel = channel
    this.#resumed = resumed
  }

  get isPaused(): boolean {
    return this.#count > 0
  }

  /** Stops reading until the returned function is called, and those of all other holds. */
  begin(): () => void {
    this.#count += 1
    if (this.#count === 1) this.#channel.pause()
    let isMine = true
    return () => {
      if (!isMine) return
      isMine = false
      this.#count -= 1
      if (this.#count > 0) return
      this.#channel.resume()
      this.#resumed()
    }
  }
}
