/** Entries of which the one that was put in first makes room, bounded in number and in characters. */
export class BoundedMap<T> {
  readonly #maxCount: number
  readonly #maxLength: number
  readonly #lengthOf: (value: T) => number
  /** Made for the first of them: most sessions are idle, and have many of these. */
  #entries: Map<string, { readonly value: T; readonly length: number }> | undefined
  #length = 0

  constructor(bounds: {
    readonly maxCount: number
    readonly maxLength: number
    readonly lengthOf: (value: T) => number
  }) {
    this.#maxCount = bounds.maxCount
    this.#maxLength = bounds.maxLength
    this.#lengthOf = bounds.lengthOf
  }

  /** All of them together, keys included. */
  get length(): number {
    return this.#length
  }

  get size(): number {
    return this.#entries?.size ?? 0
  }

  get(key: string): T | undefined {
    return this.#entries?.get(key)?.value
  }

  /** Puts in, or in the place of what was there; measured now. One is always kept. */
  set(key: string, value: T): void {
    const length = key.length + this.#lengthOf(value)
    this.#entries ??= new Map()
    const entries = this.#entries
    this.#length += length - (entries.get(key)?.length ?? 0)
    entries.set(key, { value, length })
    for (const oldest of entries.keys()) {
      const isMuch = entries.size > this.#maxCount || this.#length > this.#maxLength
      if (!isMuch || entries.size === 1) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#length -= this.#entries?.get(key)?.length ?? 0
    this.#entries?.delete(key)
  }

  *values(): IterableIterator<T> {
    for (const { value } of this.#entries?.values() ?? []) yield value
  }

  *[Symbol.iterator](): IterableIterator<[string, T]> {
    for (const [key, { value }] of this.#entries ?? []) yield [key, value]
  }
}
