import { type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** Every error of this store beside those of the session log: code, what it means, what the caller can do. */
export const SQLITE_ERRORS = {
  'sqlite/locked': 'Another process, or another log in this process, has the file open. Only one may: stop the other.',
  'sqlite/not_a_log': 'The file is damaged or was not written by this store. Use another path, or restore a backup.',
  'sqlite/newer_version': 'The file was written by a newer version of this store. Update the package.',
  'sqlite/open_failed': 'The file cannot be opened or created. Check the folder and its permissions.',
  'sqlite/no_driver':
    'This runtime has no node:sqlite, and the package that replaces it does not load. Update Node to 22.13 or newer.',
  'sqlite/backup_failed': 'The copy could not be written. Check the free space and the permissions of its folder.',
  'sqlite/worker_failed':
    'The thread that writes ended unexpectedly. Appends without an answer may be stored; open the log again.',
} as const

export type SqliteErrorCode = keyof typeof SQLITE_ERRORS

/** An error of this store. */
export class SqliteLogError extends HoldfastError {
  override readonly name = 'SqliteLogError'

  constructor(code: SqliteErrorCode, message: string, details?: ErrorDetails, cause?: unknown) {
    super(code, message, { details, cause })
  }
}
