import type { ReadStream } from 'node:tty'

/** Signals that end a process without its `exit` event. */
const DEADLY = { SIGHUP: 129, SIGTERM: 143 } as const

/** Alternate screen, cursor keys, mouse, focus, bracketed paste, cursor shown, attributes: as a new terminal has them. */
const CALM = '\u001B[?1l\u001B>\u001B[?1000;1002;1003;1004;1006;2004l\u001B[?25h\u001B[0m'
const ENTER_ALTERNATE = '\u001B[?1049h'
const LEAVE_ALTERNATE = '\u001B[?1049l'

/** The terminal of this process in raw mode, and back: on every way out but SIGKILL. */
export class RawTerminal {
  readonly #input: ReadStream
  readonly #write: (text: string) => void
  readonly #leave = (): void => this.leave()
  readonly #signals = new Map<NodeJS.Signals, () => void>()
  #isRaw = false
  #isAlternate = false
  #isCalm = true

  constructor(input: ReadStream, write: (text: string) => void) {
    this.#input = input
    this.#write = write
  }

  enter(): void {
    if (this.#isRaw) return
    this.#isRaw = true
    this.#isCalm = false
    this.#input.setRawMode(true)
    process.on('exit', this.#leave)
    for (const [signal, code] of Object.entries(DEADLY)) {
      const end = (): void => process.exit(code)
      const name = signal === 'SIGHUP' ? 'SIGHUP' : 'SIGTERM'
      this.#signals.set(name, end)
      process.on(name, end)
    }
  }

  /** Watches what the program does to the screen, so that it can be undone. */
  saw(output: Uint8Array): void {
    const bytes = Buffer.from(output.buffer, output.byteOffset, output.length)
    const entered = bytes.lastIndexOf(ENTER_ALTERNATE)
    const left = bytes.lastIndexOf(LEAVE_ALTERNATE)
    if (entered !== left) this.#isAlternate = entered > left
  }

  get isAlternate(): boolean {
    return this.#isAlternate
  }

  /** The program ended by itself and has tidied up. */
  ended(): void {
    this.#isCalm = true
  }

  /** Idempotent. */
  leave(): void {
    if (!this.#isRaw) return
    this.#isRaw = false
    process.off('exit', this.#leave)
    for (const [signal, end] of this.#signals) process.off(signal, end)
    this.#input.setRawMode(false)
    if (this.#isAlternate) this.#write(LEAVE_ALTERNATE)
    if (!this.#isCalm) this.#write(CALM)
  }
}
