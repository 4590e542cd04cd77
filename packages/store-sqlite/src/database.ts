import { createRequire } from 'node:module'

export type SqlValue = number | string | null
export type Row = Readonly<Record<string, unknown>>

export interface Statement {
  run(...values: SqlValue[]): unknown
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
}

/** What both drivers have in common. */
export interface Database {
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): unknown
}

type DatabaseClass = new (path: string) => Database

/** A database and the name of its driver. */
export interface OpenDatabase {
  readonly driver: 'node:sqlite' | 'libsql'
  readonly database: Database
}

/**
 * Opens a file with the runtime's own SQLite where there is one, else with libsql (prebuilt).
 * @param base where `libsql` is resolved from; a worker that was bundled has no place of its own
 */
export function openDatabase(path: string, base: string): OpenDatabase {
  const require = createRequire(base)
  const own = runtimeSqlite()
  if (own !== undefined) return { driver: 'node:sqlite', database: new own(path) }
  const Libsql: DatabaseClass = require('libsql')
  return { driver: 'libsql', database: new Libsql(path) }
}

/** `process.getBuiltinModule` does not throw and does not warn where the module is missing. */
function runtimeSqlite(): DatabaseClass | undefined {
  const module: unknown = process.getBuiltinModule?.('node:sqlite')
  const found =
    typeof module === 'object' && module !== null && 'DatabaseSync' in module ? module.DatabaseSync : undefined
  return isDatabaseClass(found) ? found : undefined
}

function isDatabaseClass(value: unknown): value is DatabaseClass {
  return typeof value === 'function'
}
