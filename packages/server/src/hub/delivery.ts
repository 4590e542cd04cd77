import { anchorOf, type LogEvent } from '@holdfast/log'
import type { Fields } from '@holdfast/protocol/hub'
import { type HubRecord, readRecord } from './records.ts'

/** One event of the log on its way to the session's clients: its texts are made once, whoever gets them. */
export class Delivery {
  readonly n: number
  readonly at: number
  readonly record: HubRecord | undefined
  readonly #id: string
  readonly #sessionId: string
  #anchor: string | undefined
  #body: string | undefined
  #plain: string | undefined
  #stamped: string | undefined

  constructor(sessionId: string, event: LogEvent, record: HubRecord | undefined = readRecord(event)) {
    this.#sessionId = sessionId
    this.n = event.n
    this.at = event.at
    this.record = record
    this.#id = event.id
  }

  get anchor(): string {
    this.#anchor ??= anchorOf(this.#id)
    return this.#anchor
  }

  /** About what it occupies. */
  get size(): number {
    return this.record?.t === 'file' ? this.record.text.length : this.#open().length
  }

  /** For clients that did not ask to resume: the message and its number. Hub §10. */
  get plain(): string {
    this.#plain ??= `${this.#open()},"seq":${this.n}}`
    return this.#plain
  }

  /** For clients that did. `previous` is told where it is not the number before. Hub §11. */
  stamped(previous: number, always: boolean): string {
    this.#stamped ??= `${this.#open()},"seq":${this.n},"anchor":"${this.anchor}"}`
    if (previous === this.n - 1 && !always) return this.#stamped
    return `${this.#stamped.slice(0, -1)},"prev":${previous}}`
  }

  /** The message without its closing brace. */
  #open(): string {
    this.#body ??= JSON.stringify(this.#message()).slice(0, -1)
    return this.#body
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

/** What a client put under the names of the stamp gives way to it. */
export function withoutStamp(message: Fields): object {
  const { seq: _seq, prev: _prev, anchor: _anchor, mid: _mid, again: _again, ...rest } = message
  return rest
}
