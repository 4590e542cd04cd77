import type { AppendResult, SenderMark } from './append.ts'
import type { SenderRecord, SenderRun } from './generated/types.ts'
import type { LogLimits } from './limits.ts'

export type { SenderRecord, SenderRun } from './generated/types.ts'

/** The answer to a message that its sender had numbered before; null where it is a new one. */
export function knownSenderResult(known: SenderRecord | undefined, { n }: SenderMark): AppendResult | null {
  if (known === undefined || n > known.highest) return null
  for (const [from, to, first, last] of known.runs) {
    if (n < from || n > to) continue
    return from === to
      ? { outcome: 'duplicate', first, last }
      : { outcome: 'duplicate', first: first + n - from, last: first + n - from }
  }
  return n > known.floor ? { outcome: 'refused', reason: 'passed-over' } : { outcome: 'duplicate' }
}

/** What is remembered of a sender after its message `n` has become the events `first` to `last`. */
export function advanceSender(
  known: SenderRecord | undefined,
  { id, n, done }: SenderMark,
  { first, last }: { readonly first: number; readonly last: number },
  { now, attached, maxRuns }: { readonly now: number; readonly attached: boolean; readonly maxRuns: number },
): SenderRecord {
  let floor = Math.max(known?.floor ?? 0, done)
  const runs = (known?.runs ?? []).filter(([, to]) => to > floor)
  const before = runs.at(-1)
  if (before !== undefined && continues(before, n, first, last)) runs[runs.length - 1] = [before[0], n, before[2], last]
  else runs.push([n, n, first, last])
  for (const [, to] of runs.splice(0, runs.length - maxRuns)) floor = to
  return { id, highest: n, first, last, floor, seen: now, attached: attached || known?.attached === true, runs }
}

/** A sender that has come, and has said nothing yet. */
export function newSender(id: string, now: number): SenderRecord {
  return { id, highest: 0, first: 0, last: 0, floor: 0, seen: now, attached: true, runs: [] }
}

/** One more message of one event, right behind a run of such. */
function continues([from, to, first, last]: SenderRun, n: number, next: number, end: number): boolean {
  return n === to + 1 && next === end && next === last + 1 && last - first === to - from
}

/** So many more than the bound, as a share of it, before the oldest are forgotten together. */
const SLACK = 0.05

/** The senders that a session remembers: who had no connection goes first, then who was here longest ago. */
export class SenderTable {
  readonly #limits: Pick<LogLimits, 'maxSenders' | 'senderAgeMs'>
  // In the order of their last contact.
  readonly #detached = new Map<string, SenderRecord>()
  readonly #attached = new Map<string, SenderRecord>()

  constructor(limits: Pick<LogLimits, 'maxSenders' | 'senderAgeMs'>, records: Iterable<SenderRecord> = []) {
    this.#limits = limits
    for (const record of records) this.put(record)
  }

  get size(): number {
    return this.#detached.size + this.#attached.size
  }

  /** `isAttached`: it is connected, and so not forgotten however long it says nothing. */
  get(id: string, now: number, isAttached: boolean): SenderRecord | undefined {
    const found = this.#attached.get(id) ?? this.#detached.get(id)
    if (found === undefined || isAttached || now - found.seen < this.#limits.senderAgeMs) return found
    return undefined
  }

  put(record: SenderRecord): void {
    this.delete(record.id)
    const part = record.attached ? this.#attached : this.#detached
    part.set(record.id, record)
  }

  delete(id: string): void {
    if (!this.#detached.delete(id)) this.#attached.delete(id)
  }

  /**
   * Who is forgotten before `more` are added: nobody for a while, then many at once, and with them whoever was not here
   * for too long. Looking for one at a time would cost more than all else.
   */
  surplus(more: number, now: number, isAttached: (id: string) => boolean): readonly string[] {
    const gone: string[] = []
    const { maxSenders, senderAgeMs } = this.#limits
    if (this.size + more <= maxSenders + Math.floor(maxSenders * SLACK)) return gone
    for (const part of [this.#detached, this.#attached]) {
      for (const { id, seen } of part.values()) {
        const isNeeded = this.size + more - gone.length <= maxSenders
        if (isNeeded && now - seen < senderAgeMs) break
        if (!isAttached(id)) gone.push(id)
      }
    }
    return gone
  }

  /** All of them; those whose last contact is longest ago first, of each kind. */
  all(): readonly SenderRecord[] {
    return [...this.#detached.values(), ...this.#attached.values()]
  }
}

/** Which senders are connected. */
export class AttachedSenders {
  readonly #counts = new Map<string, number>()

  has(id: string): boolean {
    return this.#counts.has(id)
  }

  get size(): number {
    return this.#counts.size
  }

  /** Marks a sender as attached. Returns a function that ends this; it returns whether it was the sender's last. */
  attach(id: string): () => boolean {
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1)
    let isAttached = true
    return () => {
      if (!isAttached) return false
      isAttached = false
      const count = (this.#counts.get(id) ?? 1) - 1
      if (count > 0) this.#counts.set(id, count)
      else this.#counts.delete(id)
      return count === 0
    }
  }
}
