import type { Fields, HubAction } from '@holdfast/protocol/hub'
import { asFields, isFields, textOf } from './entries.ts'
import type { AnswerRecord, CallRecord, EventRecord } from './records.ts'

/** A request of a lead or sub-agent that waits for whoever may answer it. */
export interface HeldRequest {
  /** The number of the request in its session's log. */
  readonly n: number
  /** Who asked, and under which id. */
  readonly asker: string
  readonly id: string
  /** As the hub was asked: an `event`, `tool` or `command` of hub §3. */
  readonly message: Fields
  /** When it is answered with `otherwise`, in milliseconds since 1970. */
  readonly until: number
  readonly otherwise: readonly HubAction[]
}

interface Held extends HeldRequest {
  readonly fp: string | undefined
}

/** What leads asked and nobody has answered, folded from the log: the first answer is the answer, on every node. */
export class HeldRequests {
  readonly #held = new Map<number, Held>()
  readonly #maxCount: number

  constructor(maxCount: number) {
    this.#maxCount = maxCount
  }

  /** The oldest first. */
  get all(): readonly HeldRequest[] {
    return [...this.#held.values()]
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
    if (hold === undefined || this.#held.size >= this.#maxCount) return
    const { id, until, otherwise } = hold
    for (const held of this.#held.values()) if (held.asker === asker && held.id === id && held.fp === fp) return
    const message =
      record.t === 'event' ? { type: 'event', id, event: record.event, data: record.data } : record.message
    this.#held.set(n, { n, asker, id, message, until, otherwise, fp })
  }

  answered({ hold }: AnswerRecord): void {
    if (hold !== undefined) this.#held.delete(hold)
  }

  /** Nobody waits for these answers any more. */
  drop(asker: string): void {
    for (const [n, held] of this.#held) if (held.asker === asker) this.#held.delete(n)
  }

  toJSON(): readonly unknown[] {
    return [...this.#held.values()]
  }

  restore(state: unknown): void {
    for (const held of Array.isArray(state) ? state : []) if (isHeld(held)) this.#held.set(held.n, held)
  }
}

function isHeld(value: unknown): value is Held {
  const { n, until, message, otherwise, ...rest } = asFields(value)
  const named = textOf(rest, 'asker') !== undefined && textOf(rest, 'id') !== undefined
  return named && typeof n === 'number' && typeof until === 'number' && isFields(message) && Array.isArray(otherwise)
}
