import type { StoredMessage } from './box-store.ts'

/** A message that an outbox answers for. */
export interface Entry<Message> {
  stored: StoredMessage<Message>
  /**
   * `storing`: not on disk yet. `waiting`: no client was given it. `handed`: one was. `left`: one was that has ended, and nobody
   * knows what became of it.
   */
  state: 'storing' | 'waiting' | 'handed' | 'left'
  /** A page before this one took it. */
  readonly isEarlier: boolean
}

/** The messages of an outbox, in the order in which they were sent, and their bytes. */
export class Entries<Message> {
  readonly #all = new Map<number, Entry<Message>>()
  #bytes = 0
  #n = 0

  constructor(earlier: readonly StoredMessage<Message>[]) {
    for (const stored of earlier) this.add({ stored, state: stored.handed ? 'left' : 'waiting', isEarlier: true })
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The number of the next one. */
  next(): number {
    this.#n += 1
    return this.#n
  }

  all(): readonly Entry<Message>[] {
    return [...this.#all.values()]
  }

  in(...states: readonly Entry<Message>['state'][]): readonly Entry<Message>[] {
    return this.all().filter(({ state }) => states.includes(state))
  }

  has({ stored }: Entry<Message>): boolean {
    return this.#all.has(stored.n)
  }

  add(entry: Entry<Message>): void {
    const { n, bytes } = entry.stored
    this.#all.set(n, entry)
    this.#bytes += bytes
    this.#n = Math.max(this.#n, n)
  }

  remove({ stored }: Entry<Message>): void {
    if (this.#all.delete(stored.n)) this.#bytes -= stored.bytes
  }

  /** Those that there were. */
  clear(): readonly Entry<Message>[] {
    const before = this.all()
    this.#all.clear()
    this.#bytes = 0
    return before
  }
}
