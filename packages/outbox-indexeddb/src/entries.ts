import type { StoredMessage } from './box-store.ts'

/** Where a message stands. */
export type EntryState = 'storing' | 'waiting' | 'handed' | 'left'

/** A message that an outbox answers for. */
export interface Entry<Message> {
  stored: StoredMessage<Message>
  /**
   * `storing`: not on disk yet. `waiting`: no client was given it. `handed`: one was. `left`: one was that has ended, and nobody
   * knows what became of it. `Entries.move()` changes it.
   */
  state: EntryState
  /** A page before this one took it. */
  readonly isEarlier: boolean
}

/** The messages of an outbox, in the order in which they were sent, and their bytes. */
export class Entries<Message> {
  readonly #all = new Map<number, Entry<Message>>()
  /** Asked for at every message: to look at all of them then takes seconds where many wait. */
  readonly #counts: Record<EntryState, number> = { storing: 0, waiting: 0, handed: 0, left: 0 }
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

  /** Those that stand there, the oldest first, `most` of them. */
  in(state: EntryState, most: number = Number.POSITIVE_INFINITY): readonly Entry<Message>[] {
    const found: Entry<Message>[] = []
    const wanted = Math.min(most, this.#counts[state])
    for (const entry of this.#all.values()) {
      if (found.length >= wanted) break
      if (entry.state === state) found.push(entry)
    }
    return found
  }

  /** Whether there are any in one of these states. */
  hasAny(...states: readonly EntryState[]): boolean {
    return states.some((state) => this.#counts[state] > 0)
  }

  /** It stands elsewhere now. */
  move(entry: Entry<Message>, state: EntryState): void {
    if (this.has(entry)) {
      this.#counts[entry.state] -= 1
      this.#counts[state] += 1
    }
    entry.state = state
  }

  has({ stored }: Entry<Message>): boolean {
    return this.#all.has(stored.n)
  }

  add(entry: Entry<Message>): void {
    const { n, bytes } = entry.stored
    this.#all.set(n, entry)
    this.#counts[entry.state] += 1
    this.#bytes += bytes
    this.#n = Math.max(this.#n, n)
  }

  remove({ stored, state }: Entry<Message>): void {
    if (!this.#all.delete(stored.n)) return
    this.#counts[state] -= 1
    this.#bytes -= stored.bytes
  }

  /** Those that there were. */
  clear(): readonly Entry<Message>[] {
    const before = this.all()
    for (const entry of before) this.remove(entry)
    return before
  }
}
