import { rmSync } from 'node:fs'
import { type OpenDatabase, openDatabase } from './database.ts'

/** Pages of one step: a millisecond or so, then what waits is written. */
const STEP_PAGES = 512

/**
 * Copies what is committed into a new file, while more is written: one file, whole, that another store opens.
 * Throws what the driver throws; then there is no file.
 */
export async function copyTo({ database, backup }: OpenDatabase, path: string, base: string): Promise<void> {
  try {
    if (backup === undefined) database.prepare('VACUUM INTO ?').run(path)
    else await backup(database, path, { rate: STEP_PAGES })
    finish(path, base)
  } catch (error) {
    for (const suffix of ['', '-wal', '-journal']) rmSync(path + suffix, { force: true })
    throw error
  }
}

/** No process has it open, and no `-wal` belongs to it. */
function finish(path: string, base: string): void {
  const { database } = openDatabase(path, base)
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('PRAGMA journal_mode = DELETE')
    database.exec("UPDATE upkeep SET value = 0 WHERE name = 'in_use'")
  } finally {
    database.close()
  }
}
