import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Clock, HoldfastError, type Random, randomId, systemClock, systemRandom } from '@holdfast/contract'
import {
  type Append,
  type AppendAnswer,
  type AppendOptions,
  type AppendResult,
  type AttachedSender,
  boundedJson,
  type Change,
  type CreateResult,
  checkCount,
  checkName,
  type Head,
  type Lease,
  type LeaseHeld,
  type ListOptions,
  LOG_LIMITS,
  LogError,
  type LogEvent,
  type LogHealth,
  type LogLimits,
  measureAll,
  type NewEvent,
  type Page,
  type ReadOptions,
  type Retention,
  resultOf,
  type SessionInfo,
  type SessionLog,
  type SessionPage,
  type SessionRecord,
  type Snapshot,
  type TailItem,
  type TailOptions,
  type TailSource,
  tailOf,
  Watchers,
} from '@holdfast/log'
import { SqliteLogError } from './errors.ts'
import type { OperationName, Operations, RowAppend, StoreWarning } from './operations.ts'
import { WorkerLink } from './worker-link.ts'
import { startWorker } from './worker-source.ts'

/** Options of {@link sqliteLog}. */
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
   * What whoever runs the store should know: each failing operation with its cause, once a minute while it fails, and
   * what was found at the start. @defaultValue nothing is told
   */
  readonly onWarning?: ((warning: SqliteWarning) => void) | undefined
}

/** What {@link SqliteLogOptions.onWarning} is told. */
export type SqliteWarning = StoreWarning

/** Defaults of {@link SqliteLogOptions}: 64 GiB of file; 5 s. */
export const SQLITE_DEFAULTS = { maxFileBytes: 68_719_476_736, lookEveryMs: 5_000 } as const

/** A session log in one SQLite file. */
export interface SqliteLog extends SessionLog {
  /**
   * Resolves when the file is open. Rejects with `sqlite/locked`, `sqlite/not_a_log`, `sqlite/newer_version` or
   * `sqlite/open_failed`; then every operation rejects with the same error.
   */
  readonly opened: Promise<void>
  /**
   * Copies what is committed into a new file, while reads and appends go on. The copy is whole: one file that
   * {@link sqliteLog} opens. `path` is absolute or from the working folder, must not exist, and is for its owner alone.
   * @throws SqliteLogError `sqlite/backup_failed`, and then there is no file
   */
  backup(path: string): Promise<void>
}

/**
 * Opens a durable session log. Every acknowledged append is on the disk (WAL, `synchronous=FULL`); a worker thread
 * writes, and commits together what arrived while the commit before was running. One process owns the file.
 * @throws SqliteLogError `sqlite/open_failed` where the folder cannot be created
 */
export function sqliteLog(options: SqliteLogOptions): SqliteLog {
  return new WorkerLog(options)
}

const UNAVAILABLE = { outcome: 'unavailable', retryAfterMs: 1_000 } as const satisfies AppendResult

class WorkerLog implements SqliteLog, TailSource {
  readonly window: TailSource['window']
  readonly #clock: Clock
  readonly #random: Random
  readonly #limits: LogLimits
  readonly #link: WorkerLink
  readonly #watchers = new Watchers()
  #visits = 0
  #closed = false

