import type { ShellSession } from '@holdfast/shell'

/** Typed input that waits to be taken; above it, the terminal is not read. */
const MAX_WAITING_BYTES = 262_144
/** End of input, as it is typed. */
const END_OF_INPUT = 0x04
const NEWLINE = 0x0a
const END_EVERY_MS = 250

/** What a person or a pipe puts into a shell: in order, bounded, with its end. */
export class SentInput {
  readonly #session: ShellSession
  #waiting = 0
  #lastByte = NEWLINE
  #repeat: NodeJS.Timeout | undefined

  constructor(session: ShellSession) {
    this.#session = session
  }

  send(bytes: Uint8Array): void {
    if (this.#session.role === 'observer') return
    this.#lastByte = bytes.at(-1) ?? this.#lastByte
    this.#waiting += bytes.length
    if (this.#waiting > MAX_WAITING_BYTES) process.stdin.pause()
    const taken = (): void => {
      this.#waiting -= bytes.length
      if (this.#waiting <= MAX_WAITING_BYTES) process.stdin.resume()
    }
    // What is rejected is told as lost input.
    this.#session.send(bytes).then(taken, taken)
  }

  /** The end of a pipe is there for every read; that of a terminal is a key, lost on a program that does not read yet. */
  end(): void {
    if (this.#lastByte !== NEWLINE) this.send(Uint8Array.of(NEWLINE))
    const end = (): void => {
      this.send(Uint8Array.of(END_OF_INPUT))
      this.#repeat = setTimeout(end, END_EVERY_MS)
    }
    end()
  }

  stop(): void {
    clearTimeout(this.#repeat)
  }
}
