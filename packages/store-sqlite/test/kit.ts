import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NewEvent } from '@holdfast/log'
import { afterAll, afterEach } from 'vitest'
import { type Database, openDatabase } from '../src/database.ts'
import { type SqliteLog, type SqliteLogOptions, type SqliteWarning, sqliteLog } from '../src/index.ts'

export const POLL = { timeout: 10_000, interval: 20 }
export const producer = { id: 'p', fence: 0 }

/** A folder and the logs in it, which end with each test. */
export function kit() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'))
  const logs: SqliteLog[] = []
  let files = 0
  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.close()))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    newPath: () => join(folder, `${++files}`, 'sessions.db'),
    open(path: string, options: Partial<SqliteLogOptions> = {}) {
      const warnings: SqliteWarning[] = []
      const log = sqliteLog({ path, lookEveryMs: 50, onWarning: (warning) => warnings.push(warning), ...options })
      logs.push(log)
      return { log, warnings }
    },
  }
}

let ids = 0
export function event(payload: unknown = null): NewEvent {
  return { id: `e${++ids}`, kind: 'k', at: 0, payload }
}

/** Changes a file that is closed. */
export function edit(path: string, change: (database: Database) => void): void {
  const { database } = openDatabase(path, import.meta.url)
  change(database)
  database.close()
}
