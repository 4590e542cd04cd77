import {
  advanceSender,
  type LogLimits,
  newSender,
  type Range,
  type SenderMark,
  type SenderRecord,
  type SenderState,
} from '@holdfast/log'
import { senderRuns } from '@holdfast/log/internals'
import { asBytes, jsonIn, numberIn, textIn } from './column.ts'
import type { Database, Statement } from './database.ts'
import type { Operations } from './operations.ts'
import type { SessionState } from './session-cache.ts'

/** So many more than the bound, as a share of it, before the oldest are deleted together. */
const SLACK = 0.05

/** The `sender` table: what is remembered of those who count their messages. Runs inside the worker's transaction. */
export class SenderStore {
  readonly #limits: LogLimits
  readonly #sql: ReturnType<typeof prepareStatements>
  /** Visits by session and sender. Each has a name, so that one that is begun twice counts once. */
  readonly #visits = new Map<string, Map<string, Set<number>>>()

  constructor(database: Database, limits: LogLimits) {
    this.#limits = limits
    this.#sql = prepareStatements(database)
  }

  /** A sender is here. */
  attach(state: SessionState, { session, id, visit, begins, now }: Operations['attach']['in']): SenderState | null {
    const known = this.find(state, session, id, now)
    if (known === undefined && begins) {
      this.#makeRoom(state, session, id, now)
      this.#put(state, newSender(id, now))
    }
    const visits = this.#visits.get(session) ?? new Map<string, Set<number>>()
    this.#visits.set(session, visits.set(id, (visits.get(id) ?? new Set()).add(visit)))
    return known === undefined ? null : { highest: known.highest, first: known.first, last: known.last }
  }

  /** It has left. The session may be gone. */
  detach(state: SessionState | undefined, session: string, id: string, visit: number, now: number): void {
    const visits = this.#visits.get(session)
    const mine = visits?.get(id)
    if (mine?.delete(visit) !== true || mine.size > 0) return
    visits?.delete(id)
    if (visits?.size === 0) this.#visits.delete(session)
    if (state !== undefined) this.#sql.left.run(now, state.sid, id)
  }

  /** What is remembered of a sender, unless it was away for too long. */
  find(state: SessionState, session: string, id: string, now: number): SenderRecord | undefined {
    const row = this.#sql.find.get(state.sid, id)
    if (row === undefined) return undefined
    const seen = numberIn(row, 'seen')
    if (now - seen >= this.#limits.senderAgeMs && !this.#isHere(session, id)) return undefined
    return {
      id,
      highest: numberIn(row, 'highest'),
      first: numberIn(row, 'first'),
      last: numberIn(row, 'last'),
      floor: numberIn(row, 'floor'),
      seen,
      attached: numberIn(row, 'attached') === 1,
      runs: jsonIn(row, 'runs', senderRuns),
    }
  }

  /** The memory of one call: each sender is read and written once, however many of its messages there are. */
  writes(state: SessionState, session: string, now: number): SenderWrites {
    return new SenderWrites({
      find: (id) => this.find(state, session, id, now),
      how: (id) => ({ now, attached: this.#isHere(session, id), maxRuns: this.#limits.maxSenderRuns }),
      write: (record, isNew) => {
        if (isNew) this.#makeRoom(state, session, record.id, now)
        this.#put(state, record)
      },
    })
  }

  #put(state: SessionState, { id, highest, first, last, floor, seen, attached, runs }: SenderRecord): void {
    this.#sql.put.run(state.sid, id, highest, first, last, floor, seen, attached ? 1 : 0, JSON.stringify(runs))
  }

  /** Deletes what is remembered in a session that was removed. */
  sweep(sid: number): void {
    this.#sql.sweep.run(sid)
  }

  #makeRoom(state: SessionState, session: string, id: string, now: number): void {
    const { maxSenders, senderAgeMs } = this.#limits
    // It may be there, and out of its time.
    const before = this.#count(state) - changes(this.#sql.drop.run(state.sid, id))
    state.senders = before + 1
    if (state.senders <= maxSenders + Math.floor(maxSenders * SLACK)) return
    const here = this.#visits.get(session)
    const surplus = state.senders - maxSenders
    for (const row of this.#sql.oldest.all(state.sid, surplus + (here?.size ?? 0))) {
      const isNeeded = state.senders <= maxSenders
      if (isNeeded && now - numberIn(row, 'seen') < senderAgeMs) continue
      const other = textIn(row, 'id')
      if (here?.has(other) === true) continue
      state.senders -= changes(this.#sql.drop.run(state.sid, other))
    }
  }

  #isHere(session: string, id: string): boolean {
    return this.#visits.get(session)?.has(id) === true
  }

  #count(state: SessionState): number {
    return state.senders ?? numberIn(this.#sql.count.get(state.sid), 'count')
  }
}

/** What {@link SenderWrites} needs of the table. */
interface SenderTableHost {
  find(id: string): SenderRecord | undefined
  /** How a message of this sender is remembered. */
  how(id: string): Parameters<typeof advanceSender>[3]
  write(record: SenderRecord, isNew: boolean): void
}

/** The senders of one call. What is put in is in the table after {@link SenderWrites.flush}. */
export class SenderWrites {
  readonly #host: SenderTableHost
  readonly #known = new Map<string, SenderRecord | undefined>()
  /** Those that have a message in this call, and whether the table has nothing of them yet. */
  readonly #changed = new Map<string, boolean>()

  constructor(host: SenderTableHost) {
    this.#host = host
  }

  find(id: string): SenderRecord | undefined {
    if (this.#known.has(id)) return this.#known.get(id)
    const found = this.#host.find(id)
    this.#known.set(id, found)
    return found
  }

  /** Message `mark` of a sender has become these events. */
  put(mark: SenderMark, range: Range): void {
    const known = this.find(mark.id)
    if (!this.#changed.has(mark.id)) this.#changed.set(mark.id, known === undefined)
    this.#known.set(mark.id, advanceSender(known, mark, range, this.#host.how(mark.id)))
  }

  flush(): void {
    for (const [id, isNew] of this.#changed) {
      const record = this.#known.get(id)
      if (record !== undefined) this.#host.write(record, isNew)
    }
  }
}

function changes(result: unknown): number {
  return numberIn(result, 'changes')
}

function prepareStatements(database: Database) {
  const prepare = (sql: string): Statement => database.prepare(sql)
  return {
    find: prepare(
      `SELECT highest, first, last, floor, seen, attached, ${asBytes('runs')} FROM sender WHERE sid = ? AND id = ?`,
    ),
    put: prepare(
      `INSERT OR REPLACE INTO sender (sid, id, highest, first, last, floor, seen, attached, runs)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    left: prepare('UPDATE sender SET seen = ?, attached = 1 WHERE sid = ? AND id = ?'),
    drop: prepare('DELETE FROM sender WHERE sid = ? AND id = ?'),
    count: prepare('SELECT count(*) AS count FROM sender WHERE sid = ?'),
    oldest: prepare(`SELECT seen, ${asBytes('id')} FROM sender WHERE sid = ? ORDER BY attached, seen LIMIT ?`),
    sweep: prepare('DELETE FROM sender WHERE sid = ?'),
  }
}
