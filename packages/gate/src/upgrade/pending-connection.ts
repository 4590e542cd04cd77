import type { ChannelEnd, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'

/** A connection whose principal is known. */
export interface LiveConnection {
  frame(frame: WebSocketFrame): void
  pong(): void
  closed(end: ChannelEnd): void
}

const UNCLEAN: ChannelEnd = { reason: '', clean: false }

/** A channel whose principal is not known yet: buffers its frames, in order, for the connection that it becomes. */
export class PendingConnection {
  readonly channel: WebSocketChannel
  readonly #settled: () => void
  #connection: LiveConnection | undefined
  #first: ((frame: WebSocketFrame | undefined) => void) | undefined
  /** What the channel told with its end, while it was paused. */
  readonly #early: WebSocketFrame[] = []
  #end: ChannelEnd | undefined
  /** The channel has ended, or its owner was refused: nothing comes of it any more. */
  isGone = false

  /** @param settled called when it waits no more: it is open, refused or has ended. May be called again. */
  constructor(channel: WebSocketChannel, settled: () => void) {
    this.channel = channel
    this.#settled = settled
    channel.pause()
    channel.start({
      frame: (frame) => this.#frame(frame),
      pong: () => this.#connection?.pong(),
      closed: (end) => {
        this.#end = end
        this.#leave()
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

  /** Its frames go to the connection from {@link open} on, its pongs and its end already now. */
  become(connection: LiveConnection): void {
    this.#connection = connection
    if (this.isGone) connection.closed(UNCLEAN)
  }

  open(): void {
    this.#settled()
    this.channel.resume()
  }

  /** Hands over the channel and its buffered frames together. Everything that a peer sent before it left is delivered. */
  handOver(connection: LiveConnection): void {
    this.#connection = connection
    for (const frame of this.#early) connection.frame(frame)
    if (this.isGone) connection.closed(this.#end ?? UNCLEAN)
    else this.open()
  }

  /** Ends the connection, once: `answer` sends the reason and closes the channel. */
  refuse(answer: (channel: WebSocketChannel) => void): void {
    if (this.isGone) return
    this.#early.length = 0
    this.#leave()
    this.#connection?.closed(UNCLEAN)
    answer(this.channel)
    // Its answer to the close has to be read.
    this.channel.resume()
  }

  #leave(): void {
    this.isGone = true
    this.#settled()
    this.#first?.(undefined)
  }

  #frame(frame: WebSocketFrame): void {
    if (this.isGone) return
    const first = this.#first
    if (first === undefined) {
      if (this.#connection === undefined) this.#early.push(frame)
      else this.#connection.frame(frame)
      return
    }
    this.#first = undefined
    this.channel.pause()
    first(frame)
  }
}
