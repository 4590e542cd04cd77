import type { Append, AppendResult, AttachedSender, LogEvent, SenderMark } from './append.ts'
import { type Batch, checkAppend, type ProducerState, type Range } from './append-rules.ts'
import { EMPTY_EVENT_HASH, eventHashOf } from './event-hash.ts'
import { gapAt, startsAnew } from './gap.ts'
import { KeyTable } from './keys.ts'
import type { LogLimits } from './limits.ts'
import { AttachedSenders, advanceSender, newSender, type SenderRecord, SenderTable } from './senders.ts'
import type { Head, Page, ReadOptions, Retention, SessionRecord, Snapshot } from './session-log.ts'

/** One session of a {@link memoryLog}: its events, and what is remembered of its appends. */
export class MemorySession {
  record: SessionRecord
  snapshot: Snapshot | null = null
  lease: { readonly holder: string; readonly fence: number; readonly until: number } | undefined
  /** Order of creation; also the fence below which writes are refused. */
  readonly stamp: number
  readonly #limits: LogLimits
  readonly #senders: SenderTable
  readonly #attached = new AttachedSenders()
  readonly #producers = new Map<string, ProducerState>()
  readonly #keys: KeyTable<Range & { readonly at: number }>
  #events: LogEvent[] = []
  #sizes: number[] = []
  #first = 1
  #bytes = 0
  #fence: number
  #eventHashBeforeFirst = EMPTY_EVENT_HASH

  constructor(record: SessionRecord, stamp: number, limits: LogLimits) {
    this.record = record
    this.stamp = stamp
    this.#fence = stamp
    this.#limits = limits
    this.#senders = new SenderTable(limits)
    this.#keys = new KeyTable(limits)
  }

  get #last(): number {
    return this.#first + this.#events.length - 1
  }

  head(): Head {
    const last = this.#last
    const eventHash = this.#eventHashAt(last) ?? EMPTY_EVENT_HASH
    return { epoch: this.record.epoch, first: this.#first, last, eventHash, bytes: this.#bytes }
  }

  append({ events, options }: Append, batch: Batch, now: number, isFull: boolean): AppendResult {
    const { producer, key, keyScope = '', sender } = options
    const writer = `${producer.fence} ${producer.id}`
    const known = {
      producer: producer.seq === undefined ? undefined : this.#producers.get(writer),
      keyed: key === undefined ? undefined : this.#keys.get(key, now),
      sender: sender === undefined ? undefined : this.#senders.get(sender.id, now, this.#attached.has(sender.id)),
    }
    const state = { first: this.#first, last: this.#last, bytes: this.#bytes, fence: this.#fence, isFull }
    const refused = checkAppend(state, { count: events.length, bytes: batch.bytes }, options, known, this.#limits)
    if (refused !== null) return refused
    const range = { first: state.last + 1, last: state.last + events.length }
    for (const [i, event] of events.entries()) {
      this.#events.push({ n: range.first + i, id: event.id, kind: event.kind, at: event.at, payload: event.payload })
    }
    this.#sizes.push(...batch.sizes)
    this.#bytes += batch.bytes
    this.#fence = Math.max(this.#fence, producer.fence)
    if (producer.seq !== undefined) this.#rememberProducer(writer, { seq: producer.seq, ...range })
    if (key !== undefined) this.#keys.put(keyScope, key, { at: now, ...range })
    if (sender !== undefined) this.#rememberSender(known.sender, sender, range, now)
    return { outcome: 'appended', ...range }
  }

  /** A sender is here, until `release`. */
  attach(id: string, begins: boolean, now: () => number): AttachedSender {
    const found = this.#senders.get(id, now(), this.#attached.has(id))
    if (found === undefined && begins) this.#putSender(undefined, newSender(id, now()))
    const release = this.#attached.attach(id)
    return {
      state: found === undefined ? null : { highest: found.highest, first: found.first, last: found.last },
      release: () => {
        if (!release()) return
        const left = this.#senders.get(id, now(), true)
        if (left !== undefined) this.#senders.put({ ...left, seen: now(), attached: true })
      },
    }
  }

  /** Events from `n` on, as they were stored. */
  since(n: number): readonly LogEvent[] {
    return this.#events.slice(n - this.#first)
  }

  read(options: ReadOptions): Page {
    const extent = { epoch: this.record.epoch, first: this.#first, last: this.#last }
    const gap = gapAt(options, extent, (n) => this.#eventHashAt(n))
    if (gap !== undefined && startsAnew(gap)) return { events: [], ...extent, gap }
    const start = Math.max(options.after - this.#first + 1, 0)
    const limit = Math.min(options.limit ?? this.#limits.pageEvents, this.#limits.pageEvents)
    const maxBytes = Math.min(options.maxBytes ?? this.#limits.pageBytes, this.#limits.pageBytes)
    let end = start
    let bytes = 0
    while (end < this.#events.length && end - start < limit) {
      bytes += this.#sizes[end] ?? 0
      if (bytes > maxBytes && end > start) break
      end++
    }
    return { events: this.#events.slice(start, end), ...extent, ...(gap === undefined ? {} : { gap }) }
  }

  trim({ maxEvents = Infinity, maxBytes = Infinity, maxAgeMs = Infinity }: Retention, epochNow: number): void {
    const most = Math.max((this.snapshot?.n ?? 0) - this.#first, 0)
    let count = 0
    let bytes = this.#bytes
    while (count < most) {
      const at = this.#events[count]?.at ?? 0
      const remaining = this.#events.length - count
      if (remaining <= maxEvents && bytes <= maxBytes && epochNow - at <= maxAgeMs) break
      bytes -= this.#sizes[count] ?? 0
      count++
    }
    if (count === 0) return
    this.#eventHashBeforeFirst = this.#eventHashAt(this.#first + count - 1) ?? EMPTY_EVENT_HASH
    this.#events = this.#events.slice(count)
    this.#sizes = this.#sizes.slice(count)
    this.#first += count
    this.#bytes = bytes
  }

  #eventHashAt(n: number): string | undefined {
    if (n === this.#first - 1) return this.#eventHashBeforeFirst
    const event = this.#events[n - this.#first]
    return event === undefined ? undefined : eventHashOf(event.id)
  }

  #rememberProducer(writer: string, state: ProducerState): void {
    this.#producers.delete(writer)
    this.#producers.set(writer, state)
    if (this.#producers.size > this.#limits.maxProducers) forgetOldest(this.#producers)
  }

  #rememberSender(known: SenderRecord | undefined, mark: SenderMark, range: Range, now: number): void {
    const how = { now, attached: this.#attached.has(mark.id), maxRuns: this.#limits.maxSenderRuns }
    this.#putSender(known, advanceSender(known, mark, range, how))
  }

  #putSender(known: SenderRecord | undefined, record: SenderRecord): void {
    const isAttached = (id: string): boolean => this.#attached.has(id)
    if (known === undefined) this.#senders.delete(record.id)
    for (const id of this.#senders.surplus(known === undefined ? 1 : 0, record.seen, isAttached))
      this.#senders.delete(id)
    this.#senders.put(record)
  }
}

function forgetOldest(memory: Map<string, unknown>): void {
  for (const oldest of memory.keys()) {
    memory.delete(oldest)
    break
  }
}
