import type { ReadStream } from 'node:tty'

const INTERRUPT = 0x03
/** What is kept; above it, the terminal is not read. */
const MAX_BYTES = 65_536

/**
 * What is typed before a shell is there. The shell shows it when it has it, so the terminal must not: it would be there twice.
 * Ctrl+C, which is no signal then, is reported.
 */
export class EarlyInput {
  readonly #input: ReadStream | undefined
  readonly #interrupt: () => void
  #chunks: Buffer[] = []
  #bytes = 0
  #isReading = false

  /** @param input undefined where input is no terminal: nothing is read then */
  constructor(input: ReadStream | undefined, interrupt: () => void) {
    this.#input = input
    this.#interrupt = interrupt
  }

  begin(): void {
    if (this.#input === undefined) return
    this.#isReading = true
    this.#input.setRawMode(true)
    this.#input.on('data', this.#read)
  }

  /** What came so far. The terminal stays as it is, for its next reader. */
  take(): readonly Buffer[] {
    const chunks = this.#chunks
    this.#chunks = []
    this.#input?.off('data', this.#read)
    this.#isReading = false
    return chunks
  }

  /** Gives the terminal back, if the input was not taken. Idempotent. */
  cancel(): void {
    if (!this.#isReading) return
    this.take()
    this.#input?.setRawMode(false)
    this.#input?.pause()
  }

  readonly #read = (chunk: Buffer): void => {
    if (chunk.includes(INTERRUPT)) return this.#interrupt()
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes > MAX_BYTES) this.#input?.pause()
  }
}
