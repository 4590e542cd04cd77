import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from './database.ts'
import { SqliteLogError } from './errors.ts'

/** What version 2 added to the tables of version 1. None of it touches a row, so it is quick however large the file is. */
export const SECOND_VERSION = `
  ALTER TABLE event ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE keyed ADD COLUMN scope TEXT NOT NULL DEFAULT '';
  CREATE INDEX keyed_scope ON keyed (sid, scope, k);
  CREATE TABLE sender (
    sid INTEGER NOT NULL, id TEXT NOT NULL, highest INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    floor INTEGER NOT NULL, seen REAL NOT NULL, attached INTEGER NOT NULL, runs TEXT NOT NULL,
    PRIMARY KEY (sid, id)) WITHOUT ROWID;
`

/**
 * Copies a file of version 1 before it is changed, as one whole file beside it. Not inside of a transaction.
 * @throws SqliteLogError `sqlite/open_failed`; then nothing was changed
 */
export function copyBefore(database: Database, path: string): void {
  const copy = copyOf(path)
  const unfinished = `${copy}.tmp`
  try {
    rmSync(unfinished, { force: true })
    // For its owner alone, whatever the umask: an empty file is one that SQLite takes.
    closeSync(openSync(unfinished, 'wx', 0o600))
    // Not a copy of the file: closing a second descriptor of it would end the lock of this process.
    database.exec(`VACUUM INTO '${unfinished.replaceAll("'", "''")}'`)
    // For its owner alone, as the file is.
    chmodSync(unfinished, 0o600)
    toDisk(unfinished)
    renameSync(unfinished, copy)
    toDisk(dirname(copy))
  } catch (cause) {
    rmSync(unfinished, { force: true })
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `expected to copy ${path} to ${copy} before it is brought to this version: ${why}; make room for it`
    throw new SqliteLogError('sqlite/open_failed', message, { path }, cause)
  }
}

/** The new version has run and stopped in order: the copy of the old one has done its part. */
export function dropCopy(path: string): void {
  try {
    rmSync(copyOf(path), { force: true })
  } catch {
    // It occupies space and harms nothing; the next stop tries again.
  }
}

function copyOf(path: string): string {
  return `${path}.v1`
}

function toDisk(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
