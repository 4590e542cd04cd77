/** Entries of which the one that was put in first makes room, bounded in number and in characters. */
export class BoundedMap<T> {
  readonly #maxCount: number
  readonly #maxLength: number
  readonly #lengthOf: (value: T) => number
  readonly #entries = new Map<string, { readonly value: T; readonly length: number }>()
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
    return this.#entries.size
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value
  }

  /** Puts in, or in the place of what was there; measured now. One is always kept. */
  set(key: string, value: T): void {
    const length = key.length + this.#lengthOf(value)
    this.#length += length - (this.#entries.get(key)?.length ?? 0)
    this.#entries.set(key, { value, length })
    for (const oldest of this.#entries.keys()) {
      const isMuch = this.#entries.size > this.#maxCount || this.#length > this.#maxLength
      if (!isMuch || this.#entries.size === 1) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    this.#length -= this.#entries.get(key)?.length ?? 0
    this.#entries.delete(key)
  }

  *values(): IterableIterator<T> {
    for (const { value } of this.#entries.values()) yield value
  }

  *[Symbol.iterator](): IterableIterator<[string, T]> {
    for (const [key, { value }] of this.#entries) yield [key, value]
  }
}
