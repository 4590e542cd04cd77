/** Ids of messages whose effect is in the log, told together once in a turn of the event loop. */
export class Acknowledgements {
  readonly #tell: (ids: readonly string[]) => void
  #ids: string[] = []

  constructor(tell: (ids: readonly string[]) => void) {
    this.#tell = tell
  }

  add(id: string): void {
    this.#ids.push(id)
    if (this.#ids.length === 1) setImmediate(() => this.flush())
  }

  /** Tells now what would be told at the end of the turn. */
  flush(): void {
    if (this.#ids.length === 0) return
    const ids = this.#ids
    this.#ids = []
    this.#tell(ids)
  }
}
