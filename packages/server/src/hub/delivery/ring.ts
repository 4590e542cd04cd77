import type { Delivery } from './delivery.ts'

/** The newest deliveries of a session, without holes, bounded in number and size. */
export class Ring {
  readonly #maxEvents: number
  readonly #maxBytes: number
  /** What is before `#start` is undefined: it was released. */
  #items: ({ readonly delivery: Delivery; readonly bytes: number } | undefined)[] = []
  #start = 0
  #bytes = 0

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents
    this.#maxBytes = maxBytes
  }

  /** What it holds, about. */
  get bytes(): number {
    return this.#bytes
  }

  push(delivery: Delivery, bytes: number): void {
    if (this.#items.at(-1)?.delivery.n !== delivery.n - 1) this.clear()
    this.#items.push({ delivery, bytes })
    this.#bytes += bytes
    while (this.#items.length - this.#start > this.#maxEvents || this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#items[this.#start]?.bytes ?? 0
      this.#items[this.#start] = undefined
      this.#start++
    }
    if (this.#start > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#start)
      this.#start = 0
    }
  }

  /** The delivery with this number; undefined where it is not here. */
  get(n: number): Delivery | undefined {
    const first = this.#items[this.#start]?.delivery.n
    return first === undefined || n < first ? undefined : this.#items[this.#start + n - first]?.delivery
  }

  clear(): void {
    this.#items = []
    this.#start = 0
    this.#bytes = 0
  }
}
