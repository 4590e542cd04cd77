import { eventHashOf, type LogEvent } from '@holdfast/log'
import type { Fields } from '@holdfast/protocol/hub'
import { type EventRecord, type HubRecord, readRecord } from '../state/records.ts'

/** Of the objects of a delivery, beside its texts. Measured: about 400 bytes on V8. */
const OVERHEAD_BYTES = 512

/** Shorter than this it is made anew as fast as it is found. In characters. */
const LEAST_CUT_LENGTH = 1_024

/** The members of a record of an event, in the order in which the hub writes them. */
const MEMBERS: ReadonlySet<string> = new Set(['t', 'event', 'data', 'category', 'from', 'fp', 'hold'])

/** One event of the log on its way to the session's clients: its texts are made once for all of them. */
export class Delivery {
  readonly n: number
  readonly at: number
  readonly record: HubRecord | undefined
  readonly #id: string
  readonly #sessionId: string
  /** JSON of the record's content, where it was at hand; until the text of the message is made of it. */
  #data: string | undefined
  #eventHash: string | undefined
  /** The message without its closing brace, until a text is made of it. */
  #made: string | undefined
  /** The text that was asked for last: one is kept, the other is made of it. */
  #text = ''
  #isStamped = false
  #bodyLength = 0

  constructor(sessionId: string, event: LogEvent, record: HubRecord | undefined = readRecord(event)) {
    this.#sessionId = sessionId
    this.n = event.n
    this.at = event.at
    this.record = record
    this.#id = event.id
    if (record?.t === 'event' && event.text !== undefined) this.#data = contentText(event.text, record)
  }

  get eventHash(): string {
    this.#eventHash ??= eventHashOf(this.#id)
    return this.#eventHash
  }

  /** About what it occupies in memory: the record, one text of it, and the objects around them. */
  get size(): number {
    const text = this.record?.t === 'file' ? this.record.text.length : this.#measured()
    return 2 * text + OVERHEAD_BYTES
  }

  /** For clients that did not ask to resume: the message and its number. Hub §10. */
  get plain(): string {
    return this.#textOf(false)
  }

  /** For clients that did. `previous` is sent where it is not the number before. Hub §11. */
  stamped(previous: number, always: boolean): string {
    const text = this.#textOf(true)
    if (previous === this.n - 1 && !always) return text
    return `${text.slice(0, -1)},"prev":${previous}}`
  }

  #textOf(stamped: boolean): string {
    if (this.#text !== '' && this.#isStamped === stamped) return this.#text
    this.#measured()
    const stamp = stamped ? `,"seq":${this.n},"anchor":"${this.eventHash}"}` : `,"seq":${this.n}}`
    // Put together, and not cut, where it can be: a text is copied once, when it is sent.
    this.#text = `${this.#made ?? this.#text.slice(0, this.#bodyLength)}${stamp}`
    this.#made = undefined
    this.#isStamped = stamped
    return this.#text
  }

  /** How long the message is without its closing brace. */
  #measured(): number {
    if (this.#bodyLength > 0) return this.#bodyLength
    this.#made = this.#body()
    this.#bodyLength = this.#made.length
    return this.#bodyLength
  }

  /** JSON of the message without its closing brace. */
  #body(): string {
    const { record } = this
    const data = this.#data
    if (data === undefined || record?.t !== 'event') return JSON.stringify(this.#message()).slice(0, -1)
    this.#data = undefined
    const { event, category } = record
    const rest = JSON.stringify({ category, sessionId: this.#sessionId, timestamp: this.at })
    return `{"type":"broadcast","event":${JSON.stringify(event)},"data":${data},${rest.slice(1, -1)}`
  }

  #message(): object {
    const { record } = this
    if (record?.t === 'event') {
      const { event, data, category } = record
      return { type: 'broadcast', event, data, category, sessionId: this.#sessionId, timestamp: this.at }
    }
    if (record?.t === 'answer') return { id: record.id, actions: record.actions }
    if (record?.t === 'request' || record?.t === 'rpc') return withoutStamp(record.message)
    return { type: 'unknown' }
  }
}

/** The newest deliveries of a session, without holes, bounded in number and size. */
export class Ring {
  readonly #maxEvents: number
  readonly #maxBytes: number
  /** What is before `#start` is undefined: it was released. */
  #items: ({ readonly delivery: Delivery; readonly bytes: number } | undefined)[] = []
  #start = 0
  #bytes = 0

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents
    this.#maxBytes = maxBytes
  }

  /** What it holds, about. */
  get bytes(): number {
    return this.#bytes
  }

  push(delivery: Delivery, bytes: number): void {
    if (this.#items.at(-1)?.delivery.n !== delivery.n - 1) this.clear()
    this.#items.push({ delivery, bytes })
    this.#bytes += bytes
    while (this.#items.length - this.#start > this.#maxEvents || this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#items[this.#start]?.bytes ?? 0
      this.#items[this.#start] = undefined
      this.#start++
    }
    if (this.#start > this.#items.length / 2) {
      this.#items = this.#items.slice(this.#start)
      this.#start = 0
    }
  }

  /** The delivery with this number; undefined where it is not here. */
  get(n: number): Delivery | undefined {
    const first = this.#items[this.#start]?.delivery.n
    return first === undefined || n < first ? undefined : this.#items[this.#start + n - first]?.delivery
  }

  clear(): void {
    this.#items = []
    this.#start = 0
    this.#bytes = 0
  }
}

/** What a client put under the names of the stamp gives way to it. */
export function withoutStamp(message: Fields): object {
  const { seq: _seq, prev: _prev, anchor: _anchor, mid: _mid, again: _again, ...rest } = message
  return rest
}

/**
 * The JSON of an event's content, cut out of the JSON of its whole record: what is long is not made twice. Undefined where the
 * record is short, or was not written in the hub's own form.
 */
export function contentText(text: string, record: EventRecord): string | undefined {
  if (text.length < LEAST_CUT_LENGTH) return undefined
  for (const name of Object.keys(record)) if (!MEMBERS.has(name)) return undefined
  const { t, event, category, from, fp, hold } = record
  const head = `${JSON.stringify({ t, event }).slice(0, -1)},"data":`
  const tail = `,${JSON.stringify({ category, from, fp, hold }).slice(1)}`
  const isOurs = text.startsWith(head) && text.endsWith(tail) && text.length > head.length + tail.length
  return isOurs ? text.slice(head.length, text.length - tail.length) : undefined
}
