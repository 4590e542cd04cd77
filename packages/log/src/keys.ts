import type { LogLimits } from './limits.ts'
import type { AppendOptions } from './session-log.ts'

/** The name under which a store keeps a key: keys of different scopes are different keys. */
export function scopedKey({ key, keyScope = '' }: Pick<AppendOptions, 'key' | 'keyScope'>): string | undefined {
  return key === undefined || keyScope === '' ? key : `${keyScope}\n${key}`
}

/** Keys that a session remembers, by whose they are: one that writes many makes the table forget its own. */
export class KeyTable<Entry extends { readonly at: number }> {
  readonly #limits: Pick<LogLimits, 'maxKeys' | 'maxSessionKeys' | 'keyAgeMs'>
  // In the order of the last key of each.
  readonly #scopes = new Map<string, Map<string, Entry>>()
  #size = 0

  constructor(limits: Pick<LogLimits, 'maxKeys' | 'maxSessionKeys' | 'keyAgeMs'>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  get(scope: string, key: string, now: number): Entry | undefined {
    const found = this.#scopes.get(scope)?.get(key)
    return found === undefined || now - found.at >= this.#limits.keyAgeMs ? undefined : found
  }

  put(scope: string, key: string, entry: Entry): void {
    const keys = this.#scopes.get(scope) ?? new Map<string, Entry>()
    if (!keys.delete(key)) this.#size++
    keys.set(key, entry)
    this.#scopes.delete(scope)
    this.#scopes.set(scope, keys)
    this.#dropOldest(scope, keys, this.#limits.maxKeys, entry.at)
    for (const [other, theirs] of this.#scopes) {
      this.#dropOldest(other, theirs, theirs.size - Math.max(this.#size - this.#limits.maxSessionKeys, 0), entry.at)
      if (this.#size <= this.#limits.maxSessionKeys) break
    }
  }

  /** Every key that is within its time, the oldest of each scope first. */
  *all(now: number): IterableIterator<readonly [scope: string, key: string, entry: Entry]> {
    for (const [scope, keys] of this.#scopes) {
      for (const [key, entry] of keys) if (now - entry.at < this.#limits.keyAgeMs) yield [scope, key, entry]
    }
  }

  #dropOldest(scope: string, keys: Map<string, Entry>, most: number, now: number): void {
    for (const [key, { at }] of keys) {
      if (keys.size <= most && now - at < this.#limits.keyAgeMs) break
      keys.delete(key)
      this.#size--
    }
    if (keys.size === 0) this.#scopes.delete(scope)
  }
}
