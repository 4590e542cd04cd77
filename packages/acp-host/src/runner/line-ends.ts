/** Which of the lines that were read are dealt with: what comes before the first that is not need not be kept. */
export class LineEnds {
  readonly #lines: { readonly end: number; isDone: boolean }[] = []
  readonly #acknowledge: (offset: number) => void
  #isScheduled = false

  constructor(acknowledge: (offset: number) => void) {
    this.#acknowledge = acknowledge
  }

  /** A line was read. Call the result when it is dealt with. */
  read(end: number): () => void {
    const line = { end, isDone: false }
    this.#lines.push(line)
    return () => {
      line.isDone = true
      // Lines are written together, and reported together.
      if (!this.#isScheduled) queueMicrotask(() => this.#notify())
      this.#isScheduled = true
    }
  }

  #notify(): void {
    this.#isScheduled = false
    let end: number | undefined
    while (this.#lines[0]?.isDone === true) end = this.#lines.shift()?.end
    if (end !== undefined) this.#acknowledge(end)
  }
}
