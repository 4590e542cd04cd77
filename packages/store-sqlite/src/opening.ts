import { HoldfastError } from '@holdfast/contract'
import { SqliteLogError } from './errors.ts'

/** "HFlg", so that a file says whose it is. */
export const WHOSE = 0x48466c67

/** What the driver's error means when a file is opened. */
export function openingError(error: unknown, path: string): HoldfastError {
  if (error instanceof HoldfastError) return error
  const reason = error instanceof Error ? error.message : String(error)
  if (/locked|busy/i.test(reason)) {
    const message = `expected to own ${path}, but it is open elsewhere; stop the other process, or name another path`
    return new SqliteLogError('sqlite/locked', message, { path })
  }
  if (/not a database|malformed|corrupt|no such (table|column)/i.test(reason)) {
    return new SqliteLogError('sqlite/not_a_log', `expected a session log at ${path}, got: ${reason}`, { path })
  }
  return new SqliteLogError('sqlite/open_failed', `expected to open ${path}, got: ${reason}`, { path })
}
