import type { Clock, Random } from '@holdfast/contract'
import type { LogLimits } from '@holdfast/log'
import type { StoreWarning } from './operations.ts'

/** Options of `sqliteLog()`. */
export interface SqliteLogOptions {
  /**
   * The file, readable by its owner alone. Its folder is created where it is missing, for its owner alone; `-wal` is
   * written beside it. A local file system is needed.
   */
  readonly path: string
  /** For leases, keys and dates. @defaultValue the system's time */
  readonly clock?: Clock | undefined
  /** For epochs. @defaultValue the system's randomness */
  readonly random?: Random | undefined
  /** Replaces single bounds. @defaultValue `LOG_LIMITS` */
  readonly limits?: Partial<LogLimits> | undefined
  /** Above it appends are `unavailable` until something is removed. @defaultValue {@link SQLITE_DEFAULTS} */
  readonly maxFileBytes?: number | undefined
  /**
   * How often an idle store looks whether its folder is there, the disk has room, and what failed works again. In
   * milliseconds. @defaultValue {@link SQLITE_DEFAULTS}
   */
  readonly lookEveryMs?: number | undefined
  /**
   * What the operator of the store should know: each failing operation with its cause, once a minute while it fails, and
   * what was found at the start. @defaultValue nothing is reported
   */
  readonly onWarning?: ((warning: SqliteWarning) => void) | undefined
}

/** What {@link SqliteLogOptions.onWarning} gets. */
export type SqliteWarning = StoreWarning

/** Defaults of {@link SqliteLogOptions}: 64 GiB of file; 5 s. */
export const SQLITE_DEFAULTS = { maxFileBytes: 68_719_476_736, lookEveryMs: 5_000 } as const
