/** The part of a stream of bytes that was not acknowledged yet, by its offsets in the stream. */
export class OutputWindow {
  readonly #maxBytes: number
  #chunks: Uint8Array[] = []
  #from = 0
  #to = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Offset of the first byte that is kept. */
  get from(): number {
    return this.#from
  }

  /** Offset behind the last one. */
  get to(): number {
    return this.#to
  }

  get isFull(): boolean {
    return this.#to - this.#from >= this.#maxBytes
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#chunks.push(bytes)
    this.#to += bytes.length
  }

  /** Releases everything before an offset. */
  acknowledge(offset: number): void {
    const until = Math.min(offset, this.#to)
    let dropped = 0
    for (const chunk of this.#chunks) {
      if (this.#from + chunk.length > until) break
      this.#from += chunk.length
      dropped += 1
    }
    this.#chunks = this.#chunks.slice(dropped)
    const [first] = this.#chunks
    if (first === undefined || until <= this.#from) return
    this.#chunks[0] = first.subarray(until - this.#from)
    this.#from = until
  }

  /** What is kept from an offset on. */
  *since(offset: number): Generator<{ readonly bytes: Uint8Array; readonly offset: number }> {
    let at = this.#from
    for (const chunk of [...this.#chunks]) {
      const end = at + chunk.length
      const start = Math.max(at, offset)
      if (end > start) yield { bytes: chunk.subarray(start - at), offset: start }
      at = end
    }
  }
}