  constructor(options: SqliteLogOptions) {
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#limits = { ...LOG_LIMITS, ...options.limits }
    this.window = { events: this.#limits.pageEvents, bytes: this.#limits.pageBytes }
    const path = resolve(options.path)
    createFolder(path)
    const maxFileBytes = options.maxFileBytes ?? SQLITE_DEFAULTS.maxFileBytes
    const lookEveryMs = options.lookEveryMs ?? SQLITE_DEFAULTS.lookEveryMs
    const worker = startWorker({ path, limits: this.#limits, maxFileBytes, lookEveryMs, base: import.meta.url })
    const { maxQueuedBytes } = this.#limits
    this.#link = new WorkerLink(worker, {
      maxQueuedBytes,
      clock: this.#clock,
      onWarning: options.onWarning ?? (() => {}),
    })
  }

  get opened(): Promise<void> {
    return this.#link.opened
  }

  async append(session: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    const [answer] = await this.appendAll(session, [{ events, options }])
    return resultOf(answer)
  }

  async appendAll(session: string, appends: readonly Append[]): Promise<readonly AppendAnswer[]> {
    this.#checkOpen()
    checkName('a session id', session, this.#limits)
    const batches = measureAll(appends, this.#limits)
    const rows = appends.flatMap((append, at) => rowsOf(append, batches[at]))
    const results = rows.length === 0 ? [] : await this.#append(session, rows)
    this.#tell(session, appends, batches, results)
    let asked = 0
    return batches.map((batch) => ('outcome' in batch ? batch : (results[asked++] ?? UNAVAILABLE)))
  }

  async read(session: string, options: ReadOptions): Promise<Page> {
    checkCount('after', options.after)
    const { pageEvents, pageBytes } = this.#limits
    const limit = Math.min(options.limit ?? pageEvents, pageEvents)
    checkCount('limit', limit, 1)
    const { after, anchor, epoch } = options
    const maxBytes = Math.min(options.maxBytes ?? pageBytes, pageBytes)
    const { rows, gap, ...extent } = await this.#ask('read', { session, after, anchor, epoch, limit, maxBytes })
    const events = rows.map(([n, id, kind, at, text]) => {
      return { n, id, kind, at, payload: this.#parsed(session, `the payload of event ${n}`, text) }
    })
    return gap === undefined ? { events, ...extent } : { events, ...extent, gap }
  }

  tail(session: string, options: TailOptions): AsyncIterable<TailItem> {
    this.#checkOpen()
    checkCount('after', options.after)
    return tailOf(this, session, options)
  }

  watch(session: string, listener: (change: Change) => void): () => void {
    this.#checkOpen()
    return this.#watchers.watch(session, listener)
  }

  head(session: string): Promise<Head> {
    return this.#ask('head', { session })
  }

  async lease(session: string, holder: string, ttlMs: number): Promise<Lease | LeaseHeld> {
    checkName('a holder', holder, this.#limits)
    checkCount('ttlMs', ttlMs, 1)
    const answer = await this.#ask('lease', { session, holder, ttlMs, now: this.#clock.epoch() })
    if (answer.outcome === 'held') return answer
    const { fence } = answer
    return {
      ...answer,
      renew: () => this.#ask('renew', { session, fence, ttlMs, now: this.#clock.epoch() }),
      release: async () => {
        await this.#ask('release', { session, fence })
      },
    }
  }

  async attachSender(session: string, id: string, begins = true): Promise<AttachedSender> {
    checkName('a sender id', id, this.#limits)
    const visit = ++this.#visits
    let isHere = true
    const release = (): void => {
      if (!isHere) return
      isHere = false
      // Where the log is gone, so is the memory of who was here.
      this.#ask('detach', { session, id, visit, now: this.#clock.epoch() }).catch(() => {})
    }
    try {
      return { state: await this.#ask('attach', { session, id, visit, begins, now: this.#clock.epoch() }), release }
    } catch (error) {
      release()
      throw error
    }
  }

  async snapshot(session: string): Promise<Snapshot | null> {
    const found = await this.#ask('snapshot', { session })
    return found === null ? null : { n: found.n, state: this.#parsed(session, 'the snapshot', found.text) }
  }

  async putSnapshot(session: string, n: number, state: unknown): Promise<boolean> {
    checkCount('n', n)
    const text = boundedJson('a snapshot', state, this.#limits.maxSnapshotBytes)
    return this.#ask('putSnapshot', { session, n, text }, text.length)
  }

  trim(session: string, retention: Retention): Promise<Head> {
    return this.#ask('trim', { session, retention, now: this.#clock.epoch() })
  }

  async createSession(id: string, info: Partial<SessionInfo> = {}): Promise<CreateResult> {
    checkName('a session id', id, this.#limits)
    const size = boundedJson('the description of a session', info, this.#limits.maxInfoBytes).length
    const epoch = randomId(this.#random, 12)
    return this.#ask('create', { session: id, epoch, info, now: this.#clock.epoch() }, size)
  }

  findSession(id: string): Promise<SessionRecord | null> {
    return this.#ask('find', { session: id })
  }

  async updateSession(id: string, change: Partial<SessionInfo>): Promise<SessionRecord> {
    const size = boundedJson('the description of a session', change, this.#limits.maxInfoBytes).length
    return this.#ask('update', { session: id, change, now: this.#clock.epoch() }, size)
  }

  async listSessions(options: ListOptions = {}): Promise<SessionPage> {
    const { pageSessions } = this.#limits
    const limit = Math.min(options.limit ?? pageSessions, pageSessions)
    checkCount('limit', limit, 1)
    const before = options.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(options.cursor)
    checkCount('cursor', before)
    return this.#ask('list', { before, limit, status: options.status, tag: options.tag })
  }

  async removeSession(id: string): Promise<boolean> {
    const removed = await this.#ask('remove', { session: id })
    if (removed) this.#watchers.tell(id, { type: 'removed' })
    return removed
  }

  health(): LogHealth {
    return this.#closed ? { ok: false, reason: 'closed' } : this.#link.health()
  }

  async backup(path: string): Promise<void> {
    this.#checkOpen()
    const target = resolve(path)
    try {
      closeSync(openSync(target, 'wx', 0o600))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new SqliteLogError('sqlite/backup_failed', `expected to create ${target}: ${why}`, { path: target }, cause)
    }
    return this.#link.backup(target)
  }

  close(): Promise<void> {
    this.#closed = true
    this.#watchers.tellAll({ type: 'closed' })
    return this.#link.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #ask<K extends OperationName>(op: K, input: Operations[K]['in'], bytes = 0): Promise<Operations[K]['out']> {
    this.#checkOpen()
    return this.#link.call(op, input, bytes)
  }

  /** @throws LogError `log/damaged` */
  #parsed(session: string, what: string, text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (cause) {
      const reason = `${what} is no JSON`
      this.#link.damaged(session, reason)
      const message = `expected session "${session}" to be readable: ${reason}; restore a backup, or remove the session`
      throw new LogError('log/damaged', message, { reason: `a record is damaged: ${reason}` }, cause)
    }
  }

  async #append(session: string, appends: readonly RowAppend[]): Promise<readonly AppendResult[]> {
    try {
      const bytes = appends.reduce((sum, append) => sum + append.bytes, 0)
      return await this.#link.call('append', { session, appends, now: this.#clock.epoch() }, bytes)
    } catch (error) {
      const told = refused(error)
      return appends.map(() => told)
    }
  }

  /** What one commit wrote, as one change. */
  #tell(
    session: string,
    appends: readonly Append[],
    batches: ReturnType<typeof measureAll>,
    results: readonly AppendResult[],
  ): void {
    if (!this.#watchers.has(session)) return
    const live: LogEvent[] = []
    let bytes = 0
    let asked = 0
    for (const [at, { events }] of appends.entries()) {
      const batch = batches[at]
      if (batch === undefined || 'outcome' in batch) continue
      const result = results[asked++]
      if (result?.outcome !== 'appended') continue
      bytes += batch.bytes
      for (const [i, { id, kind, at, payload }] of events.entries()) {
        live.push({ n: result.first + i, id, kind, at, payload })
      }
    }
    if (live.length > 0) this.#watchers.tell(session, { type: 'events', events: live, bytes })
  }

  #checkOpen(): void {
    if (this.#closed) throw new LogError('log/closed', 'expected an open log, this one was closed')
  }
}

/** What a failure of the store means for an append. @throws what is none */
function refused(error: unknown): AppendResult {
  if (!(error instanceof HoldfastError)) throw error
  if (error.code === 'log/damaged') return { outcome: 'refused', reason: 'damaged' }
  if (error.code !== 'log/unavailable') throw error
  const { retryAfterMs, reason } = error.details
  return {
    ...UNAVAILABLE,
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  }
}

function rowsOf({ events, options }: Append, batch: ReturnType<typeof measureAll>[number] | undefined): RowAppend[] {
  if (batch === undefined || 'outcome' in batch) return []
  const { texts, sizes, bytes } = batch
  const rows = events.map(({ id, kind, at }, i) => [id, kind, at, texts[i] ?? '', sizes[i] ?? 0] as const)
  return [{ events: rows, bytes, options }]
}

function createFolder(path: string): void {
  try {
    createFolders(dirname(path))
  } catch (cause) {
    throw new SqliteLogError('sqlite/open_failed', `expected to create the folder of ${path}`, { path }, cause)
  }
}

/** One after the other: Node's recursive `mkdirSync` never returns where a folder refuses new ones with ENOENT (`/proc`). */
function createFolders(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  if (dirname(folder) !== folder) createFolders(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    // Somebody else was faster.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw cause
  }
}
