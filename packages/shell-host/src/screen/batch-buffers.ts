/** Output is handed to the thread of the screens when so much of it has come. */
export const BATCH_BYTES = 524_288
/** So many wait to be used again: what one flood has under way. */
const MAX_SPARE = 4

/**
 * Memory for output on its way to the thread of the screens, and back from there: memory that is new costs a flood more than
 * what is copied into it. Shared by all shells of a host.
 */
export class BatchBuffers {
  readonly #spare: ArrayBuffer[] = []

  /** {@link BATCH_BYTES}; what is in it is no matter. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#spare.pop() ?? new ArrayBuffer(BATCH_BYTES))
  }

  /** It is not used any more. */
  giveBack(buffer: ArrayBuffer): void {
    if (buffer.byteLength === BATCH_BYTES && this.#spare.length < MAX_SPARE) this.#spare.push(buffer)
  }
}
