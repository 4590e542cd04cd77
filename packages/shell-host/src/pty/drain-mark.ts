/**
 * Finds a random mark at the end of a stream of chunks. Bytes that could be the beginning of the mark are held back
 * until the next chunk decides; everything before the mark comes out, the mark and what follows it does not.
 */
export class DrainMark {
  readonly #mark: Uint8Array
  #partial: Uint8Array = new Uint8Array(0)

  constructor(mark: Uint8Array) {
    this.#mark = mark
  }

  /** The bytes that are certainly before the mark, and whether the mark has been found. */
  feed(chunk: Uint8Array): { readonly before: Uint8Array; readonly found: boolean } {
    const all = this.#partial.length === 0 ? chunk : Buffer.concat([this.#partial, chunk])
    const at = Buffer.from(all.buffer, all.byteOffset, all.length).indexOf(this.#mark)
    if (at >= 0) {
      this.#partial = new Uint8Array(0)
      return { before: all.subarray(0, at), found: true }
    }
    const keep = this.#overlap(all)
    // A copy: the chunk is not this one's to keep.
    this.#partial = all.slice(all.length - keep)
    return { before: all.subarray(0, all.length - keep), found: false }
  }

  /** What was held back in vain. */
  rest(): Uint8Array {
    return this.#partial
  }

  /** The length of the longest end of `bytes` that begins the mark. */
  #overlap(bytes: Uint8Array): number {
    for (let length = Math.min(bytes.length, this.#mark.length - 1); length > 0; length--) {
      const end = bytes.subarray(bytes.length - length)
      if (end.every((byte, index) => byte === this.#mark[index])) return length
    }
    return 0
  }
}
