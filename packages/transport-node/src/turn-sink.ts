import type { ChannelEnd, ChannelSink, WebSocketFrame } from '@holdfast/contract'
import type { DefinedChannel } from '@holdfast/contract/channel'

/** Lets so many frames through in one turn of the event loop. What comes after the last one of a turn waits for the next. */
export class TurnSink implements ChannelSink<WebSocketFrame> {
  readonly #sink: ChannelSink<WebSocketFrame>
  readonly #channel: DefinedChannel<WebSocketFrame, WebSocketFrame>
  readonly #maxFrames: number
  #delivered = 0

  constructor(
    sink: ChannelSink<WebSocketFrame>,
    channel: DefinedChannel<WebSocketFrame, WebSocketFrame>,
    maxFrames: number,
  ) {
    this.#sink = sink
    this.#channel = channel
    this.#maxFrames = maxFrames
  }

  frame(frame: WebSocketFrame): void {
    if (this.#delivered === 0) setImmediate(nextTurn, this)
    this.#delivered += 1
    if (this.#delivered === this.#maxFrames) this.#channel.pause(2)
    this.#sink.frame(frame)
  }

  nextTurn(): void {
    const isSpent = this.#delivered >= this.#maxFrames
    this.#delivered = 0
    if (isSpent) this.#channel.resume(2)
  }

  pong(): void {
    this.#sink.pong?.()
  }

  closed(end: ChannelEnd): void {
    this.#sink.closed(end)
  }
}

/** One function for all: no closure per turn. */
function nextTurn(sink: TurnSink): void {
  sink.nextTurn()
}
