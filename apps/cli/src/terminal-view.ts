import { OutputFilter, ScreenModes, setsTitle } from '@holdfast/terminal'

/** Once nothing more comes from while this client was away: what would have made the terminal report may do so. */
const SILENCE_MS = 100
/** XTWINOPS: the title of the person's window is kept, and given back. */
const PUSH_TITLE = '\u001B[22;0t'
const POP_TITLE = '\u001B[23;0t'
const encoder = new TextEncoder()

/** The person's screen: what is shown of output, and what it set there. */
export class TerminalView {
  readonly modes: ScreenModes = new ScreenModes()
  readonly #filter = new OutputFilter()
  readonly #write: (data: string | Uint8Array) => void
  readonly #columns: () => number
  #isTitled = false
  #isRestored = false
  #silence: NodeJS.Timeout | undefined

  /** `write`: to the terminal, at once. */
  constructor(write: (data: string | Uint8Array) => void, columns: () => number) {
    this.#write = write
    this.#columns = columns
  }

  /**
   * What of `output` is to be written. `isSilent`: it was made while this client was not there, or is watched only; it
   * does not act, and asks nothing.
   */
  filtered(output: Uint8Array, isSilent: boolean): Uint8Array {
    const { bytes, tokens } = this.#filter.push(output, isSilent)
    const keepsTitle = !this.#isTitled && tokens.some(setsTitle)
    for (const token of tokens) this.modes.see(token)
    this.#isRestored = false
    clearTimeout(this.#silence)
    if (isSilent) this.#silence = setTimeout(() => this.#write(this.#filter.endSilence()), SILENCE_MS)
    this.#silence?.unref()
    if (!keepsTitle) return bytes
    this.#isTitled = true
    return Buffer.concat([encoder.encode(PUSH_TITLE), bytes])
  }

  /** The output goes on with something else: what was open is ended. */
  restart(): void {
    this.#write(this.#filter.restart())
  }

  /** Puts the terminal back as it was found. Idempotent. */
  restore(): void {
    if (this.#isRestored) return
    this.#isRestored = true
    clearTimeout(this.#silence)
    const open = Buffer.from(this.#filter.restart()).toString()
    const bytes = `${open}${this.modes.restore({ columns: this.#columns() })}${this.#isTitled ? POP_TITLE : ''}`
    if (bytes !== '') this.#write(bytes)
  }

  /** Sets again what was put back. */
  apply(): void {
    this.#isRestored = false
    this.#write(`${this.#isTitled ? PUSH_TITLE : ''}${this.modes.apply()}`)
  }
}
