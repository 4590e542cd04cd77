/** The end of a wait, reported to all that depend on it: each long poll needs one, and an `AbortSignal` takes more to make. */
export class WaitEnd {
  #isOver = false
  readonly #listeners = new Set<() => void>()

  get isOver(): boolean {
    return this.#isOver
  }

  /** Calls back once, where it is not over already. */
  add(listener: () => void): void {
    if (!this.#isOver) this.#listeners.add(listener)
  }

  remove(listener: () => void): void {
    this.#listeners.delete(listener)
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }
}
