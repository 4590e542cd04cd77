import type { ChannelEnd, ChannelSink, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'

/** A connection whose principal is known. */
export interface LiveConnection {
  frame(frame: WebSocketFrame): void
  pong(): void
  closed(end: ChannelEnd): void
}

const UNCLEAN: ChannelEnd = { reason: '', clean: false }

/**
 * A channel whose principal is not known yet: buffers its frames, in order, for the connection that it becomes. It stays between
 * the two, and holds nothing then but the connection.
 */
export class PendingConnection implements ChannelSink<WebSocketFrame> {
  readonly channel: WebSocketChannel
  #settled: (() => void) | undefined
  #connection: LiveConnection | undefined
  #first: ((frame: WebSocketFrame | undefined) => void) | undefined
  /** What the channel reported with its end, while it was paused. */
  #early: WebSocketFrame[] | undefined
  #end: ChannelEnd | undefined
  /** The channel has ended, or its owner was refused: nothing comes of it any more. */
  isGone = false

  /** @param settled called once, when it waits no more: it is open, refused or has ended. */
  constructor(channel: WebSocketChannel, settled: () => void) {
    this.channel = channel
    this.#settled = settled
    channel.pause()
    channel.start(this)
  }

  /** For the channel, as the two below. */
  frame(frame: WebSocketFrame): void {
    if (this.isGone) return
    const first = this.#first
    if (first === undefined) {
      if (this.#connection !== undefined) this.#connection.frame(frame)
      else {
        this.#early ??= []
        this.#early.push(frame)
      }
      return
    }
    this.#first = undefined
    this.channel.pause()
    first(frame)
  }

  pong(): void {
    this.#connection?.pong()
  }

  closed(end: ChannelEnd): void {
    this.#end = end
    this.#leave()
    this.#connection?.closed(end)
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
    this.#settle()
    this.channel.resume()
  }

  /** Hands over the channel and its buffered frames together. Everything that a peer sent before it left is delivered. */
  handOver(connection: LiveConnection): void {
    this.#connection = connection
    for (const frame of this.#early ?? []) connection.frame(frame)
    this.#early = undefined
    if (this.isGone) connection.closed(this.#end ?? UNCLEAN)
    else this.open()
  }

  /** Ends the connection, once: `answer` sends the reason and closes the channel. */
  refuse(answer: (channel: WebSocketChannel) => void): void {
    if (this.isGone) return
    this.#early = undefined
    this.#leave()
    this.#connection?.closed(UNCLEAN)
    answer(this.channel)
    // Its answer to the close has to be read.
    this.channel.resume()
  }

  #leave(): void {
    this.isGone = true
    this.#settle()
    this.#first?.(undefined)
  }

  /** What hangs on its time of waiting is released. */
  #settle(): void {
    this.#settled?.()
    this.#settled = undefined
  }
}
