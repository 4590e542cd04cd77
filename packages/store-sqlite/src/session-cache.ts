import { eventHashOf } from '@holdfast/log'
import { asBytes, numberIn, textIn } from './column.ts'
import type { Database, Statement } from './database.ts'

/** Where a session stands. `total` counts all bytes it ever held, `baseTotal` those that were trimmed. */
export interface SessionState {
  /** Row id, order of creation, and the fence below which writes are refused. */
  readonly sid: number
  readonly epoch: string
  first: number
  last: number
  total: number
  baseTotal: number
  baseEventHash: string
  /** Of the last event; undefined where there is none, or only one that was trimmed. */
  lastEventId: string | undefined
  fence: number
  /** Keyed appends since it was loaded. */
  keyed: number
  /** Senders that are remembered; undefined until it was asked for. */
  senders: number | undefined
}

/** Sessions that are kept ready; the one that was loaded first makes room. */
const MAX_CACHED = 10_000

/** The state of the sessions in use. Forgotten as a whole when a transaction is rolled back. */
export class SessionCache {
  readonly #cached = new Map<string, SessionState>()
  readonly #session: Statement
  readonly #lastEvent: Statement

  constructor(database: Database) {
    this.#session = database.prepare(
      `SELECT sid, first, base_total, ${asBytes('epoch', 'base_anchor')} FROM session WHERE name = ?`,
    )
    this.#lastEvent = database.prepare(
      `SELECT n, total, fence, ${asBytes('id')} FROM event WHERE sid = ? ORDER BY n DESC LIMIT 1`,
    )
  }

  get(name: string): SessionState | undefined {
    const cached = this.#cached.get(name)
    if (cached !== undefined) return cached
    const loaded = this.#load(name)
    if (loaded !== undefined) this.#keep(name, loaded)
    return loaded
  }

  forget(name: string): void {
    this.#cached.delete(name)
  }

  clear(): void {
    this.#cached.clear()
  }

  #load(name: string): SessionState | undefined {
    const row = this.#session.get(name)
    if (row === undefined) return undefined
    const sid = numberIn(row, 'sid')
    const first = numberIn(row, 'first')
    const baseTotal = numberIn(row, 'base_total')
    const baseEventHash = textIn(row, 'base_anchor')
    const state = { sid, epoch: textIn(row, 'epoch'), first, baseTotal, baseEventHash, keyed: 0, senders: undefined }
    const event = this.#lastEvent.get(sid)
    if (event === undefined) return { ...state, last: first - 1, total: baseTotal, lastEventId: undefined, fence: sid }
    return {
      ...state,
      last: numberIn(event, 'n'),
      total: numberIn(event, 'total'),
      lastEventId: textIn(event, 'id'),
      fence: numberIn(event, 'fence'),
    }
  }

  #keep(name: string, state: SessionState): void {
    this.#cached.set(name, state)
    if (this.#cached.size <= MAX_CACHED) return
    for (const oldest of this.#cached.keys()) {
      this.#cached.delete(oldest)
      break
    }
  }
}

/** What {@link SessionState} says of a log's extent. */
export function headOf(state: SessionState): {
  readonly epoch: string
  readonly first: number
  readonly last: number
  readonly eventHash: string
  readonly bytes: number
} {
  const { lastEventId, baseEventHash } = state
  const eventHash = lastEventId === undefined ? baseEventHash : eventHashOf(lastEventId)
  return { epoch: state.epoch, first: state.first, last: state.last, eventHash, bytes: state.total - state.baseTotal }
}
