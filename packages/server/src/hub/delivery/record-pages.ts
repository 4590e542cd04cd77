import type { LogEvent, SessionLog } from '@holdfast/log'
import { type HubRecord, readRecord } from '../state/records.ts'

/** What is read together where records are asked for one after the other. */
const AHEAD = { limit: 250, maxBytes: 262_144 } as const

/**
 * Single records of a session's log, asked for by number. A caller that asks for one after the other gets them out of few
 * pages: a client that sends a thousand messages again must not cost a thousand searches in the log.
 */
export class RecordPages {
  readonly #log: SessionLog
  readonly #sessionId: string
  #page: readonly LogEvent[] = []
  #last = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(log: SessionLog, sessionId: string) {
    this.#log = log
    this.#sessionId = sessionId
  }

  /** The record with this number; undefined where the log no longer has it. Rejects with what the log rejects with. */
  at(n: number): Promise<HubRecord | undefined> {
    const found = this.#turn.then(() => this.#find(n))
    this.#turn = found.catch(() => {})
    return found
  }

  async #find(n: number): Promise<HubRecord | undefined> {
    const isNext = n > this.#last && n <= this.#last + AHEAD.limit
    this.#last = n
    const known = this.#page[n - (this.#page[0]?.n ?? n)]
    if (known?.n === n) return readRecord(known)
    const bounds = isNext ? AHEAD : { limit: 1 }
    const { events } = await this.#log.read(this.#sessionId, { after: n - 1, ...bounds })
    this.#page = events
    const [event] = events
    return event?.n === n ? readRecord(event) : undefined
  }
}
