import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { HoldfastError, type Logger } from '@holdfast/core'
import { MEMORY_LOG_BYTES, memoryLog, type SessionLog } from '@holdfast/log'
import type { Directory } from '@holdfast/log/directory'
import { sqliteLog } from '@holdfast/store-sqlite'
import type { GatewayConfig, NatsConfig } from './config.ts'
import { GatewayError } from './errors.ts'

/** Where sessions are kept. */
export interface Store {
  readonly log: SessionLog
  /** Copies it into a new file while it is in use; absent where another program makes copies. */
  readonly backup?: ((path: string) => Promise<void>) | undefined
  /** Joins the gateways that share the store; absent where that is impossible. */
  readonly join?: ((node: string) => Promise<Directory>) | undefined
}

/** A folder of an earlier version, or one made by hand: tokens and conversations are in it. */
function tightenFolder(folder: string, logger: Logger): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined || (found.mode & 0o077) === 0 || process.platform === 'win32') return
  try {
    chmodSync(folder, 0o700)
    logger.warn(`Other users could look into ${folder}: only the owner can, from now on.`)
  } catch {
    logger.warn(`Other users can look into ${folder}, and this one may not change that. Make it: chmod 0700.`)
  }
}

/** What an operator reads; other failures have sentences of their own. */
const SENTENCES: Readonly<Record<string, string>> = {
  'sqlite/locked': 'another gateway uses this folder',
  'sqlite/not_a_log': 'sessions.db in it is damaged or belongs to another program',
  'sqlite/newer_version': 'sessions.db in it was written by a newer version',
  'sqlite/open_failed': 'it cannot be created or written',
  'sqlite/no_driver':
    'this version of Node has no SQLite, and the one that comes with Holdfast does not load on it; use Node 22.13 or newer',
}

/** Failures that pass: the configuration is right as far as can be seen. */
const PASSING: ReadonlySet<string> = new Set([
  'nats/unreachable',
  'nats/no_room',
  'nats/too_few_servers',
  'nats/open_failed',
])

/**
 * Opens the store that the configuration names.
 * @throws GatewayError `gateway/data_taken`, `gateway/store_failed`, `gateway/store_unavailable`
 */
export async function openStore(
  config: Pick<GatewayConfig, 'store' | 'data' | 'nats'>,
  logger: Logger,
): Promise<Store> {
  if (config.store === 'memory') return { log: memoryLog({ maxBytes: memoryBytes() }) }
  if (config.nats !== undefined) return openNats(config.nats, logger)
  try {
    tightenFolder(config.data, logger)
    const onWarning = ({ message }: { readonly message: string }): void => logger.warn(message)
    const log = sqliteLog({ path: join(config.data, 'sessions.db'), onWarning })
    await openedOrClosed(log)
    return { log, backup: (path) => log.backup(path) }
  } catch (cause) {
    const code = cause instanceof HoldfastError ? cause.code : ''
    const why = SENTENCES[code] ?? (cause instanceof Error ? cause.message : 'it cannot be opened')
    const reason = code === 'sqlite/locked' ? 'gateway/data_taken' : 'gateway/store_failed'
    throw new GatewayError(reason, `--data ${config.data}: ${why}.`, { cause, setting: 'data' })
  }
}

async function openNats({ servers, system, shards }: NatsConfig, logger: Logger): Promise<Store> {
  try {
    // Not statically: who does not use it starts sooner.
    const { natsLog } = await import('@holdfast/store-nats')
    const log = natsLog({
      servers,
      shards,
      systemCredentials: system === undefined ? undefined : credentialsOf(system),
      onWarning: ({ message }) => logger.warn(message),
    })
    await openedOrClosed(log)
    return { log, join: (node) => log.join(node) }
  } catch (cause) {
    const code = cause instanceof HoldfastError ? cause.code : ''
    const why = cause instanceof Error ? cause.message : 'it cannot be opened'
    const reason = PASSING.has(code) ? 'gateway/store_unavailable' : 'gateway/store_failed'
    throw new GatewayError(reason, `--store: ${why}.`, { cause, setting: 'store' })
  }
}

async function openedOrClosed(log: SessionLog & { readonly opened: Promise<void> }): Promise<void> {
  try {
    await log.opened
  } catch (error) {
    await log.close()
    throw error
  }
}

function credentialsOf(text: string): { readonly user: string; readonly pass: string } {
  const colon = text.indexOf(':')
  return colon === -1 ? { user: text, pass: '' } : { user: text.slice(0, colon), pass: text.slice(colon + 1) }
}

/** What a store in memory may hold: events occupy a few times the bytes that they are counted with. */
function memoryBytes(): number {
  return Math.min(MEMORY_LOG_BYTES, getHeapStatistics().heap_size_limit / 8)
}
