import type { HeldRequest, StoredHeldRequest } from '../../generated/types.ts'
import type { AnswerRecord, CallRecord, EventRecord } from './records.ts'

export type { HeldRequest } from '../../generated/types.ts'

/** What may wait: more is answered at once. */
export interface HeldLimits {
  readonly maxHeldRequests: number
  /** All of them together, in characters of JSON. */
  readonly maxHeldLength: number
}

/** What leads asked and nobody has answered, folded from the log: the first answer is the answer, on every node. */
export class HeldRequests {
  readonly #held = new Map<number, StoredHeldRequest>()
  readonly #limits: HeldLimits
  #length = 0

  constructor(limits: HeldLimits) {
    this.#limits = limits
  }

  /** The oldest first. */
  get all(): readonly HeldRequest[] {
    return [...this.#held.values()]
  }

  /** All of them together, in characters of JSON. */
  get length(): number {
    return this.#length
  }

  get(n: number): HeldRequest | undefined {
    return this.#held.get(n)
  }

  /** Whether request `n` waits, or the same one that was asked before it. */
  waits(n: number, asker: string, id: string): boolean {
    return this.#held.has(n) || this.all.some((held) => held.asker === asker && held.id === id)
  }

  /** The request at `n`. What is too much does not wait. */
  take(record: EventRecord | CallRecord, n: number): void {
    const { hold, from: asker = '', fp } = record
    if (hold === undefined || this.#held.size >= this.#limits.maxHeldRequests) return
    const { id, until, otherwise, sender } = hold
    for (const held of this.#held.values()) if (held.asker === asker && held.id === id && held.fp === fp) return
    const message =
      record.t === 'event' ? { type: 'event', id, event: record.event, data: record.data } : record.message
    const { length } = JSON.stringify([message, otherwise])
    if (this.#length + length > this.#limits.maxHeldLength) return
    this.#keep({ n, asker, id, message, until, otherwise, fp, length, sender })
  }

  answered({ hold }: AnswerRecord): void {
    const held = hold === undefined ? undefined : this.#held.get(hold)
    if (held !== undefined) this.#letGo(held)
  }

  /** Nobody waits for these answers any more. */
  drop(asker: string): void {
    for (const held of [...this.#held.values()]) if (held.asker === asker) this.#letGo(held)
  }

  toJSON(): readonly StoredHeldRequest[] {
    return [...this.#held.values()]
  }

  restore(all: readonly StoredHeldRequest[]): void {
    for (const held of all) this.#keep(held)
  }

  #keep(held: StoredHeldRequest): void {
    this.#held.set(held.n, held)
    this.#length += held.length
  }

  #letGo(held: StoredHeldRequest): void {
    this.#held.delete(held.n)
    this.#length -= held.length
  }
}
