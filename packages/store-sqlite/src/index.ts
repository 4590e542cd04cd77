export type { SqliteErrorCode } from './errors.ts'
export { SQLITE_ERRORS, SqliteLogError } from './errors.ts'
export type { SqliteLog, SqliteLogOptions, SqliteWarning } from './sqlite-log.ts'
export { SQLITE_DEFAULTS, sqliteLog } from './sqlite-log.ts'
