import { createRequire } from 'node:module'
import { SqliteLogError } from './errors.ts'

export type SqlValue = number | string | Uint8Array | null
export type Row = Readonly<Record<string, unknown>>

export interface Statement {
  run(...values: SqlValue[]): unknown
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
}

/** What is used of `node:sqlite`, and of the package that brings the same to older versions of Node. */
export interface Database {
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): unknown
}

/** Copies a database in steps, between which it can be written. */
export type Backup = (database: Database, path: string, options: { readonly rate: number }) => Promise<unknown>

/** Which SQLite it is. */
export type DriverName = 'node:sqlite' | '@photostructure/sqlite'

interface Driver {
  readonly name: DriverName
  readonly open: new (path: string) => Database
  readonly backup: Backup | undefined
}

/** A database and its driver. */
export interface OpenDatabase {
  readonly driver: DriverName
  readonly database: Database
  /** Absent where the driver has none. */
  readonly backup: Backup | undefined
}

/** The same code and API as `node:sqlite`, prebuilt, for Node before 22.13. */
const PACKAGE = '@photostructure/sqlite'

/**
 * Opens a file with the runtime's own SQLite where there is one, else with a prebuilt package of the same API.
 * @param base where the package is resolved from; a worker that was bundled has no place of its own
 * @throws SqliteLogError `sqlite/no_driver`
 */
export function openDatabase(path: string, base: string): OpenDatabase {
  const driver = runtimeDriver() ?? packageDriver(base)
  return { driver: driver.name, database: new driver.open(path), backup: driver.backup }
}

/** `process.getBuiltinModule` does not throw and does not warn where the module is missing. */
function runtimeDriver(): Driver | undefined {
  return driverIn('node:sqlite', process.getBuiltinModule?.('node:sqlite'))
}

function packageDriver(base: string): Driver {
  try {
    const found = driverIn(PACKAGE, createRequire(base)(PACKAGE))
    if (found !== undefined) return found
  } catch (cause) {
    const message = `expected ${PACKAGE} to load, as this runtime has no node:sqlite; update Node to 22.13 or newer`
    throw new SqliteLogError('sqlite/no_driver', message, undefined, cause)
  }
  throw new SqliteLogError('sqlite/no_driver', `expected a database class in ${PACKAGE}, found none`)
}

function driverIn(name: DriverName, module: unknown): Driver | undefined {
  if (typeof module !== 'object' || module === null || !('DatabaseSync' in module)) return undefined
  const { DatabaseSync: open } = module
  const backup = 'backup' in module ? module.backup : undefined
  return isDatabaseClass(open) ? { name, open, backup: isBackup(backup) ? backup : undefined } : undefined
}

function isDatabaseClass(value: unknown): value is Driver['open'] {
  return typeof value === 'function'
}

function isBackup(value: unknown): value is Backup {
  return typeof value === 'function'
}
