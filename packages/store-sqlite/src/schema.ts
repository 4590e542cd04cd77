import { numberIn } from './column.ts'
import type { Database } from './database.ts'
import { SqliteLogError } from './errors.ts'
import { WHOSE } from './opening.ts'
import { copyBefore, SECOND_VERSION } from './upgrade.ts'

const VERSION = 2

/**
 * Version 1. `event` only ever grows at its end (g), which keeps a commit to few pages however many sessions write. Every event
 * carries the running totals, so that an append is one row and no session row changes with it.
 */
const TABLES = `
  CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), stamp INTEGER NOT NULL);
  INSERT INTO counter VALUES (1, 0);
  CREATE TABLE session (
    sid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    created REAL NOT NULL, updated REAL NOT NULL, status TEXT NOT NULL, info TEXT NOT NULL,
    first INTEGER NOT NULL, base_total INTEGER NOT NULL, base_anchor TEXT NOT NULL);
  CREATE TABLE event (
    g INTEGER PRIMARY KEY, sid INTEGER NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
    at REAL NOT NULL, size INTEGER NOT NULL, total INTEGER NOT NULL, fence INTEGER NOT NULL, payload TEXT NOT NULL);
  CREATE UNIQUE INDEX event_n ON event (sid, n);
  CREATE TABLE producer (
    sid INTEGER NOT NULL, fence INTEGER NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (sid, fence, id)) WITHOUT ROWID;
  CREATE TABLE keyed (
    sid INTEGER NOT NULL, key TEXT NOT NULL, k INTEGER NOT NULL, at REAL NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (sid, key)) WITHOUT ROWID;
  CREATE TABLE lease (sid INTEGER PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, until REAL NOT NULL);
  CREATE TABLE snapshot (sid INTEGER PRIMARY KEY, n INTEGER NOT NULL, state TEXT NOT NULL);
  CREATE TABLE sweep (sid INTEGER PRIMARY KEY, below INTEGER);
`

/**
 * Makes the connection durable and exclusive, and the file one of ours. The lock is the kernel's: it ends with the
 * process, however that ends.
 * @returns whether there was nothing in it
 */
export function prepareFile(database: Database, path: string, maxFileBytes: number): boolean {
  // Order matters: without the lock first, a second process would see WAL's shared memory and wait for turns.
  database.exec('PRAGMA locking_mode = EXCLUSIVE')
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA journal_size_limit = 67108864')
  if (pragma(database, 'application_id') === WHOSE && pragma(database, 'user_version') === 1) {
    copyBefore(database, path)
  }
  database.exec('BEGIN EXCLUSIVE')
  const isNew = claimed(database, path)
  database.exec(`PRAGMA max_page_count = ${Math.max(Math.floor(maxFileBytes / pragma(database, 'page_size')), 1)}`)
  return isNew
}

function claimed(database: Database, path: string): boolean {
  try {
    const isNew = claim(database, path)
    database.exec('COMMIT')
    return isNew
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

/** True where the tables had to be made. */
function claim(database: Database, path: string): boolean {
  const owner = pragma(database, 'application_id')
  const version = pragma(database, 'user_version')
  if (owner === WHOSE && version === VERSION) return false
  if (owner === WHOSE && version === 1) {
    database.exec(SECOND_VERSION)
    database.exec(`PRAGMA user_version = ${VERSION}`)
    return false
  }
  if (owner === WHOSE) {
    throw new SqliteLogError('sqlite/newer_version', `expected version ${VERSION} of ${path}, got ${version}`)
  }
  const row = database.prepare('SELECT count(*) AS count FROM sqlite_master').get()
  if (owner !== 0 || numberIn(row, 'count') !== 0) {
    throw new SqliteLogError('sqlite/not_a_log', `expected a session log at ${path}, got another program's database`)
  }
  database.exec(TABLES)
  database.exec(SECOND_VERSION)
  database.exec(`PRAGMA application_id = ${WHOSE}`)
  database.exec(`PRAGMA user_version = ${VERSION}`)
  return true
}

function pragma(database: Database, name: string): number {
  return numberIn(database.prepare(`PRAGMA ${name}`).get(), name)
}
