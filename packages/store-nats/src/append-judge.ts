import {
  type Append,
  type AppendAnswer,
  anchorOf,
  type Batch,
  isQuota,
  judgeAppend,
  type Known,
  type LogLimits,
} from '@holdfast/log'
import { eventText, type RecordDraft } from './chain-record.ts'
import type { KeyEntry, ProducerEntry } from './memory.ts'
import type { SessionState } from './session-state.ts'

/** An append that was measured, with its events as they stand in a record. */
export interface ReadyAppend {
  /** Those of one call have the same: what follows a full quota in it is not written. */
  readonly call: object
  readonly append: Append
  readonly batch: Batch
  readonly texts: readonly string[]
  /** Bytes that it adds to a record, at most. */
  readonly bytes: number
}

export function readyAppend(call: object, append: Append, batch: Batch): ReadyAppend {
  const texts = append.events.map((event, i) => eventText(event, batch.texts[i] ?? 'null'))
  const memory = JSON.stringify([append.options.producer.id, append.options.key ?? '']).length
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 8, memory + 100)
  return { call, append, batch, texts, bytes }
}

/** Answers to appends, and the record that makes them true; no record where there is nothing to write. */
export interface Judged {
  readonly answers: readonly AppendAnswer[]
  readonly draft: RecordDraft | null
}

const UNKNOWN_SESSION: AppendAnswer = { outcome: 'refused', reason: 'unknown-session' }

/** Judges each append after those before it, and puts all that are to be written into one record. */
export function judgeAppends(
  state: SessionState,
  ready: readonly ReadyAppend[],
  now: number,
  limits: LogLimits,
): Judged {
  if (state.mark === null) return { answers: ready.map(() => UNKNOWN_SESSION), draft: null }
  const draft = new Drafting(state, now)
  const answers = ready.map((one) => draft.add(one, limits))
  return { answers, draft: draft.finish(state.mark) }
}

/** The state as it would be after the appends so far. */
class Drafting {
  readonly #state: SessionState
  readonly #now: number
  readonly #producers = new Map<string, ProducerEntry>()
  readonly #keys = new Map<string, KeyEntry>()
  readonly #events: string[] = []
  readonly #sizes: number[] = []
  #last: number
  #bytes: number
  #fence: number
  #isFull = false
  #call: object | undefined
  #lastId = ''

  constructor(state: SessionState, now: number) {
    this.#state = state
    this.#now = now
    const { last, bytes, fence } = state.write
    this.#last = last
    this.#bytes = bytes
    this.#fence = fence
  }

  add({ call, append, batch, texts }: ReadyAppend, limits: LogLimits): AppendAnswer {
    if (call !== this.#call) this.#isFull = false
    this.#call = call
    const { events, options } = append
    const write = { first: this.#state.write.first, last: this.#last, bytes: this.#bytes, fence: this.#fence }
    const size = { count: events.length, bytes: batch.bytes }
    const verdict = judgeAppend({ ...write, isFull: this.#isFull }, size, options, this.#known(options), limits)
    if (verdict !== null) {
      this.#isFull ||= isQuota(verdict)
      return verdict
    }
    const { producer, key } = options
    const [first, last] = [this.#last + 1, this.#last + events.length]
    if (producer.seq !== undefined) {
      const entry = [producer.id, producer.fence, producer.seq, first, last] as const
      this.#producers.set(`${producer.fence} ${producer.id}`, entry)
    }
    if (key !== undefined) this.#keys.set(key, [key, this.#now, first, last])
    this.#events.push(...texts)
    this.#sizes.push(...batch.sizes)
    this.#last = last
    this.#bytes += batch.bytes
    this.#fence = Math.max(this.#fence, producer.fence)
    this.#lastId = events.at(-1)?.id ?? ''
    return { outcome: 'appended', first, last }
  }

  finish(mark: NonNullable<SessionState['mark']>): RecordDraft | null {
    if (this.#events.length === 0) return null
    const total = mark.total + this.#bytes - this.#state.write.bytes
    return {
      mark: { ...mark, last: this.#last, total, fence: this.#fence, anchor: anchorOf(this.#lastId) },
      producers: [...this.#producers.values()],
      keys: [...this.#keys.values()],
      sizes: this.#sizes,
      events: this.#events,
    }
  }

  #known({ producer, key }: Append['options']): Known {
    const { memory } = this.#state
    const mine = this.#producers.get(`${producer.fence} ${producer.id}`)
    const own = mine === undefined ? undefined : { seq: mine[2], first: mine[3], last: mine[4] }
    const keyed = key === undefined ? undefined : this.#keys.get(key)
    return {
      producer: producer.seq === undefined ? undefined : (own ?? memory.producer(producer.id, producer.fence)),
      keyed:
        key === undefined
          ? undefined
          : keyed === undefined
            ? memory.keyed(key, this.#now)
            : { first: keyed[2], last: keyed[3] },
    }
  }
}
