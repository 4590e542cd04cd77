import { randomBytes } from 'node:crypto'
import { createReadStream, rmSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { HoldfastError, type Logger, systemClock } from '@holdfast/core'
import {
  type Authenticate,
  Entrance,
  hasScope,
  type RequestEndpoint,
  requestUrl,
  serverStatusOf,
  type TrustedProxies,
} from '@holdfast/gate/internals'
import type { GatewayConfig } from './config.ts'
import { COMMON_HEADERS, sendError } from './responses.ts'
import type { Store } from './store.ts'

/** Where a copy of the store is asked for, by `POST` and with the scope `admin`. */
export const BACKUP_PATH = '/api/store/backup'

interface Doors {
  readonly authenticate: Authenticate
  readonly origins: readonly string[]
  readonly proxies: TrustedProxies
  readonly logger: Logger
}

/** Answers {@link BACKUP_PATH} with a whole copy of the store, made while it is in use. One at a time. */
export function backupRequests(store: Store, config: Pick<GatewayConfig, 'data'>, doors: Doors): RequestEndpoint {
  const entrance = new Entrance({ ...doors, clock: systemClock })
  let isBusy = false
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!(await isAllowed(request, response, entrance))) return
    if (store.backup === undefined) {
      const message = 'This store is not in a file of this gateway; back it up where it is.'
      return sendError(response, 501, 'store/no_backup', message)
    }
    if (isBusy) return sendError(response, 409, 'store/busy', 'A copy is being made already.')
    isBusy = true
    try {
      await sendCopy(response, await copied(store.backup, config.data))
      doors.logger.info('a copy of the store was made')
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      doors.logger.warn('a copy of the store was not made', { error: why })
      if (!response.headersSent) sendError(response, 500, 'store/backup_failed', `The copy failed: ${why}.`)
      else response.destroy()
    } finally {
      isBusy = false
    }
  }
  return {
    handles: (request) => requestUrl(request)?.pathname === BACKUP_PATH,
    handle: (request, response) => void handle(request, response),
  }
}

/** Answers whoever may not, and says so. */
async function isAllowed(request: IncomingMessage, response: ServerResponse, entrance: Entrance): Promise<boolean> {
  const refuse = (status: number, code: string, message: string): false => {
    sendError(response, status, code, message, status === 429 ? { 'retry-after': '1' } : {})
    return false
  }
  if (request.method !== 'POST') return refuse(405, 'method_not_allowed', 'A copy is asked for by POST.')
  try {
    entrance.demandOrigin(request)
    const principal = await entrance.identify(request)
    if (principal === undefined) return refuse(401, 'unauthorized', 'Credentials are missing or wrong.')
    return hasScope(principal, 'admin') || refuse(403, 'forbidden', 'This needs the scope admin.')
  } catch (error) {
    const code = error instanceof HoldfastError ? error.code : 'server/internal'
    const message = error instanceof HoldfastError ? error.message : 'Credentials could not be checked.'
    return refuse(serverStatusOf(code), code.replace(/^server\//, ''), message)
  }
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
      ...COMMON_HEADERS,
      'cache-control': 'no-store',
      'content-type': 'application/vnd.sqlite3',
      'content-length': statSync(path).size,
    })
    await pipeline(createReadStream(path), response)
  } finally {
    rmSync(path, { force: true })
  }
}
