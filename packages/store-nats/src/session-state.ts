import type { LogLimits, WriteState } from '@holdfast/log'
import { AppendMemory } from './append-memory.ts'
import type { Mark, Placed } from './chain-record.ts'

/** A checkpoint of the memory is due when so much would have to be read again without one. */
const CHECKPOINT_RECORDS = 500
const CHECKPOINT_BYTES = 1024 * 1024
/** One entry of the memory costs about as much as this share of a record. */
const ENTRIES_PER_RECORD = 4

/** What a writer knows of a session: the state after record `seq`, folded from the records up to there. */
export class SessionState {
  /** 0 = there is no record. */
  seq: number
  /** Null: there is no such session (any more). */
  mark: Mark | null
  memory: AppendMemory
  /** What senders sent before was not all there to be read: others must not have to find that out again. */
  isMended = false
  readonly #limits: LogLimits
  #records = 0
  #bytes = 0

  constructor(limits: LogLimits, seq = 0, mark: Mark | null = null, memory: AppendMemory = new AppendMemory(limits)) {
    this.#limits = limits
    this.seq = seq
    this.mark = mark
    this.memory = memory
  }

  /** What the rules for appends look at. */
  get write(): WriteState {
    const { first = 1, last = 0, total = 0, trimmed = 0, fence = 0 } = this.mark ?? {}
    return { first, last, fence, bytes: total - trimmed }
  }

  get isCheckpointDue(): boolean {
    if (this.isMended) return true
    const many = CHECKPOINT_RECORDS + this.memory.size / ENTRIES_PER_RECORD
    return this.#records >= many || this.#bytes >= CHECKPOINT_BYTES + this.memory.size * 100
  }

  /** Takes the record that comes next. False where it does not continue this state; one that was taken is no harm. */
  take({ seq, record }: Placed): boolean {
    if (seq <= this.seq) return true
    if (record.opened === undefined && record.prev !== this.seq) return false
    if (record.opened !== undefined) this.#forget()
    this.seq = seq
    this.mark = record.mark.isRemoved === true ? null : record.mark
    this.memory.remember(record)
    this.memory.rememberSenders(record)
    if (record.mark.memory?.seq === record.prev) this.#count(0, 0)
    else this.#count(this.#records + 1, this.#bytes + record.sizes.reduce((sum, size) => sum + size, 0))
    return true
  }

  #forget(): void {
    this.memory = new AppendMemory(this.#limits)
    this.#count(0, 0)
  }

  #count(records: number, bytes: number): void {
    if (records === 0) this.isMended = false
    this.#records = records
    this.#bytes = bytes
  }
}
