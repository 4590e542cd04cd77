const FIRST_CAPACITY = 16_384
/** How far a cut replay looks for a newline before it settles for a whole character. */
const NEWLINE_SEARCH = 4096
const NEWLINE = 0x0a

/**
 * The newest bytes of an endless stream, by absolute offset. It grows on demand up to its capacity; then the oldest bytes
 * go.
 */
export class RingBuffer {
  readonly capacity: number
  #bytes: Uint8Array
  #end = 0
  #length = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.#bytes = new Uint8Array(Math.min(FIRST_CAPACITY, capacity))
  }

  /** Offset of the oldest byte that is kept. */
  get start(): number {
    return this.#end - this.#length
  }

  /** Offset one past the newest byte. */
  get end(): number {
    return this.#end
  }

  /** Memory that is held. */
  get allocatedBytes(): number {
    return this.#bytes.length
  }

  append(chunk: Uint8Array): void {
    this.#grow(this.#length + chunk.length)
    const size = this.#bytes.length
    const kept = chunk.length > size ? chunk.subarray(chunk.length - size) : chunk
    this.#end += chunk.length
    const from = (this.#end - kept.length) % size
    this.#write(kept, from)
    this.#length = Math.min(size, this.#length + chunk.length)
  }

  /** Copies bytes from `offset` on into `target`, as many as fit and exist, and returns how many. */
  copy(offset: number, target: Uint8Array): number {
    const length = Math.max(0, Math.min(target.length, this.#end - offset))
    const size = this.#bytes.length
    const from = offset % size
    const head = Math.min(length, size - from)
    target.set(this.#bytes.subarray(from, from + head))
    if (head < length) target.set(this.#bytes.subarray(0, length - head), head)
    return length
  }

  /**
   * Where a replay for a client that has everything below `offset` begins: there, or, when those bytes are gone, after the
   * first newline that is left, else at a whole UTF-8 character.
   */
  replayFrom(offset: number): number {
    if (offset >= this.start) return Math.min(offset, this.#end)
    if (this.start === 0) return 0
    const head = new Uint8Array(Math.min(NEWLINE_SEARCH, this.#length))
    this.copy(this.start, head)
    const newline = head.indexOf(NEWLINE)
    if (newline >= 0) return this.start + newline + 1
    const whole = head.findIndex((byte) => (byte & 0xc0) !== 0x80)
    return this.start + Math.max(whole, 0)
  }

  /** Gives back what is allocated beyond the content. For streams that have ended. */
  compact(): void {
    this.#resize(Math.max(this.#length, 1))
  }

  #grow(needed: number): void {
    let size = this.#bytes.length
    if (needed <= size || size === this.capacity) return
    while (size < needed && size < this.capacity) size = Math.min(size * 2, this.capacity)
    this.#resize(size)
  }

  #resize(size: number): void {
    if (size === this.#bytes.length) return
    const kept = new Uint8Array(this.#length)
    this.copy(this.start, kept)
    this.#bytes = new Uint8Array(size)
    this.#write(kept, this.start % size)
  }

  #write(bytes: Uint8Array, from: number): void {
    const head = this.#bytes.length - from
    if (bytes.length <= head) return this.#bytes.set(bytes, from)
    this.#bytes.set(bytes.subarray(0, head), from)
    this.#bytes.set(bytes.subarray(head), 0)
  }
}
