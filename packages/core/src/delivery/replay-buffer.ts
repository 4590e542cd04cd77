/** An item that may be wanted again. */
interface BufferedItem<T> {
  readonly seq: number
  readonly item: T
  readonly bytes: number
}

/** Numbered items kept until the other side has them. Bounded by count and bytes; `add()` returns undefined when it is full. */
export class ReplayBuffer<T> {
  readonly #maxCount: number
  readonly #maxBytes: number
  #items: BufferedItem<T>[] = []
  #bytes = 0
  #last: number

  /** @param after number before the first item, 0 by default. */
  constructor(options: { readonly maxCount: number; readonly maxBytes: number }, after: number = 0) {
    this.#maxCount = options.maxCount
    this.#maxBytes = options.maxBytes
    this.#last = after
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#items.length
  }

  /** Number of the newest item ever kept. */
  get last(): number {
    return this.#last
  }

  /** Number of the oldest item that can still be replayed; `last + 1` when none can. */
  get first(): number {
    return this.#items[0]?.seq ?? this.#last + 1
  }

  /** Keeps the item under the next number, or returns undefined when it does not fit. */
  add(item: T, bytes: number): number | undefined {
    if (this.#items.length >= this.#maxCount || this.#bytes + bytes > this.#maxBytes) return undefined
    this.#last += 1
    this.#items.push({ seq: this.#last, item, bytes })
    this.#bytes += bytes
    return this.#last
  }

  /** Adds the item and drops the oldest ones if needed. For histories, where a reader may get a gap. */
  push(item: T, bytes: number): number {
    this.#last += 1
    this.#items.push({ seq: this.#last, item, bytes })
    this.#bytes += bytes
    let drop = 0
    while (this.#items.length - drop > this.#maxCount || (this.#bytes > this.#maxBytes && drop < this.#items.length)) {
      this.#bytes -= this.#items[drop]?.bytes ?? 0
      drop += 1
    }
    this.#items.splice(0, drop)
    return this.#last
  }

  /** The other side has everything up to `seq`. */
  ack(seq: number): void {
    let count = 0
    for (const kept of this.#items) {
      if (kept.seq > seq) break
      this.#bytes -= kept.bytes
      count += 1
    }
    this.#items.splice(0, count)
  }

  /** Items after `seq`, oldest first; undefined when some of them are gone. */
  after(seq: number): readonly { readonly seq: number; readonly item: T }[] | undefined {
    if (seq > this.#last || seq + 1 < this.first) return undefined
    return this.#items.filter((kept) => kept.seq > seq)
  }
}
