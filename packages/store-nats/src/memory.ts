import type { LogLimits, ProducerState, Range } from '@holdfast/log'

/** A producer as it stands in a record: id, fence, seq, first and last event. */
export type ProducerEntry = readonly [id: string, fence: number, seq: number, first: number, last: number]
/** A key as it stands in a record: key, time, first and last event. */
export type KeyEntry = readonly [key: string, at: number, first: number, last: number]

/** What one append left to be remembered. */
export interface Remembered {
  readonly producers: readonly ProducerEntry[]
  readonly keys: readonly KeyEntry[]
}

/** What a session remembers of its appends: producers that count, and keys. The oldest go first. */
export class Memory {
  readonly #limits: Pick<LogLimits, 'maxKeys' | 'keyAgeMs' | 'maxProducers'>
  readonly #producers = new Map<string, ProducerEntry>()
  readonly #keys = new Map<string, KeyEntry>()

  constructor(limits: Pick<LogLimits, 'maxKeys' | 'keyAgeMs' | 'maxProducers'>, from?: Remembered) {
    this.#limits = limits
    if (from !== undefined) this.remember(from)
  }

  get size(): number {
    return this.#producers.size + this.#keys.size
  }

  producer(id: string, fence: number): ProducerState | undefined {
    const found = this.#producers.get(`${fence} ${id}`)
    return found === undefined ? undefined : { seq: found[2], first: found[3], last: found[4] }
  }

  keyed(key: string, now: number): Range | undefined {
    const found = this.#keys.get(key)
    if (found === undefined || now - found[1] >= this.#limits.keyAgeMs) return undefined
    return { first: found[2], last: found[3] }
  }

  remember({ producers, keys }: Remembered): void {
    for (const entry of producers) put(this.#producers, `${entry[1]} ${entry[0]}`, entry, this.#limits.maxProducers)
    for (const entry of keys) put(this.#keys, entry[0], entry, this.#limits.maxKeys)
  }

  /** Everything, oldest first; keys that are out of their time are left out. */
  all(now: number): Remembered {
    const keys = [...this.#keys.values()].filter(([, at]) => now - at < this.#limits.keyAgeMs)
    return { producers: [...this.#producers.values()], keys }
  }
}

function put<T>(map: Map<string, T>, name: string, entry: T, most: number): void {
  map.delete(name)
  map.set(name, entry)
  if (map.size <= most) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    break
  }
}
