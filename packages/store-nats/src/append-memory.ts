import { KeyTable, type LogLimits, type ProducerState, type Range, type SenderRecord, SenderTable } from '@holdfast/log'
import type { KeyEntry, ProducerEntry, Remembered, SenderEntry } from './generated/types.ts'

type MemoryLimits = Pick<
  LogLimits,
  'maxKeys' | 'maxSessionKeys' | 'keyAgeMs' | 'maxProducers' | 'maxSenders' | 'senderAgeMs'
>

export type { KeyEntry, ProducerEntry, Remembered, SenderEntry } from './generated/types.ts'

/** What one record says of senders. */
export interface SenderChange {
  readonly senders: readonly SenderEntry[]
  /** Forgotten with this record, before `senders` are taken. */
  readonly dropped: readonly string[]
}

/** What a session remembers of its appends: producers that count, keys, and senders. */
export class AppendMemory {
  readonly #limits: MemoryLimits
  readonly #producers = new Map<string, ProducerEntry>()
  readonly #keys: KeyTable<Range & { readonly at: number }>
  #senders: SenderTable

  constructor(limits: MemoryLimits, from?: Remembered) {
    this.#limits = limits
    this.#keys = new KeyTable(limits)
    this.#senders = new SenderTable(limits)
    if (from !== undefined) this.remember(from)
  }

  get size(): number {
    return this.#producers.size + this.#keys.size + this.#senders.size
  }

  get senders(): SenderTable {
    return this.#senders
  }

  producer(id: string, fence: number): ProducerState | undefined {
    const found = this.#producers.get(`${fence} ${id}`)
    return found === undefined ? undefined : { seq: found[2], first: found[3], last: found[4] }
  }

  keyed(key: string, now: number): Range | undefined {
    return this.#keys.get(key, now)
  }

  remember({ producers, keys }: Remembered): void {
    for (const entry of producers) put(this.#producers, `${entry[1]} ${entry[0]}`, entry, this.#limits.maxProducers)
    for (const [key, at, first, last, scope = ''] of keys) this.#keys.put(scope, key, { at, first, last })
  }

  rememberSenders({ senders, dropped }: SenderChange): void {
    for (const id of dropped) this.#senders.delete(id)
    for (const entry of senders) this.#senders.put(senderOf(entry))
  }

  /** What was remembered of them is not complete, and so worth nothing. */
  forgetSenders(): void {
    this.#senders = new SenderTable(this.#limits)
  }

  /** Everything but senders, oldest first; keys that are out of their time are left out. */
  all(now: number): Remembered {
    const keys = [...this.#keys.all(now)].map(([scope, key, { at, first, last }]) =>
      keyEntry(scope, key, at, first, last),
    )
    return { producers: [...this.#producers.values()], keys }
  }

  allSenders(): readonly SenderEntry[] {
    return this.#senders.all().map(senderEntry)
  }
}

export function keyEntry(scope: string, key: string, at: number, first: number, last: number): KeyEntry {
  return scope === '' ? [key, at, first, last] : [key, at, first, last, scope]
}

export function senderEntry(record: SenderRecord): SenderEntry {
  const { id, highest, first, last, floor, seen, attached, runs } = record
  return [id, highest, first, last, floor, seen, attached ? 1 : 0, runs]
}

function senderOf([id, highest, first, last, floor, seen, attached, runs]: SenderEntry): SenderRecord {
  return { id, highest, first, last, floor, seen, attached: attached === 1, runs }
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
