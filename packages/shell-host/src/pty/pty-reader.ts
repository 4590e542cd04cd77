import { readSync } from 'node:fs'
import type { ConnectOpts, SocketConstructorOpts } from 'node:net'
import { ReadStream } from 'node:tty'

/** As much as a terminal gives at once (`n_tty` of Linux). One that gave less is empty. */
const READ_BYTES = 4_095
/** Reads that are handed over together: just below what two messages carry, which leave in one write. */
const READS = 16

/** What a {@link PtyReader} reports. */
export interface PtyReaderEvents {
  /** The chunk is read into again when the call has returned: who keeps it copies it. */
  output(chunk: Uint8Array): void
  /** There is no more. What came before was handed over. */
  ended(): void
}

/** Memory for {@link PtyReader}s, any number of them: it is used within a call. */
export function joinedReads(): Uint8Array {
  return new Uint8Array(READ_BYTES * READS)
}

/**
 * Reads a terminal in few and large pieces: behind a full read follow the next ones at once, and one that is not full, such as
 * an echo, ends the piece. Each terminal gets one piece in a turn of the event loop.
 */
export class PtyReader {
  readonly #fd: number
  readonly #events: PtyReaderEvents
  readonly #stream: ReadStream
  readonly #joined: Uint8Array
  /** Larger than a full read, which would else be followed by the system's own next one, with a call for each. */
  readonly #first = new Uint8Array(READ_BYTES + 1)

  /** `joined`: memory of {@link joinedReads}. */
  constructor(fd: number, joined: Uint8Array, events: PtyReaderEvents) {
    this.#fd = fd
    this.#joined = joined
    this.#events = events
    const options: SocketConstructorOpts & ConnectOpts = {
      onread: { buffer: this.#first, callback: (count) => this.#read(count) },
    }
    this.#stream = new ReadStream(fd, options)
    this.#stream.on('error', () => events.ended()).on('end', () => events.ended())
    this.#stream.resume()
  }

  get isPaused(): boolean {
    return this.#stream.isPaused()
  }

  /** Stops reading. */
  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  /** Closes it. */
  destroy(): void {
    this.#stream.destroy()
  }

  #read(count: number): boolean {
    const first = this.#first.subarray(0, count)
    this.#events.output(count < READ_BYTES ? first : this.#readOn(first))
    // False stops it: a pause that followed right behind a resume would be overtaken by that.
    return !this.isPaused
  }

  /** What came, and what else there is. */
  #readOn(first: Uint8Array): Uint8Array {
    const joined = this.#joined
    joined.set(first)
    let filled = first.length
    for (let count = READ_BYTES; count >= READ_BYTES && filled + READ_BYTES <= joined.length; filled += count) {
      count = readNow(this.#fd, joined, filled)
    }
    return joined.subarray(0, filled)
  }
}

/** How much was there: it never waits. What else there is to say about the terminal, its stream says. */
function readNow(fd: number, into: Uint8Array, at: number): number {
  try {
    return readSync(fd, into, at, READ_BYTES, null)
  } catch {
    return 0
  }
}
