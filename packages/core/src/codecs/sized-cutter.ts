import { ByteQueue } from '@holdfast/contract/channel'
import { type Cut, tooLarge } from './framing.ts'

/** Takes what stands in front of a message: its length, an issue where it has none, or `undefined` where more bytes are needed. */
export type LengthReader = (bytes: ByteQueue) => number | { readonly issue: string } | undefined

/** Cuts messages whose length stands in front of them. One that is too large is skipped and reported. */
export class SizedCutter {
  readonly #readLength: LengthReader
  readonly #maxBytes: number
  readonly #codec: string
  readonly #bytes = new ByteQueue()
  /** Of the message that has begun. */
  #length: number | undefined
  /** Of a message that is too large: not received yet. */
  #toSkip = 0

  /** `codec`: the name that its issues give. */
  constructor(readLength: LengthReader, maxBytes: number, codec: string) {
    this.#readLength = readLength
    this.#maxBytes = maxBytes
    this.#codec = codec
  }

  *cut(piece: Uint8Array): Iterable<Cut> {
    this.#bytes.push(piece)
    for (;;) {
      this.#toSkip -= this.#bytes.skip(this.#toSkip)
      if (this.#toSkip > 0) return
      const length = this.#length ?? this.#readLength(this.#bytes)
      if (length === undefined) return
      if (typeof length !== 'number') yield length
      else if (length > this.#maxBytes) {
        this.#toSkip = length
        yield tooLarge('a message', this.#maxBytes, this.#codec)
      } else {
        this.#length = length
        if (this.#bytes.length < length) return
        this.#length = undefined
        yield this.#bytes.take(length)
      }
    }
  }
}
