const NOBODY: readonly never[] = []

/** Calls its listeners in order of arrival. A listener that throws is reported and harms no other. */
export abstract class Emitter<Events extends object> {
  #entries: readonly { readonly name: keyof Events; readonly listener: (value: never) => void }[] = NOBODY

  /** What a listener threw. */
  protected abstract listenerFailed(error: unknown, event: keyof Events): void

  /** Returns its own undo. The same function may listen twice. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const entry = { name, listener }
    this.#entries = [...this.#entries, entry]
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry)
    }
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const entry of this.#entries) {
      if (entry.name !== name) continue
      try {
        ;(entry.listener as (value: Events[Name]) => void)(value)
      } catch (error) {
        this.listenerFailed(error, name)
      }
    }
  }
}
