import type { Readable } from 'node:stream'

/** The end of what a stream says, in a bound of bytes. */
export class LastWords {
  readonly #maxBytes: number
  #bytes: Buffer = Buffer.alloc(0)

  constructor(stream: Readable, maxBytes: number) {
    this.#maxBytes = maxBytes
    stream.on('data', (bytes: Buffer) => {
      this.#bytes = Buffer.from(Buffer.concat([this.#bytes, bytes]).subarray(-this.#maxBytes))
    })
    stream.on('error', () => {})
  }

  /** As text; what was cut in the middle of a character is left out. */
  get text(): string {
    return this.#bytes
      .toString()
      .replace(/^\uFFFD+/, '')
      .trim()
  }
}
