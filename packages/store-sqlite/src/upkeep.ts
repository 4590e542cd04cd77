import { existsSync, renameSync, statSync } from 'node:fs'
import { numberIn } from './column.ts'
import type { Database } from './database.ts'

/** As much as an ordinary append needs, with what SQLite writes beside it. */
const PROBE_BYTES = 16 * 1024
/** For other readers of the file: `in_use` is 1 from the start to the regular end. */
const TABLE = 'CREATE TABLE IF NOT EXISTS upkeep (name TEXT PRIMARY KEY, value) WITHOUT ROWID'
const SET_IN_USE = "INSERT OR REPLACE INTO upkeep (name, value) VALUES ('in_use', ?)"

/**
 * Looks at the files before SQLite does: it takes an empty file for a new one, and removes the `-wal` beside it.
 * @returns what the operator should know
 */
export function rescueWal(path: string, stamp: number): string | undefined {
  const wal = `${path}-wal`
  const size = sizeOf(wal)
  if (size === 0 || sizeOf(path) > 0) return undefined
  const kept = `${wal}.${stamp}`
  renameSync(wal, kept)
  return (
    `${path} is missing or empty, but the -wal file beside it has ${size} bytes: the history starts anew, and that file ` +
    `is kept as ${kept}. Restore a backup to have the history again.`
  )
}

/**
 * Notes in the file itself that it is in use.
 * @param isHollow the file was there and has nothing in it
 * @returns what the operator should know where the `-wal` of a file that was in use is not there
 */
export function begin(database: Database, path: string, hadWal: boolean, isHollow: boolean): string | undefined {
  const wasInUse = isHollow || isInUse(database)
  try {
    mark(database, 1)
    // Into the file itself, where a copy without its `-wal` shows it.
    database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  } catch {
    // A full disk is reported by the health check, and is no reason not to serve what is there.
  }
  if (!wasInUse || hadWal) return undefined
  return (
    `${path} was in use when it was copied or lost its -wal file: what was written last is missing. ` +
    'Copy both files of a gateway that is stopped, or use: holdfast backup.'
  )
}

/** Notes that all of it is in this one file. */
export function end(database: Database): void {
  mark(database, 0)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

/** Whether the file has a `-wal` with something in it. */
export function hasWal(path: string): boolean {
  return existsSync(`${path}-wal`) && sizeOf(`${path}-wal`) > 0
}

/** Writes as much as an append does, and takes it away again. Throws what the driver throws. */
export function probe(database: Database): void {
  database.exec(TABLE)
  database.exec(`INSERT OR REPLACE INTO upkeep (name, value) VALUES ('probe', zeroblob(${PROBE_BYTES}))`)
  database.exec("DELETE FROM upkeep WHERE name = 'probe'")
}

function mark(database: Database, value: 0 | 1): void {
  database.exec(TABLE)
  database.prepare(SET_IN_USE).run(value)
}

/** False where it cannot be known: a damaged page here is no reason to serve nothing. */
function isInUse(database: Database): boolean {
  try {
    const table = database.prepare("SELECT count(*) AS count FROM sqlite_master WHERE name = 'upkeep'").get()
    if (numberIn(table, 'count') === 0) return false
    const row = database.prepare("SELECT value FROM upkeep WHERE name = 'in_use'").get()
    return row !== undefined && numberIn(row, 'value') === 1
  } catch {
    return false
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
