// Shared by queues that are empty: never changed.
const NOTHING: never[] = []

/** A queue that moves its head instead of its items: taking the oldest out costs the same, however many wait. Memory is released in steps. */
export class Fifo<T> {
  #items: (T | undefined)[] = NOTHING
  #head = 0

  /** How many are in it. */
  get length(): number {
    return this.#items.length - this.#head
  }

  /** The oldest item; undefined when empty. */
  get first(): T | undefined {
    return this.#items[this.#head]
  }

  /** Adds the newest. */
  push(item: T): void {
    if (this.#items === NOTHING) this.#items = [item]
    else this.#items.push(item)
  }

  /** Takes the oldest item out. */
  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (this.#head === this.#items.length) return undefined
    this.#items[this.#head] = undefined
    this.#head += 1
    if (this.#head === this.#items.length || this.#head > 1024) this.replace(this.all())
    return item
  }

  /** Takes this one out, wherever it is. */
  remove(item: T): void {
    if (this.first === item) this.shift()
    else this.#items = this.#items.filter((other) => other !== item)
  }

  /** The oldest that fits. */
  find(fits: (item: T) => boolean): T | undefined {
    for (let at = this.#head; at < this.#items.length; at += 1) {
      const item = this.#items[at]
      if (item !== undefined && fits(item)) return item
    }
    return undefined
  }

  /** What is in it, oldest first. */
  all(): readonly T[] {
    return this.#items.slice(this.#head) as T[]
  }

  /** Puts these, oldest first, in the place of all that are in it. */
  replace(items: readonly T[]): void {
    this.#items = items.length === 0 ? NOTHING : [...items]
    this.#head = 0
  }
}
