import type { WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import type { Connection } from '../connection/connection.ts'
import type { HubError } from '../errors.ts'

/** A channel whose owner is not known yet: keeps its frames, in order, for what it will become. */
export class Guest {
  readonly channel: WebSocketChannel
  readonly #gone: () => void
  #connection: Connection | undefined
  #first: ((frame: WebSocketFrame | undefined) => void) | undefined
  /** The channel has ended, or its owner was refused: nothing comes of it any more. */
  isGone = false

  constructor(channel: WebSocketChannel, gone: () => void) {
    this.channel = channel
    this.#gone = gone
    channel.pause()
    channel.start({
      frame: (frame) => this.#frame(frame),
      pong: () => this.#connection?.pong(),
      closed: (end) => {
        this.isGone = true
        this.#first?.(undefined)
        this.#gone()
        this.#connection?.closed(end)
      },
    })
  }

  /** The first frame; undefined where there will be none. */
  first(): Promise<WebSocketFrame | undefined> {
    return new Promise((resolve) => {
      if (this.isGone) return resolve(undefined)
      this.#first = resolve
      this.channel.resume()
    })
  }

  become(connection: Connection): void {
    this.#connection = connection
    if (this.isGone) connection.closed({ reason: '', clean: false })
  }

  /** Frames go to the connection from here on. */
  open(): void {
    this.#gone()
    this.channel.resume()
  }

  refuse(error: HubError): void {
    if (this.isGone) return
    this.isGone = true
    this.#gone()
    this.#first?.(undefined)
    this.#connection?.closed({ reason: '', clean: false })
    this.channel.close(error.closeCode, error.message)
    // Its answer to the close has to be read.
    this.channel.resume()
  }

  #frame(frame: WebSocketFrame): void {
    if (this.isGone) return
    const first = this.#first
    if (first === undefined) {
      this.#connection?.frame(frame)
      return
    }
    this.#first = undefined
    this.channel.pause()
    first(frame)
  }
}
