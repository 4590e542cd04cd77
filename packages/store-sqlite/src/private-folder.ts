import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { SqliteLogError } from './errors.ts'

/** Makes the folder of a file where it is missing, for its owner alone. @throws SqliteLogError `sqlite/open_failed` */
export function createFolder(path: string): void {
  try {
    createFolders(dirname(path))
  } catch (cause) {
    throw new SqliteLogError('sqlite/open_failed', `expected to create the folder of ${path}`, { path }, cause)
  }
}

/** One after the other: Node's recursive `mkdirSync` never returns where a folder refuses new ones with ENOENT (`/proc`). */
function createFolders(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(folder) !== folder) createFolders(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    // Another process was faster.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw cause
  }
}
