import { resolve } from 'node:path'
import { HoldfastError } from '@holdfast/contract'
import { startThread } from '@holdfast/log/internals'
import { SqliteLogError } from './errors.ts'
import type { CheckSettings, FromChecker, StoreReport } from './operations.ts'

/** Options of {@link checkStore}. */
export interface CheckStoreOptions {
  /** Called after every session: how many of how many are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Reads everything in a file of {@link sqliteLog}, of this version or the one before, and says what cannot be read. What
 * is in its `-wal` is taken into the file, as by every start; nothing else is changed.
 * @throws SqliteLogError `sqlite/locked` while a process uses it (check a backup then), `sqlite/open_failed`,
 * `sqlite/not_a_log`, `sqlite/no_driver`
 */
export function checkStore(path: string, options: CheckStoreOptions = {}): Promise<StoreReport> {
  const workerData = { check: resolve(path), base: import.meta.url } satisfies CheckSettings
  const worker = startThread('./worker', import.meta.url, { workerData })
  return new Promise((settle, reject) => {
    let report: StoreReport | undefined
    let failure: unknown
    worker.on('message', (message: FromChecker) => {
      if (message.type === 'progress') options.onProgress?.(message.done, message.total)
      if (message.type === 'report') report = message.report
      if (message.type !== 'unopened') return
      failure = new HoldfastError(message.error.code, message.error.message, { details: message.error.details })
    })
    worker.on('error', (error) => {
      failure ??= error
    })
    worker.on('exit', () => {
      if (report !== undefined) return settle(report)
      reject(failure ?? new SqliteLogError('sqlite/worker_failed', 'expected a report, the thread ended without one'))
    })
  })
}
