import { isThenable } from './thenable.ts'

const NOBODY: readonly never[] = []

/** Whose events they are. */
export interface EventSource<Events extends object> {
  /** What a listener threw, or rejected with. */
  listenerFailed(error: unknown, event: keyof Events): void
}

/** Calls its listeners in order of arrival. A listener that throws or rejects is reported and harms no other. */
export class Emitter<Events extends object> {
  readonly #source: EventSource<Events>
  #entries: readonly { readonly name: keyof Events; readonly listener: (value: never) => unknown }[] = NOBODY

  constructor(source: EventSource<Events>) {
    this.#source = source
  }

  /** Adds a listener; returns a function that removes it. The same function may be added twice. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => unknown): () => void {
    const entry = { name, listener }
    this.#entries = [...this.#entries, entry]
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry)
    }
  }

  /** Returns when async listeners are done; undefined: none is. */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): PromiseLike<unknown> | undefined {
    const failed = (error: unknown): void => this.#source.listenerFailed(error, name)
    let running: PromiseLike<unknown> | undefined
    for (const entry of this.#entries) {
      if (entry.name !== name) continue
      try {
        const returned = (entry.listener as (value: Events[Name]) => unknown)(value)
        if (isThenable(returned)) running = Promise.all([running, returned.then(undefined, failed)])
      } catch (error) {
        failed(error)
      }
    }
    return running
  }
}
