const INITIAL_BYTES = 256
const KEPT_BYTES = 4_096

/** The bytes of what is begun and not complete. */
export class PendingBytes {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.#length] = byte
    this.#length += 1
  }

  /** A copy. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** A copy; nothing is left. */
  take(): Uint8Array {
    const bytes = this.copy()
    this.#length = 0
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(INITIAL_BYTES)
    return bytes
  }
}
