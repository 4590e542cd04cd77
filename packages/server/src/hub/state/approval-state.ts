import type { PendingApproval, StoredPendingApproval } from '../../generated/types.ts'
import type { AnswerRecord, CallRecord, EventRecord } from './records.ts'

export type { PendingApproval } from '../../generated/types.ts'

/** What may wait: more is answered at once. */
export interface ApprovalLimits {
  readonly maxPendingApprovals: number
  /** All of them together, in characters of JSON. */
  readonly maxPendingApprovalLength: number
}

/** Unanswered requests of leads, reduced from the log: the first answer is the answer, on every node. */
export class ApprovalState {
  readonly #pending = new Map<number, StoredPendingApproval>()
  readonly #limits: ApprovalLimits
  #length = 0

  constructor(limits: ApprovalLimits) {
    this.#limits = limits
  }

  /** The oldest first. */
  get all(): readonly PendingApproval[] {
    return [...this.#pending.values()]
  }

  /** All of them together, in characters of JSON. */
  get length(): number {
    return this.#length
  }

  get(n: number): PendingApproval | undefined {
    return this.#pending.get(n)
  }

  /** Whether request `n` waits, or the same one that was asked before it. */
  waits(n: number, asker: string, id: string): boolean {
    return this.#pending.has(n) || this.all.some((pending) => pending.asker === asker && pending.id === id)
  }

  /** The request at `n`. What is too much does not wait. */
  take(record: EventRecord | CallRecord, n: number): void {
    const { hold, from: asker = '', fp } = record
    if (hold === undefined || this.#pending.size >= this.#limits.maxPendingApprovals) return
    const { id, until, otherwise, sender } = hold
    for (const pending of this.#pending.values())
      if (pending.asker === asker && pending.id === id && pending.fp === fp) return
    const message =
      record.t === 'event' ? { type: 'event', id, event: record.event, data: record.data } : record.message
    const { length } = JSON.stringify([message, otherwise])
    if (this.#length + length > this.#limits.maxPendingApprovalLength) return
    this.#keep({ n, asker, id, message, until, otherwise, fp, length, sender })
  }

  answered({ hold }: AnswerRecord): void {
    const pending = hold === undefined ? undefined : this.#pending.get(hold)
    if (pending !== undefined) this.#letGo(pending)
  }

  /** These answers are not waited for any more. */
  drop(asker: string): void {
    for (const pending of [...this.#pending.values()]) if (pending.asker === asker) this.#letGo(pending)
  }

  toJSON(): readonly StoredPendingApproval[] {
    return [...this.#pending.values()]
  }

  restore(all: readonly StoredPendingApproval[]): void {
    for (const pending of all) this.#keep(pending)
  }

  #keep(pending: StoredPendingApproval): void {
    this.#pending.set(pending.n, pending)
    this.#length += pending.length
  }

  #letGo(pending: StoredPendingApproval): void {
    this.#pending.delete(pending.n)
    this.#length -= pending.length
  }
}
