import type { LogLimits } from './limits.ts'

/** Keys that a session remembers, and whose they are: one that writes many makes the table forget its own. */
export class KeyTable<Entry extends { readonly at: number }> {
  readonly #limits: Pick<LogLimits, 'maxKeys' | 'maxSessionKeys' | 'keyAgeMs'>
  readonly #scopeOf = new Map<string, string>()
  // In the order of the last key of each; the keys of each in theirs.
  readonly #scopes = new Map<string, Map<string, Entry>>()

  constructor(limits: Pick<LogLimits, 'maxKeys' | 'maxSessionKeys' | 'keyAgeMs'>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#scopeOf.size
  }

  get(key: string, now: number): Entry | undefined {
    const scope = this.#scopeOf.get(key)
    const found = scope === undefined ? undefined : this.#scopes.get(scope)?.get(key)
    return found === undefined || now - found.at >= this.#limits.keyAgeMs ? undefined : found
  }

  put(scope: string, key: string, entry: Entry): void {
    this.#delete(key)
    const keys = this.#scopes.get(scope) ?? new Map<string, Entry>()
    this.#scopeOf.set(key, scope)
    keys.set(key, entry)
    this.#scopes.delete(scope)
    this.#scopes.set(scope, keys)
    this.#dropOldest(keys, this.#limits.maxKeys, entry.at)
    for (const theirs of this.#scopes.values()) {
      this.#dropOldest(theirs, theirs.size - Math.max(this.size - this.#limits.maxSessionKeys, 0), entry.at)
      if (this.size <= this.#limits.maxSessionKeys) break
    }
  }

  /** Every key that is within its time, the oldest of each scope first. */
  *all(now: number): IterableIterator<readonly [scope: string, key: string, entry: Entry]> {
    for (const [scope, keys] of this.#scopes) {
      for (const [key, entry] of keys) if (now - entry.at < this.#limits.keyAgeMs) yield [scope, key, entry]
    }
  }

  #dropOldest(keys: ReadonlyMap<string, Entry>, most: number, now: number): void {
    for (const [key, { at }] of keys) {
      if (keys.size <= most && now - at < this.#limits.keyAgeMs) break
      this.#delete(key)
    }
  }

  #delete(key: string): void {
    const scope = this.#scopeOf.get(key)
    if (scope === undefined) return
    this.#scopeOf.delete(key)
    const keys = this.#scopes.get(scope)
    keys?.delete(key)
    if (keys?.size === 0) this.#scopes.delete(scope)
  }
}
