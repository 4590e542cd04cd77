import {
  type Append,
  type AppendAnswer,
  advanceSender,
  type Batch,
  checkAppend,
  eventHashOf,
  isQuota,
  type Known,
  type LogLimits,
  type SenderRecord,
} from '@holdfast/log'
import { type KeyEntry, keyEntry, type ProducerEntry } from './append-memory.ts'
import { eventText, type RecordDraft, senderMark } from './chain-record.ts'
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
  const { producer, key, keyScope, sender } = append.options
  const memory = JSON.stringify([producer.id, key ?? '', keyScope ?? '', sender?.id ?? '']).length
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 8, memory + 100)
  return { call, append, batch, texts, bytes }
}

/** Answers to appends, and the record that makes them true; no record where there is nothing to write. */
export interface AppendDecisions {
  readonly answers: readonly AppendAnswer[]
  readonly draft: RecordDraft | null
}

const UNKNOWN_SESSION: AppendAnswer = { outcome: 'refused', reason: 'unknown-session' }

/** Decides each append after those before it, and puts all that are to be written into one record. */
export function decideAppends(
  state: SessionState,
  ready: readonly ReadyAppend[],
  how: { readonly now: number; readonly limits: LogLimits; readonly isHere: (sender: string) => boolean },
): AppendDecisions {
  if (state.mark === null) return { answers: ready.map(() => UNKNOWN_SESSION), draft: null }
  const draft = new Drafting(state, how)
  const answers = ready.map((one) => draft.add(one))
  return { answers, draft: draft.finish(state.mark) }
}

/** The state as it would be after the appends so far. */
class Drafting {
  readonly #state: SessionState
  readonly #now: number
  readonly #limits: LogLimits
  readonly #isHere: (sender: string) => boolean
  readonly #senders = new Map<string, SenderRecord>()
  readonly #dropped = new Set<string>()
  #newSenders = 0
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

  constructor(state: SessionState, { now, limits, isHere }: Parameters<typeof decideAppends>[2]) {
    this.#state = state
    this.#now = now
    this.#limits = limits
    this.#isHere = isHere
    const { last, bytes, fence } = state.write
    this.#last = last
    this.#bytes = bytes
    this.#fence = fence
  }

  add({ call, append, batch, texts }: ReadyAppend): AppendAnswer {
    if (call !== this.#call) this.#isFull = false
    this.#call = call
    const { events, options } = append
    const write = { first: this.#state.write.first, last: this.#last, bytes: this.#bytes, fence: this.#fence }
    const size = { count: events.length, bytes: batch.bytes }
    const known = this.#known(options)
    const refused = checkAppend({ ...write, isFull: this.#isFull }, size, options, known, this.#limits)
    if (refused !== null) {
      this.#isFull ||= isQuota(refused)
      return refused
    }
    const { producer, key, keyScope = '', sender } = options
    const [first, last] = [this.#last + 1, this.#last + events.length]
    if (producer.seq !== undefined) {
      const entry = [producer.id, producer.fence, producer.seq, first, last] as const
      this.#producers.set(`${producer.fence} ${producer.id}`, entry)
    }
    if (key !== undefined) this.#keys.set(key, keyEntry(keyScope, key, this.#now, first, last))
    if (sender !== undefined) {
      const how = { now: this.#now, attached: this.#isHere(sender.id), maxRuns: this.#limits.maxSenderRuns }
      if (known.sender === undefined) this.#makeRoom()
      this.#senders.set(sender.id, advanceSender(known.sender, sender, { first, last }, how))
    }
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
    const senders = this.#senders.size === 0 ? {} : senderMark(mark, this.#state.seq)
    return {
      mark: { ...mark, ...senders, last: this.#last, total, fence: this.#fence, anchor: eventHashOf(this.#lastId) },
      senders: [...this.#senders.values()],
      dropped: [...this.#dropped],
      producers: [...this.#producers.values()],
      keys: [...this.#keys.values()],
      sizes: this.#sizes,
      events: this.#events,
    }
  }

  /** One more sender: says who is forgotten for it. */
  #makeRoom(): void {
    this.#newSenders++
    const { senders } = this.#state.memory
    const isKept = (id: string): boolean => this.#dropped.has(id) || this.#senders.has(id) || this.#isHere(id)
    const more = this.#newSenders - this.#dropped.size
    for (const id of senders.surplus(more, this.#now, isKept)) this.#dropped.add(id)
  }

  #known(options: Append['options']): Known {
    const { producer, key, sender } = options
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
      sender: sender === undefined ? undefined : this.#sender(sender.id),
    }
  }

  #sender(id: string): SenderRecord | undefined {
    const mine = this.#senders.get(id)
    if (mine !== undefined || this.#dropped.has(id)) return mine
    return this.#state.memory.senders.get(id, this.#now, this.#isHere(id))
  }
}
