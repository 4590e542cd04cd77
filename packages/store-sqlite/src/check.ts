import { statSync } from 'node:fs'
import { causeOf } from './causes.ts'
import { asBytes, DamagedRecord, numberIn, parsed, textIn } from './column.ts'
import { type Database, openDatabase } from './database.ts'
import { SqliteLogError } from './errors.ts'
import { openingError, WHOSE } from './opening.ts'
import type { CheckSettings, StoreReport } from './operations.ts'

/** Events that are read before others may do something. */
const PAGE = 500
/** What SQLite finds wrong with the file is reported up to so many lines. */
const MAX_FINDINGS = 100

/** Reads everything in a file. Runs in a thread of its own: some drivers give up a file only when their thread is gone. */
export async function checkFile(
  { check: path, base }: CheckSettings,
  onProgress: (done: number, total: number) => void,
): Promise<StoreReport> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new SqliteLogError('sqlite/open_failed', `expected a file at ${path}, there is none`, { path })
  }
  const database = opened(path, base)
  try {
    const findings = integrity(database)
    const { sessions, events, damaged } = await new Records(database).check(onProgress)
    return { isWhole: findings.length === 0 && damaged.length === 0, sessions, events, damaged, findings }
  } finally {
    database.close()
  }
}

function opened(path: string, base: string): Database {
  let database: Database | undefined
  try {
    database = openDatabase(path, base).database
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('BEGIN EXCLUSIVE')
    database.exec('ROLLBACK')
    const owner = numberIn(database.prepare('PRAGMA application_id').get(), 'application_id')
    if (owner === WHOSE) return database
    throw new SqliteLogError('sqlite/not_a_log', `expected a session log at ${path}, got something else`, { path })
  } catch (error) {
    database?.close()
    throw openingError(error, path)
  }
}

function integrity(database: Database): readonly string[] {
  try {
    const rows = database.prepare(`PRAGMA integrity_check(${MAX_FINDINGS})`).all()
    const said = rows.map((row) => String(Object.values(Object(row))[0]))
    return said.length === 1 && said[0] === 'ok' ? [] : said
  } catch (error) {
    return [causeOf(error).words]
  }
}

class Records {
  readonly #database: Database
  #events = 0

  constructor(database: Database) {
    this.#database = database
  }

  async check(onProgress: (done: number, total: number) => void): Promise<Omit<StoreReport, 'isWhole' | 'findings'>> {
    const damaged: { session: string; reason: string }[] = []
    const sids = this.#sids(damaged)
    for (const [at, sid] of sids.entries()) {
      let session = `number ${sid}`
      try {
        session = this.#session(sid)
        await this.#walk(sid)
      } catch (error) {
        damaged.push({ session, reason: causeOf(error).words })
      }
      onProgress(at + 1, sids.length)
    }
    return { sessions: sids.length, events: this.#events, damaged }
  }

  #sids(damaged: { session: string; reason: string }[]): readonly number[] {
    try {
      return this.#database
        .prepare('SELECT sid FROM session ORDER BY sid')
        .all()
        .map((row) => numberIn(row, 'sid'))
    } catch (error) {
      damaged.push({ session: 'the list of sessions', reason: causeOf(error).words })
      return []
    }
  }

  /** Its name. */
  #session(sid: number): string {
    const row = this.#database
      .prepare(`SELECT ${asBytes('name', 'epoch', 'info', 'base_anchor')} FROM session WHERE sid = ?`)
      .get(sid)
    for (const column of ['epoch', 'base_anchor']) textIn(row, column)
    parsed(textIn(row, 'info'), 'info')
    return textIn(row, 'name')
  }

  async #walk(sid: number): Promise<void> {
    const page = this.#database.prepare(
      `SELECT n, at, size, total, fence, ${asBytes('id', 'kind', 'payload')} FROM event WHERE sid = ? AND n >= ?
       ORDER BY n LIMIT ${PAGE}`,
    )
    let next = numberIn(this.#database.prepare('SELECT first FROM session WHERE sid = ?').get(sid), 'first')
    for (;;) {
      const rows = page.all(sid, next)
      for (const row of rows) this.#event(row, next++)
      if (rows.length < PAGE) break
      await new Promise((resolve) => setImmediate(resolve))
    }
    const snapshot = this.#database.prepare(`SELECT n, ${asBytes('state')} FROM snapshot WHERE sid = ?`).get(sid)
    if (snapshot !== undefined) parsed(textIn(snapshot, 'state'), 'state')
  }

  #event(row: unknown, n: number): void {
    if (numberIn(row, 'n') !== n) throw new DamagedRecord(`event ${n} is missing`)
    for (const column of ['at', 'size', 'total', 'fence']) numberIn(row, column)
    for (const column of ['id', 'kind']) textIn(row, column)
    parsed(textIn(row, 'payload'), 'payload')
    this.#events++
  }
}
