import type { LogLimits, Range } from '@holdfast/log'
import { asBytes, numberIn, textIn } from './column.ts'
import type { Database, SqlValue, Statement } from './database.ts'
import { RowInsert } from './row-insert.ts'
import type { SessionState } from './session-cache.ts'

/** Keys that are out of their window are deleted once in so many keyed appends. */
const PRUNE_KEYS_EVERY = 256

/** A key as it is stored: `k` counts those of its scope. */
interface KeyRow extends Range {
  readonly scope: string
  readonly k: number
  readonly at: number
}

/** The `keyed` table: which keys were appended, and where. Runs inside the worker's transaction. */
export class KeyStore {
  readonly #limits: LogLimits
  readonly #sql: ReturnType<typeof prepareStatements>
  readonly #insert: RowInsert

  constructor(database: Database, limits: LogLimits) {
    this.#limits = limits
    this.#sql = prepareStatements(database)
    this.#insert = new RowInsert(database, 'INSERT OR REPLACE INTO keyed', COLUMNS)
  }

  /** Looks all of them up at once. What is put in is in the table after {@link KeyWrites.flush}. */
  writes(state: SessionState, keys: readonly string[], now: number): KeyWrites {
    const found = new Map<string, KeyRow>()
    const [only] = keys
    const rows = keys.length > 1 ? this.#sql.several.all(state.sid, JSON.stringify(keys)) : []
    if (keys.length === 1 && only !== undefined) rows.push(...this.#sql.one.all(state.sid, only))
    for (const row of rows) found.set(textIn(row, 'key'), keyRow(row))
    return new KeyWrites(found, {
      maxKeys: this.#limits.maxKeys,
      oldest: now - this.#limits.keyAgeMs,
      now,
      last: (scope) => numberIn(this.#sql.last.get(state.sid, scope), 'k'),
      write: (rows, lasts) => this.#write(state, now, rows, lasts),
    })
  }

  #write(
    state: SessionState,
    now: number,
    added: ReadonlyMap<string, KeyRow>,
    lasts: ReadonlyMap<string, number>,
  ): void {
    const { maxKeys, maxSessionKeys, keyAgeMs } = this.#limits
    const values: SqlValue[] = []
    const counts = new Map<string, number>()
    for (const [key, { scope, k, at, first, last }] of added) {
      values.push(state.sid, key, scope, k, at, first, last)
      counts.set(scope, (counts.get(scope) ?? 0) + 1)
    }
    this.#insert.run(values)
    for (const [scope, count] of counts) {
      const k = lasts.get(scope) ?? 0
      if (isDue(k, count)) this.#sql.prune.run(state.sid, scope, k - maxKeys)
    }
    state.keyed += added.size
    if (!isDue(state.keyed, added.size)) return
    this.#sql.pruneOld.run(state.sid, now - keyAgeMs)
    const surplus = numberIn(this.#sql.count.get(state.sid), 'count') - maxSessionKeys
    if (surplus > 0) this.#sql.pruneSurplus.run(state.sid, state.sid, surplus)
  }
}

/** What {@link KeyWrites} needs of the table. */
interface KeyTableHost {
  readonly maxKeys: number
  /** What was put in at this time or before is forgotten. */
  readonly oldest: number
  readonly now: number
  /** The newest `k` of a scope. */
  last(scope: string): number
  write(added: ReadonlyMap<string, KeyRow>, lasts: ReadonlyMap<string, number>): void
}

/** The keys of one call: what the table has of them, and what comes to it. */
export class KeyWrites {
  readonly #found: Map<string, KeyRow>
  readonly #host: KeyTableHost
  readonly #added = new Map<string, KeyRow>()
  readonly #lasts = new Map<string, number>()

  constructor(found: Map<string, KeyRow>, host: KeyTableHost) {
    this.#found = found
    this.#host = host
  }

  /** Where the events of a key are, as long as it is remembered. */
  find(key: string): Range | undefined {
    const row = this.#added.get(key) ?? this.#found.get(key)
    if (row === undefined) return undefined
    const { maxKeys, oldest } = this.#host
    if (row.k <= this.#last(row.scope) - maxKeys || row.at <= oldest) return undefined
    return { first: row.first, last: row.last }
  }

  put(key: string, scope: string, { first, last }: Range): void {
    const k = this.#last(scope) + 1
    this.#lasts.set(scope, k)
    this.#added.set(key, { scope, k, at: this.#host.now, first, last })
  }

  flush(): void {
    if (this.#added.size > 0) this.#host.write(this.#added, this.#lasts)
  }

  #last(scope: string): number {
    const known = this.#lasts.get(scope)
    if (known !== undefined) return known
    const last = this.#host.last(scope)
    this.#lasts.set(scope, last)
    return last
  }
}

/** Whether a multiple was passed with the last `count` of `total`. */
function isDue(total: number, count: number): boolean {
  return Math.floor(total / PRUNE_KEYS_EVERY) > Math.floor((total - count) / PRUNE_KEYS_EVERY)
}

function keyRow(row: unknown): KeyRow {
  const range = { first: numberIn(row, 'first'), last: numberIn(row, 'last') }
  return { ...range, scope: textIn(row, 'scope'), k: numberIn(row, 'k'), at: numberIn(row, 'at') }
}

const COLUMNS = ['sid', 'key', 'scope', 'k', 'at', 'first', 'last'] as const

function prepareStatements(database: Database) {
  const prepare = (sql: string): Statement => database.prepare(sql)
  const columns = `k, at, first, last, ${asBytes('key', 'scope')}`
  return {
    one: prepare(`SELECT ${columns} FROM keyed WHERE sid = ? AND key = ?`),
    several: prepare(`SELECT ${columns} FROM keyed WHERE sid = ? AND key IN (SELECT value FROM json_each(?))`),
    last: prepare('SELECT coalesce(max(k), 0) AS k FROM keyed WHERE sid = ? AND scope = ?'),
    prune: prepare('DELETE FROM keyed WHERE sid = ? AND scope = ? AND k <= ?'),
    pruneOld: prepare('DELETE FROM keyed WHERE sid = ? AND at <= ?'),
    count: prepare('SELECT count(*) AS count FROM keyed WHERE sid = ?'),
    pruneSurplus: prepare(
      'DELETE FROM keyed WHERE sid = ? AND key IN (SELECT key FROM keyed WHERE sid = ? ORDER BY at LIMIT ?)',
    ),
  }
}
