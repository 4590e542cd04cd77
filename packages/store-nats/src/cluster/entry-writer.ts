import type { Bucket } from '../bucket.ts'
import type { Deadline } from '../deadline.ts'

const AT_ONCE = 16
const PAUSE_MS = 500

/** Writes what changed, key by key: of several changes the last one, and after a failure again until it is there. */
export class EntryWriter {
  readonly #bucket: Bucket<unknown>
  readonly #keyOf: (key: string) => string
  readonly #valueOf: (key: string) => { readonly value: unknown } | undefined
  readonly #deadline: () => Deadline
  readonly #dirty = new Set<string>()
  readonly #busy = new Set<string>()
  #isOver = false

  constructor(
    bucket: Bucket<unknown>,
    source: {
      /** The key in the bucket; changes with the life of the node. */
      readonly keyOf: (key: string) => string
      /** What is to stand there; undefined for nothing. */
      readonly valueOf: (key: string) => { readonly value: unknown } | undefined
      readonly deadline: () => Deadline
    },
  ) {
    this.#bucket = bucket
    this.#keyOf = source.keyOf
    this.#valueOf = source.valueOf
    this.#deadline = source.deadline
  }

  changed(key: string): void {
    if (this.#isOver) return
    this.#dirty.add(key)
    this.#next()
  }

  stop(): void {
    this.#isOver = true
    this.#dirty.clear()
  }

  #next(): void {
    for (const key of this.#dirty) {
      if (this.#busy.size >= AT_ONCE) return
      if (this.#busy.has(key)) continue
      this.#dirty.delete(key)
      this.#busy.add(key)
      void this.#write(key).finally(() => {
        this.#busy.delete(key)
        if (!this.#isOver) this.#next()
      })
    }
  }

  async #write(key: string): Promise<void> {
    const name = this.#keyOf(key)
    const entry = this.#valueOf(key)
    try {
      if (entry === undefined) await this.#bucket.delete(name)
      else await this.#bucket.put(name, entry.value)
    } catch {
      await this.#deadline().pause(PAUSE_MS)
      if (!this.#isOver) this.#dirty.add(key)
    }
  }
}
