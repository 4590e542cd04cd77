/** A queue of bytes that returns them in other pieces than they were added. Bytes within one piece are not copied. */
export class ByteQueue {
  #pieces: Uint8Array[] = []
  /** Index of the first piece that is not taken. */
  #first = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#length += piece.length
  }

  /** The first `count` bytes, of which there must be as many. */
  take(count: number): Uint8Array {
    const first = this.#pieces[this.#first]
    if (first === undefined || first.length < count) return this.#gather(new Uint8Array(count))
    this.#leave(first, count)
    return first.subarray(0, count)
  }

  /** Removes up to `count` bytes without returning them. Returns how many were removed. */
  skip(count: number): number {
    let left = Math.min(count, this.#length)
    const skipped = left
    while (left > 0) left -= this.#next(left).length
    return skipped
  }

  clear(): void {
    this.skip(this.#length)
  }

  #gather(all: Uint8Array): Uint8Array {
    let at = 0
    while (at < all.length) {
      const part = this.#next(all.length - at)
      all.set(part, at)
      at += part.length
    }
    return all
  }

  /** Up to `count` bytes of the first piece. */
  #next(count: number): Uint8Array {
    const first = this.#pieces[this.#first] ?? new Uint8Array(0)
    const part = first.subarray(0, count)
    this.#leave(first, part.length)
    return part
  }

  #leave(first: Uint8Array, count: number): void {
    this.#length -= count
    if (count < first.length) this.#pieces[this.#first] = first.subarray(count)
    else this.#first += 1
    if (this.#first < this.#pieces.length) return
    this.#pieces = []
    this.#first = 0
  }
}
