import {
  type AppendResult,
  checkAppend,
  eventHashOf,
  gapAt,
  type LogLimits,
  type ProducerState,
  type Range,
  startsAnew,
} from '@holdfast/log'
import { asBytes, DamagedRecord, numberIn, textIn } from './column.ts'
import type { Database, Statement } from './database.ts'
import type { Operations, RowAppend, StoredRow } from './operations.ts'
import { SenderStore } from './sender-store.ts'
import type { SessionState } from './session-cache.ts'

/** Keys that are out of their window are deleted once in so many keyed appends. */
const PRUNE_KEYS_EVERY = 256

/** The statements around the `event` table: append with its memory, read, trim. Runs inside the worker's transaction. */
export class EventStore {
  readonly senders: SenderStore
  readonly #limits: LogLimits
  readonly #sql: ReturnType<typeof prepareStatements>

  constructor(database: Database, limits: LogLimits) {
    this.#limits = limits
    this.senders = new SenderStore(database, limits)
    this.#sql = prepareStatements(database)
  }

  append(
    state: SessionState,
    session: string,
    { events, bytes, options }: RowAppend,
    now: number,
    isFull: boolean,
  ): AppendResult {
    const { producer, key, keyScope, sender } = options
    const known = {
      producer: producer.seq === undefined ? undefined : this.#producer(state, producer.fence, producer.id),
      keyed: key === undefined ? undefined : this.#keyed(state, key, now),
      sender: sender === undefined ? undefined : this.senders.find(state, session, sender.id, now),
    }
    const { first, last, fence } = state
    const write = { first, last, bytes: state.total - state.baseTotal, fence, isFull }
    const refused = checkAppend(write, { count: events.length, bytes }, options, known, this.#limits)
    if (refused !== null) return refused
    const range = { first: state.last + 1, last: state.last + events.length }
    state.fence = Math.max(state.fence, producer.fence)
    for (const [id, kind, at, payload, size] of events) {
      state.last++
      state.total += size
      this.#sql.insert.run(state.sid, state.last, id, kind, at, size, state.total, state.fence, payload)
    }
    state.lastEventHash = eventHashOf(events.at(-1)?.[0] ?? '')
    if (producer.seq !== undefined) {
      if (known.producer === undefined) this.#boundProducers(state)
      this.#sql.putProducer.run(state.sid, producer.fence, producer.id, producer.seq, range.first, range.last)
    }
    if (key !== undefined) this.#putKey(state, key, keyScope, now, range)
    if (sender !== undefined) this.senders.put(state, session, known.sender, sender, range, now)
    return { outcome: 'appended', ...range }
  }

  read(state: SessionState, input: Operations['read']['in']): Operations['read']['out'] {
    const extent = { epoch: state.epoch, first: state.first, last: state.last }
    const gap = gapAt(input, extent, (n) => this.#eventHashAt(state, n))
    if (gap !== undefined && startsAnew(gap)) return { rows: [], ...extent, gap }
    const after = Math.max(input.after, state.first - 1)
    const upTo = this.#totalAt(state, after) + input.maxBytes
    let found = this.#sql.page.all(state.sid, after, after + input.limit, upTo)
    if (found.length === 0 && after < state.last) found = this.#sql.one.all(state.sid, after + 1)
    if (found.length === 0 && after < state.last) throw new DamagedRecord(`event ${after + 1} is missing`)
    const rows = found.map((row, i) => storedRow(row, after + 1 + i))
    return gap === undefined ? { rows, ...extent } : { rows, ...extent, gap }
  }

  /** Moves `first`; the rows go later, in small steps. */
  trim(state: SessionState, snapshotN: number, { retention, now }: Operations['trim']['in']): void {
    const { maxEvents, maxBytes, maxAgeMs } = retention
    const { sid, last } = state
    const most = Math.min(snapshotN, last)
    if (most <= state.first) return
    let first = state.first
    if (maxEvents !== undefined) first = Math.max(first, last - maxEvents + 1)
    if (maxBytes !== undefined && state.total - this.#totalAt(state, Math.min(first, last) - 1) > maxBytes) {
      const row = this.#sql.firstTotal.get(sid, first, state.total - maxBytes)
      first = row === undefined ? most : numberIn(row, 'n') + 1
    }
    if (maxAgeMs !== undefined) {
      const row = this.#sql.firstYoung.get(sid, first, most, now - maxAgeMs)
      first = row === undefined ? Math.max(first, most) : numberIn(row, 'n')
    }
    first = Math.min(first, most)
    if (first <= state.first) return
    state.baseTotal = this.#totalAt(state, first - 1)
    state.baseEventHash = this.#eventHashAt(state, first - 1) ?? state.baseEventHash
    state.first = first
    this.#sql.moveFirst.run(first, state.baseTotal, state.baseEventHash, sid)
    this.#sql.sweep.run(sid, first)
  }

  #eventHashAt(state: SessionState, n: number): string | undefined {
    if (n === state.first - 1) return state.baseEventHash
    const row = this.#sql.one.get(state.sid, n)
    return row === undefined ? undefined : eventHashOf(textIn(row, 'id'))
  }

  #totalAt(state: SessionState, n: number): number {
    if (n < state.first) return state.baseTotal
    return n >= state.last ? state.total : numberIn(this.#sql.total.get(state.sid, n), 'total')
  }

  #producer(state: SessionState, fence: number, id: string): ProducerState | undefined {
    const row = this.#sql.producer.get(state.sid, fence, id)
    if (row === undefined) return undefined
    return { seq: numberIn(row, 'seq'), first: numberIn(row, 'first'), last: numberIn(row, 'last') }
  }

