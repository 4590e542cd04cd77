import type { Clock, Timer, WebSocketChannel } from '@holdfast/contract'
import { encodeInputAck } from '@holdfast/protocol/shell'
import { encodeFrame } from '@holdfast/shell-framing'

/** Input is acknowledged at the latest 5 ms after it was written (shell §5). */
const ACK_MS = 4

/** Reports to a client how much of its input the program's terminal has taken, a few milliseconds of it at a time. */
export class InputAcks {
  readonly #channel: Pick<WebSocketChannel, 'send'>
  readonly #clock: Clock
  readonly #written: () => number
  #timer: Timer | undefined

  constructor(channel: Pick<WebSocketChannel, 'send'>, clock: Clock, written: () => number) {
    this.#channel = channel
    this.#clock = clock
    this.#written = written
  }

  /** More was written. */
  due(): void {
    this.#timer ??= this.#clock.after(ACK_MS, () => this.send())
  }

  send(): void {
    this.stop()
    this.#channel.send(encodeFrame('ack', encodeInputAck(this.#written())))
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
