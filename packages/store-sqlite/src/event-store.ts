import {
  type AppendResult,
  checkAppend,
  eventHashOf,
  gapAt,
  isQuota,
  type LogLimits,
  type ProducerState,
  startsAnew,
} from '@holdfast/log'
import type { RowAppend } from './append-columns.ts'
import { asBytes, DamagedRecord, numberIn, textIn } from './column.ts'
import type { Database, SqlValue, Statement } from './database.ts'
import { KeyStore, type KeyWrites } from './key-store.ts'
import type { Operations, StoredRow } from './operations.ts'
import { RowInsert } from './row-insert.ts'
import { SenderStore, type SenderWrites } from './sender-store.ts'
import type { SessionState } from './session-cache.ts'

/** The statements around the `event` table: append with its memory, read, trim. Runs inside the worker's transaction. */
export class EventStore {
  readonly senders: SenderStore
  readonly #limits: LogLimits
  readonly #sql: ReturnType<typeof prepareStatements>
  readonly #keys: KeyStore
  readonly #insert: RowInsert

  constructor(database: Database, limits: LogLimits) {
    this.#limits = limits
    this.senders = new SenderStore(database, limits)
    this.#keys = new KeyStore(database, limits)
    this.#insert = new RowInsert(database, 'INSERT INTO event', COLUMNS)
    this.#sql = prepareStatements(database)
  }

  /** Checks and writes appends of one session, each as if it came alone. */
  append(state: SessionState, session: string, appends: readonly RowAppend[], now: number): readonly AppendResult[] {
    const keys = appends.flatMap(({ options: { key } }) => (key === undefined ? [] : [key]))
    const memory: Memory = {
      keys: this.#keys.writes(state, keys, now),
      senders: this.senders.writes(state, session, now),
      rows: [],
    }
    let isFull = false
    const results = appends.map((append) => {
      const result = this.#append(state, append, memory, isFull)
      isFull ||= isQuota(result)
      return result
    })
    this.#insert.run(memory.rows)
    memory.keys.flush()
    memory.senders.flush()
    return results
  }

  #append(state: SessionState, { events, bytes, options }: RowAppend, memory: Memory, isFull: boolean): AppendResult {
    const { producer, key, keyScope = '', sender } = options
    const known = {
      producer: producer.seq === undefined ? undefined : this.#producer(state, producer.fence, producer.id),
      keyed: key === undefined ? undefined : memory.keys.find(key),
      sender: sender === undefined ? undefined : memory.senders.find(sender.id),
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
      memory.rows.push(state.sid, state.last, id, kind, at, size, state.total, state.fence, payload)
    }
    state.lastEventId = events.at(-1)?.[0] ?? ''
    if (producer.seq !== undefined) {
      if (known.producer === undefined) this.#boundProducers(state)
      this.#sql.putProducer.run(state.sid, producer.fence, producer.id, producer.seq, range.first, range.last)
    }
    if (key !== undefined) memory.keys.put(key, keyScope, range)
    if (sender !== undefined) memory.senders.put(sender, range)
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
}

/** What the appends of one call have in common: what was found for them, and what is to be written. */
interface Memory {
  readonly keys: KeyWrites
  readonly senders: SenderWrites
  /** Of {@link COLUMNS}, row by row. */
  readonly rows: SqlValue[]
}

const COLUMNS = ['sid', 'n', 'id', 'kind', 'at', 'size', 'total', 'fence', 'payload'] as const

/** @throws DamagedRecord where it is not the event that has to come next, too */
function storedRow(row: unknown, n: number): StoredRow {
  if (numberIn(row, 'n') !== n) throw new DamagedRecord(`event ${n} is missing`)
  return [n, textIn(row, 'id'), textIn(row, 'kind'), numberIn(row, 'at'), textIn(row, 'payload')]
}

function prepareStatements(database: Database) {
  const prepare = (sql: string): Statement => database.prepare(sql)
  const columns = `n, at, ${asBytes('id', 'kind', 'payload')}`
  return {
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
  }
}