  #boundProducers(state: SessionState): void {
    const count = numberIn(this.#sql.countProducers.get(state.sid), 'count')
    if (count >= this.#limits.maxProducers) this.#sql.dropProducer.run(state.sid, state.sid)
  }

  #keyed(state: SessionState, key: string, now: number): Range | undefined {
    const row = this.#sql.keyed.get(state.sid, key)
    if (row === undefined) return undefined
    const forgotten = numberIn(row, 'k') <= this.#lastKey(state, textIn(row, 'scope')) - this.#limits.maxKeys
    if (forgotten || now - numberIn(row, 'at') >= this.#limits.keyAgeMs) return undefined
    return { first: numberIn(row, 'first'), last: numberIn(row, 'last') }
  }

  #putKey(state: SessionState, key: string, scope = '', now: number, range: Range): void {
    const k = this.#lastKey(state, scope) + 1
    this.#sql.putKey.run(state.sid, key, scope, k, now, range.first, range.last)
    const { maxKeys, maxSessionKeys, keyAgeMs } = this.#limits
    if (k % PRUNE_KEYS_EVERY === 0) this.#sql.pruneKeys.run(state.sid, scope, k - maxKeys)
    state.keyed++
    if (state.keyed % PRUNE_KEYS_EVERY !== 0) return
    this.#sql.pruneOldKeys.run(state.sid, now - keyAgeMs)
    const surplus = numberIn(this.#sql.countKeys.get(state.sid), 'count') - maxSessionKeys
    if (surplus > 0) this.#sql.pruneSurplus.run(state.sid, state.sid, surplus)
  }

  #lastKey(state: SessionState, scope = ''): number {
    return numberIn(this.#sql.lastKey.get(state.sid, scope), 'k')
  }
}

/** @throws DamagedRecord where it is not the event that has to come next, too */
function storedRow(row: unknown, n: number): StoredRow {
  if (numberIn(row, 'n') !== n) throw new DamagedRecord(`event ${n} is missing`)
  return [n, textIn(row, 'id'), textIn(row, 'kind'), numberIn(row, 'at'), textIn(row, 'payload')]
}

function prepareStatements(database: Database) {
  const prepare = (sql: string): Statement => database.prepare(sql)
  const columns = `n, at, ${asBytes('id', 'kind', 'payload')}`
  return {
    insert: prepare(
      'INSERT INTO event (sid, n, id, kind, at, size, total, fence, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    page: prepare(`SELECT ${columns} FROM event WHERE sid = ? AND n > ? AND n <= ? AND total <= ? ORDER BY n`),
    one: prepare(`SELECT ${columns} FROM event WHERE sid = ? AND n = ?`),
    total: prepare('SELECT total FROM event WHERE sid = ? AND n = ?'),
    firstTotal: prepare('SELECT n FROM event WHERE sid = ? AND n >= ? AND total >= ? ORDER BY n LIMIT 1'),
    firstYoung: prepare('SELECT n FROM event WHERE sid = ? AND n >= ? AND n < ? AND at >= ? ORDER BY n LIMIT 1'),
    moveFirst: prepare('UPDATE session SET first = ?, base_total = ?, base_anchor = ? WHERE sid = ?'),
    sweep: prepare('INSERT OR REPLACE INTO sweep (sid, below) VALUES (?, ?)'),
    producer: prepare('SELECT seq, first, last FROM producer WHERE sid = ? AND fence = ? AND id = ?'),
    putProducer: prepare(
      'INSERT OR REPLACE INTO producer (sid, fence, id, seq, first, last) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    countProducers: prepare('SELECT count(*) AS count FROM producer WHERE sid = ?'),
    dropProducer: prepare(
      'DELETE FROM producer WHERE sid = ? AND last = (SELECT min(last) FROM producer WHERE sid = ?)',
    ),
    keyed: prepare(`SELECT k, at, first, last, ${asBytes('scope')} FROM keyed WHERE sid = ? AND key = ?`),
    lastKey: prepare('SELECT coalesce(max(k), 0) AS k FROM keyed WHERE sid = ? AND scope = ?'),
    putKey: prepare('INSERT OR REPLACE INTO keyed (sid, key, scope, k, at, first, last) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    pruneKeys: prepare('DELETE FROM keyed WHERE sid = ? AND scope = ? AND k <= ?'),
    pruneOldKeys: prepare('DELETE FROM keyed WHERE sid = ? AND at <= ?'),
    countKeys: prepare('SELECT count(*) AS count FROM keyed WHERE sid = ?'),
    pruneSurplus: prepare(
      'DELETE FROM keyed WHERE sid = ? AND key IN (SELECT key FROM keyed WHERE sid = ? ORDER BY at LIMIT ?)',
    ),
  }
}
