import type { Decoded, FrameReader, MessageTaker } from './codec.ts'

/**
 * For the `reader` of a codec whose frames carry none, one or many messages. Each message is decoded when it is taken,
 * so the rest of a frame waits while the app does not read. `open` is called for each channel; the function it returns
 * is called for each frame.
 */
export function severalMessages<In, WireIn>(
  open: () => (frame: WireIn) => Iterable<Decoded<In>>,
): (taker: MessageTaker<In>) => FrameReader<WireIn> {
  return (taker) => new SeveralMessages(open(), taker)
}

class SeveralMessages<In, WireIn> implements FrameReader<WireIn> {
  readonly #decodeAll: (frame: WireIn) => Iterable<Decoded<In>>
  readonly #taker: MessageTaker<In>
  #rest: Iterator<Decoded<In>> | undefined
  #frameBytes = 0

  constructor(decodeAll: (frame: WireIn) => Iterable<Decoded<In>>, taker: MessageTaker<In>) {
    this.#decodeAll = decodeAll
    this.#taker = taker
  }

  frame(frame: WireIn): void {
    this.#frameBytes = typeof frame === 'string' || frame instanceof Uint8Array ? frame.length : 0
    this.#try(() => {
      this.#rest = this.#decodeAll(frame)[Symbol.iterator]()
    })
    this.readOn()
  }

  readOn(isLast = false): void {
    while (this.#rest !== undefined && (isLast || !this.#taker.isPaused)) {
      const next = this.#try(() => this.#rest?.next())
      if (next === undefined || next.done === true) this.#rest = undefined
      else this.#taker.decoded(next.value, (next.value.ok && next.value.bytes) || this.#frameBytes)
    }
  }

  #try<Answer>(ask: () => Answer): Answer | undefined {
    try {
      return ask()
    } catch (error) {
      this.#taker.threw(error)
      return undefined
    }
  }
}
