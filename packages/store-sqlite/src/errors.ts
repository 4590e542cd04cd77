import { type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** Every error of this store beside those of the session log: code, what it means, what the caller can do. */
export const SQLITE_ERRORS = {
  'sqlite/locked':
    'Another process, or another log of this one, has the file open. One process owns a file; stop the other.',
  'sqlite/not_a_log': 'The file is damaged or was not written by this store. Name another path, or restore a backup.',
  'sqlite/newer_version': 'The file was written by a newer version of this store. Update the package.',
  'sqlite/open_failed': 'The file cannot be opened or created. Check the folder and its permissions.',
  'sqlite/worker_failed':
    'The thread that writes ended unexpectedly. What was in flight may be stored; open the log again.',
} as const

export type SqliteErrorCode = keyof typeof SQLITE_ERRORS

/** An error of this store. */
export class SqliteLogError extends HoldfastError {
  override readonly name = 'SqliteLogError'

  constructor(code: SqliteErrorCode, message: string, details?: ErrorDetails, cause?: unknown) {
    super(code, message, { details, cause })
  }
}
