/** What an async callback returns. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Passes the rejection of an async callback to `failed`, as if the callback had thrown. */
export function follow(returned: unknown, failed: (error: unknown) => void): void {
  if (isThenable(returned)) returned.then(undefined, failed)
}

/** Calls back. What it throws or rejects with goes to `failed`. What an async callback returns: it is over when that is. */
export function callBack(run: () => unknown, failed: (error: unknown) => void): PromiseLike<unknown> | undefined {
  try {
    const returned = run()
    return isThenable(returned) ? returned.then(undefined, failed) : undefined
  } catch (error) {
    failed(error)
    return undefined
  }
}

const NOBODY: readonly never[] = []

/** Listens by a method for each event that it wants, named as the event. One object instead of a closure for each: an idle client is small. */
export type ListenerOf<Events extends object> = {
  readonly [Name in keyof Events]?: ((event: Events[Name]) => unknown) | undefined
}

/** Whose events they are. */
export interface EventSource<Events extends object> {
  /** What a listener threw, or rejected with. */
  listenerFailed(error: unknown, event: keyof Events): void
}

/** Calls its listeners in order of arrival. A listener that throws or rejects is reported and harms no other. */
export class Emitter<Events extends object> {
  readonly #source: EventSource<Events>
  #listeners: readonly ListenerOf<Events>[] = NOBODY

  constructor(source: EventSource<Events>) {
    this.#source = source
  }

  /** Adds a listener; returns a function that removes it. The same function may be added twice. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => unknown): () => void {
    const added: { -readonly [Key in keyof Events]?: ((event: Events[Key]) => unknown) | undefined } = {}
    added[name] = listener
    this.listen(added)
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== added)
    }
  }

  /** Adds one that is never removed. */
  listen(listener: ListenerOf<Events>): void {
    // A copy is exact; what a spread makes keeps room for more, and most emitters are idle.
    this.#listeners = this.#listeners.concat(listener)
  }

  /** Returns when async listeners are done; undefined: none is. */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): PromiseLike<unknown> | undefined {
    const failed = (error: unknown): void => this.#source.listenerFailed(error, name)
    let running: PromiseLike<unknown> | undefined
    for (const listener of this.#listeners) {
      try {
        const returned = listener[name]?.(value)
        if (isThenable(returned)) running = Promise.all([running, returned.then(undefined, failed)])
      } catch (error) {
        failed(error)
      }
    }
    return running
  }
}
