import type { Change } from './tail.ts'

/** Who watches which session. */
export class Watchers {
  readonly #bySession = new Map<string, Set<(change: Change) => void>>()

  watch(session: string, listener: (change: Change) => void): () => void {
    const set = this.#bySession.get(session) ?? new Set()
    this.#bySession.set(session, set.add(listener))
    return () => {
      set.delete(listener)
      if (set.size === 0 && this.#bySession.get(session) === set) this.#bySession.delete(session)
    }
  }

  has(session: string): boolean {
    return this.#bySession.has(session)
  }

  notify(session: string, change: Change): void {
    for (const listener of this.#bySession.get(session) ?? []) listener(change)
  }

  notifyAll(change: Change): void {
    for (const session of [...this.#bySession.keys()]) this.notify(session, change)
  }
}
