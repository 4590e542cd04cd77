import { randomBytes } from 'node:crypto'
import { createReadStream, rmSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { HoldfastError } from '@holdfast/core'
import type { RequestEndpoint, RestCall } from '@holdfast/gate/internals'
import type { GatewayConfig } from '../config.ts'
import type { Store } from '../store.ts'
import { withTimeout } from '../with-timeout.ts'
import { BACKUP_PATH } from './backup-path.ts'
import { type OwnEndpointOptions, ownRequests } from './own-requests.ts'

const MOMENT_MS = 500

/** Answers {@link BACKUP_PATH} with a whole copy of the store, made while it is in use. One at a time. */
export function backupRequests(
  store: Store,
  config: Pick<GatewayConfig, 'data'>,
  options: OwnEndpointOptions,
): RequestEndpoint {
  const { logger } = options
  let copying: Promise<void> | undefined
  const run = async ({ response }: RestCall): Promise<undefined> => {
    if (store.backup === undefined) {
      throw new HoldfastError('store/no_backup', 'This store is not in a file of this gateway; back it up where it is.')
    }
    // Who has read a copy to its end may ask for the next before this side has tidied up.
    if (copying !== undefined) await withTimeout(copying, MOMENT_MS)
    if (copying !== undefined) throw new HoldfastError('store/busy', 'A copy is being made already.')
    const made = copied(store.backup, config.data).then((path) => sendCopy(response, path))
    copying = made.catch(() => {})
    try {
      await made
      logger.info('a copy of the store was made')
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      logger.warn('a copy of the store was not made', { error: why })
      throw new HoldfastError('store/backup_failed', `The copy failed: ${why}.`, { cause })
    } finally {
      copying = undefined
    }
  }
  const errors = { 'store/no_backup': 501, 'store/busy': 409, 'store/backup_failed': 500 }
  const routes = [{ method: 'POST' as const, path: '', scopes: ['admin' as const], run }]
  return ownRequests({ path: BACKUP_PATH, area: 'store', errors, routes, maxBodyBytes: 0 }, options)
}

/** Beside the data, or, where there is no room or no folder any more, in the system's temporary folder. */
async function copied(backup: NonNullable<Store['backup']>, data: string): Promise<string> {
  const name = `backup-${randomBytes(6).toString('hex')}.db`
  try {
    const path = join(data, name)
    await backup(path)
    return path
  } catch {
    const path = join(tmpdir(), `holdfast-${name}`)
    await backup(path)
    return path
  }
}

async function sendCopy(response: ServerResponse, path: string): Promise<void> {
  try {
    response.writeHead(200, {
      'cache-control': 'no-store',
      'content-type': 'application/vnd.sqlite3',
      'content-length': statSync(path).size,
    })
    await pipeline(createReadStream(path), response)
  } finally {
    rmSync(path, { force: true })
  }
}
