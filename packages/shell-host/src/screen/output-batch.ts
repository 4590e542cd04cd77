import { BATCH_BYTES, type BatchBuffers } from './batch-buffers.ts'

/** Enough for an echo or a prompt, and little for a shell that says no more. */
const SMALL_BYTES = 1_024

/** Output that is gathered for the screen: little of it takes little memory. */
export class OutputBatch {
  readonly #buffers: BatchBuffers
  #bytes: Uint8Array<ArrayBuffer> | undefined
  #length = 0

  constructor(buffers: BatchBuffers) {
    this.#buffers = buffers
  }

  get length(): number {
    return this.#length
  }

  get isFull(): boolean {
    return this.#length >= BATCH_BYTES
  }

  /** Copies as much of it as there is room for. @returns how much that is */
  add(chunk: Uint8Array): number {
    const count = Math.min(chunk.length, BATCH_BYTES - this.#length)
    const bytes = this.#roomFor(count)
    bytes.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.#length)
    this.#length += count
    return count
  }

  /** What was gathered; its memory is the caller's now. `undefined` where there is nothing. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const bytes = this.#bytes?.subarray(0, this.#length)
    this.#bytes = undefined
    this.#length = 0
    return bytes
  }

  #roomFor(count: number): Uint8Array {
    const needed = this.#length + count
    const held = this.#bytes
    if (held !== undefined && needed <= held.length) return held
    const larger = needed <= SMALL_BYTES ? new Uint8Array(SMALL_BYTES) : this.#buffers.take()
    if (held !== undefined) larger.set(held.subarray(0, this.#length))
    this.#bytes = larger
    return larger
  }
}
