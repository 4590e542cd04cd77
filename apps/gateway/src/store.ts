import { join } from 'node:path'
import { HoldfastError } from '@holdfast/core'
import { memoryLog, type SessionLog } from '@holdfast/server/log'
import { sqliteLog } from '@holdfast/store-sqlite'
import type { GatewayConfig } from './config.ts'
import { GatewayError } from './errors.ts'

/** What an operator is told; other failures have sentences of their own. */
const SENTENCES: Readonly<Record<string, string>> = {
  'sqlite/locked': 'another gateway uses this folder',
  'sqlite/not_a_log': 'sessions.db in it is damaged or belongs to another program',
  'sqlite/newer_version': 'sessions.db in it was written by a newer version',
  'sqlite/open_failed': 'it cannot be created or written',
}

/** Opens the store that the configuration names. @throws GatewayError `gateway/store_failed` */
export async function openStore(config: Pick<GatewayConfig, 'store' | 'data'>): Promise<SessionLog> {
  if (config.store === 'memory') return memoryLog()
  try {
    const log = sqliteLog({ path: join(config.data, 'sessions.db') })
    await log.opened.catch(async (error: unknown) => {
      await log.close()
      throw error
    })
    return log
  } catch (cause) {
    const code = cause instanceof HoldfastError ? cause.code : ''
    const why = SENTENCES[code] ?? (cause instanceof Error ? cause.message : 'it cannot be opened')
    throw new GatewayError('gateway/store_failed', `--data ${config.data}: ${why}.`, { cause, setting: 'data' })
  }
}
