/** Remembers the last ids, in a ring: memory is bounded. */
export class DedupWindow {
  readonly #ids = new Set<string>()
  readonly #max: number

  /** @param maxCount ids remembered; the oldest is forgotten first. Default 10,000. */
  constructor(maxCount: number = 10_000) {
    this.#max = maxCount
  }

  get count(): number {
    return this.#ids.size
  }

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  /** False when the id was remembered already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    if (this.#ids.size >= this.#max) {
      const oldest = this.#ids.values().next()
      if (oldest.done !== true) this.#ids.delete(oldest.value)
    }
    this.#ids.add(id)
    return true
  }

  delete(id: string): void {
    this.#ids.delete(id)
  }
}
