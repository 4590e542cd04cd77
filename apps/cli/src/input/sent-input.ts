import type { ShellSession } from '@holdfast/shell'
import type { UnreadInput } from './unread-input.ts'

/**
 * Typed input that waits to be taken; above it, the terminal is not read, and so neither is the detach key. More than anybody
 * pastes.
 */
const MAX_WAITING_BYTES = 4_194_304
/** The same for pieces: a session takes a bounded number of them. */
const MAX_WAITING_PIECES = 4_096
/** End of input, as it is typed. */
const END_OF_INPUT = 0x04
const NEWLINE = 0x0a
const END_EVERY_MS = 250

/** What a person or a pipe puts into a shell: in order, bounded, with its end. */
export class SentInput {
  readonly #session: ShellSession
  readonly #unread: UnreadInput
  /** Keys of one read, which are sent as one: a paste is as many as it has characters. */
  #keys: Uint8Array[] = []
  #waitingBytes = 0
  #waitingPieces = 0
  #lastByte = NEWLINE
  #repeat: NodeJS.Timeout | undefined

  constructor(session: ShellSession, unread: UnreadInput) {
    this.#session = session
    this.#unread = unread
  }

  send(bytes: Uint8Array): void {
    if (this.#session.role === 'observer') return
    this.#lastByte = bytes.at(-1) ?? this.#lastByte
    if (this.#keys.push(bytes) === 1) queueMicrotask(() => this.flush())
  }

  /** Sends what was typed: something else comes behind it. */
  flush(): void {
    if (this.#keys.length > 0) this.#sendKeys()
  }

  #sendKeys(): void {
    const bytes = Buffer.concat(this.#keys)
    this.#keys = []
    this.#waitingBytes += bytes.length
    this.#waitingPieces += 1
    this.#unread.typed(bytes.length)
    if (!this.#hasRoom) process.stdin.pause()
    const taken = (): void => {
      this.#waitingBytes -= bytes.length
      this.#waitingPieces -= 1
      if (this.#hasRoom) process.stdin.resume()
    }
    // What is rejected is reported as lost input.
    this.#session.send(bytes).then(taken, taken)
  }

  get #hasRoom(): boolean {
    return this.#waitingBytes <= MAX_WAITING_BYTES && this.#waitingPieces <= MAX_WAITING_PIECES
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
    this.#unread.stop()
  }
}
