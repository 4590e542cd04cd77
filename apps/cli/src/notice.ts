/** One line down and a mark there, column kept (DECSC, IND); and back up to where the program's cursor was (DECRC, RI). */
const BELOW = '\u001BD\u001B7\r\u001B[2K'
const BACK = '\u001B8\u001BM'

/**
 * One line of ours below the program's cursor, which stays where it is. Gone again with `clear()`. While it is shown
 * nothing else may be written: clear it before output.
 */
export class Notice {
  readonly #write: (text: string) => void
  readonly #width: () => number
  #shown: string | undefined

  constructor(write: (text: string) => void, width: () => number) {
    this.#write = write
    this.#width = width
  }

  get isShown(): boolean {
    return this.#shown !== undefined
  }

  show(text: string): void {
    // A line that wraps could not be taken back.
    const line = text.slice(0, Math.max(0, this.#width() - 1))
    if (line === this.#shown) return
    this.#shown = line
    this.#write(`${BELOW}\u001B[7m${line}\u001B[0m${BACK}`)
  }

  clear(): void {
    if (this.#shown === undefined) return
    this.#shown = undefined
    this.#write(`${BELOW}${BACK}`)
  }
}
