/** One line down and a mark there, column kept (DECSC, IND); and back up to where the program's cursor was (DECRC, RI). */
const BELOW = '\u001BD\u001B7\r\u001B[2K'
const BACK = '\u001B8\u001BM'

/** The title of the window: what it was is kept by the terminal (XTWINOPS), and given back. */
const TITLE_KEPT = '\u001B[22;0t'
const TITLE = '\u001B]2;'
const TITLE_END = '\u001B\\'
const TITLE_BACK = '\u001B[23;0t'

/** What a notice works with. */
export interface NoticeOptions {
  readonly write: (text: string) => void
  readonly columns: () => number
  /** A program has saved the cursor. */
  readonly isCursorSaved: () => boolean
  /** Calls back once the terminal is not in the middle of a sequence. */
  readonly whenAtRest: (write: () => void) => void
}

/**
 * One line of ours below the program's cursor, which stays where it is. Gone again with `clear()`. While it is shown
 * nothing else may be written: clear it before output. Where a program has saved the cursor, which a terminal can do once,
 * it is the title of the window instead.
 */
export class Notice {
  readonly #options: NoticeOptions
  #wanted: string | undefined
  #shown: string | undefined
  #isTitle = false

  constructor(options: NoticeOptions) {
    this.#options = options
  }

  get isShown(): boolean {
    return this.#shown !== undefined
  }

  show(text: string): void {
    // A line that wraps could not be taken back.
    const line = text.slice(0, Math.max(0, this.#options.columns() - 1))
    this.#wanted = line
    this.#options.whenAtRest(() => {
      if (this.#wanted === line && this.#shown !== line) this.#draw(line)
    })
  }

  clear(): void {
    this.#wanted = undefined
    if (this.#shown === undefined) return
    this.#shown = undefined
    this.#options.write(this.#isTitle ? TITLE_BACK : `${BELOW}${BACK}`)
  }

  #draw(line: string): void {
    const { write, isCursorSaved } = this.#options
    const isFirst = this.#shown === undefined
    this.#shown = line
    if (isFirst) this.#isTitle = isCursorSaved()
    if (this.#isTitle) return write(`${isFirst ? TITLE_KEPT : ''}${TITLE}${line}${TITLE_END}`)
    write(`${BELOW}\u001B[7m${line}\u001B[0m${BACK}`)
  }
}
