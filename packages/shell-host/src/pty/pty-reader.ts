import type { ConnectOpts, SocketConstructorOpts } from 'node:net'
import { ReadStream } from 'node:tty'

/**
 * As much as a terminal gives at once (`n_tty` of Linux, whose buffer is one byte larger). A read that fills its buffer is
 * followed by the next one before anything else is waited for.
 */
const READ_BYTES = 4_095
/** Reads that are handed over together: just below what one message carries. */
const READS = 8

/** What a {@link PtyReader} reports. */
export interface PtyReaderEvents {
  /** The chunk is the receiver's to keep. */
  output(chunk: Uint8Array): void
  /** There is no more. What came before was handed over. */
  ended(): void
}

/**
 * Reads a terminal in few and large pieces: full reads of one turn of the event loop are joined, and one that is not full,
 * such as an echo, is handed over at once with what came before it.
 */
export class PtyReader {
  readonly #events: PtyReaderEvents
  readonly #stream: ReadStream
  #block = new Uint8Array(READ_BYTES * READS)
  #filled = 0
  #handing: NodeJS.Immediate | undefined

  constructor(fd: number, events: PtyReaderEvents) {
    this.#events = events
    const options: SocketConstructorOpts & ConnectOpts = {
      onread: {
        buffer: () => this.#block.subarray(this.#filled, this.#filled + READ_BYTES),
        callback: (count) => this.#read(count),
      },
    }
    this.#stream = new ReadStream(fd, options)
    this.#stream.on('error', () => this.#ended()).on('end', () => this.#ended())
    this.#stream.resume()
  }

  get isPaused(): boolean {
    return this.#stream.isPaused()
  }

  /** Stops reading. What was read may still be handed over. */
  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  /** Closes it. What was read and not handed over is dropped. */
  destroy(): void {
    clearImmediate(this.#handing)
    this.#filled = 0
    this.#stream.destroy()
  }

  #read(count: number): boolean {
    this.#filled += count
    if (count < READ_BYTES || this.#filled === this.#block.length) this.#hand()
    else this.#handing ??= setImmediate(() => this.#hand())
    // False stops it: a pause that followed right behind a resume would be overtaken by that.
    return !this.isPaused
  }

  #hand(): void {
    clearImmediate(this.#handing)
    this.#handing = undefined
    const count = this.#filled
    if (count === 0) return
    this.#filled = 0
    this.#events.output(this.#taken(count))
  }

  /** Copied where it is little: a receiver that keeps it is not to keep the whole block. */
  #taken(count: number): Uint8Array {
    if (count < this.#block.length / 2) return this.#block.slice(0, count)
    const chunk = this.#block.subarray(0, count)
    this.#block = new Uint8Array(READ_BYTES * READS)
    return chunk
  }

  #ended(): void {
    this.#hand()
    this.#events.ended()
  }
}
