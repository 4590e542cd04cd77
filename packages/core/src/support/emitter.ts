/** Calls its listeners in order of arrival. A listener that throws is reported and harms no other. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>()
  readonly #failed: (error: unknown, event: keyof Events) => void

  constructor(failed: (error: unknown, event: keyof Events) => void) {
    this.#failed = failed
  }

  /** Returns its own undo. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    // One entry a call: the same function may listen twice, and each undo takes back its own.
    const entry = (value: Events[Name]): void => listener(value)
    listeners.add(entry)
    return () => listeners.delete(entry)
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    const listeners = this.#listeners.get(name)
    if (listeners === undefined) return
    for (const listener of [...listeners]) {
      try {
        ;(listener as (value: Events[Name]) => void)(value)
      } catch (error) {
        this.#failed(error, name)
      }
    }
  }

  has(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  clear(): void {
    this.#listeners.clear()
  }
}
