import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Clock, type Random, randomId, systemClock, systemRandom } from '@holdfast/contract'
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
import { limitsOf, startThread } from '@holdfast/log/internals'
import { type AppendColumns, columnsOf, resultsOf } from './append-columns.ts'
import { appendedEvents, refused, UNAVAILABLE } from './append-rows.ts'
import { SqliteLogError } from './errors.ts'
import type { OperationName, Operations, WorkerSettings } from './operations.ts'
import { SQLITE_DEFAULTS, type SqliteLogOptions } from './options.ts'
import { createFolder } from './private-folder.ts'
import { WorkerLink } from './worker-link.ts'

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
    this.#limits = limitsOf(LOG_LIMITS, options.limits)
    this.window = { events: this.#limits.pageEvents, bytes: this.#limits.pageBytes }
    const path = resolve(options.path)
    createFolder(path)
    const { maxFileBytes, lookEveryMs } = limitsOf(SQLITE_DEFAULTS, options, '')
    const base = import.meta.url
    const workerData = { path, limits: this.#limits, maxFileBytes, lookEveryMs, base } satisfies WorkerSettings
    const worker = startThread('./worker', base, { workerData })
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
    const results = await this.#append(session, columnsOf(appends, batches))
    if (this.#watchers.has(session)) {
      const { events, bytes } = appendedEvents(appends, batches, results)
      if (events.length > 0) this.#watchers.notify(session, { type: 'events', events, bytes })
    }
    let asked = 0
    return batches.map((batch) => ('outcome' in batch ? batch : (results[asked++] ?? UNAVAILABLE)))
  }

  async read(session: string, options: ReadOptions): Promise<Page> {
    checkCount('after', options.after)
    const { pageEvents, pageBytes } = this.#limits
    const limit = Math.min(options.limit ?? pageEvents, pageEvents)
    checkCount('limit', limit, 1)
    const { after, eventHash, epoch } = options
    const maxBytes = Math.min(options.maxBytes ?? pageBytes, pageBytes)
    const { rows, gap, ...extent } = await this.#ask('read', { session, after, eventHash, epoch, limit, maxBytes })
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
    const { outcome, fence } = answer
    return {
      outcome,
      fence,
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
    if (removed) this.#watchers.notify(id, { type: 'removed' })
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
    this.#watchers.notifyAll({ type: 'closed' })
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

  async #append(session: string, appends: AppendColumns): Promise<readonly AppendResult[]> {
    if (appends.counts.length === 0) return []
    try {
      const bytes = appends.sizes.reduce((sum, size) => sum + size, 0)
      return resultsOf(await this.#link.call('append', { session, appends, now: this.#clock.epoch() }, bytes))
    } catch (error) {
      const result = refused(error)
      return appends.counts.map(() => result)
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new LogError('log/closed', 'expected an open log, this one was closed')
  }
}
