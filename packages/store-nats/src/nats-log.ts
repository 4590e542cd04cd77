import type { Timer } from '@holdfast/contract'
import {
  type Append,
  type AppendAnswer,
  type AppendOptions,
  type AppendResult,
  type AttachedSender,
  type Change,
  type CreateResult,
  checkCount,
  checkName,
  type Head,
  type Lease,
  type LeaseHeld,
  type ListOptions,
  LogError,
  type LogHealth,
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
} from '@holdfast/log'
import type { Directory } from '@holdfast/log/directory'
import { UNAVAILABLE, writeParts } from './append-parts.ts'
import { attachSender } from './attach-sender.ts'
import type { Placed } from './chain-record.ts'
import { type JoinOptions, NatsDirectory } from './cluster/nats-directory.ts'
import { closeConnection } from './connect.ts'
import { Deadline } from './deadline.ts'
import { readyAppend } from './decide-appends.ts'
import { type NatsLogParts, openParts } from './nats-log-parts.ts'
import { type NatsLogOptions, type Settings, settingsOf } from './options.ts'
import { retryUntil } from './retry.ts'
import { unknown } from './sessions.ts'
import { headOf } from './trimming.ts'

/** A session log on NATS JetStream, which many gateways share. */
export interface NatsLog extends SessionLog {
  /**
   * Resolves when the store is there. Rejects with one of `NATS_ERRORS` or `log/unavailable`; then every operation
   * rejects with the same error.
   */
  readonly opened: Promise<void>
  /**
   * Joins the gateways that share this store as the node of that name; an earlier process under the name is gone then.
   * Close the directory before the log. Rejects with `log/unavailable`, `log/closed`, `log/bad_request`.
   */
  join(node: string, options?: JoinOptions): Promise<Directory>
}

const PROBE_MS = 1_000

/**
 * Opens session logs on NATS JetStream. Every acknowledged append is stored by a majority of its stream's replicas; it
 * is on their disks where the servers flush always (`sync_interval: always`).
 * @throws LogError `log/bad_request` where an option is out of its range
 */
export function natsLog(options: NatsLogOptions): NatsLog {
  return new JetStreamLog(settingsOf(options))
}

class JetStreamLog implements NatsLog, TailSource {
  readonly window: TailSource['window']
  readonly #settings: Settings
  readonly #parts: Promise<NatsLogParts>
  #open: NatsLogParts | undefined
  #failure: string | undefined
  #probe: Timer | undefined
  #queuedBytes = 0
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
    this.window = { events: settings.limits.pageEvents, bytes: settings.limits.pageBytes }
    this.#parts = openParts(settings)
    this.#parts.then(
      (parts) => {
        this.#open = parts
        this.#armProbe(parts)
      },
      (error: unknown) => {
        this.#failure = error instanceof Error ? error.message : String(error)
      },
    )
  }

  get opened(): Promise<void> {
    return this.#parts.then(() => {})
  }

  async append(session: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    const [answer] = await this.appendAll(session, [{ events, options }])
    return resultOf(answer)
  }

  async appendAll(session: string, appends: readonly Append[]): Promise<readonly AppendAnswer[]> {
    this.#checkOpen()
    checkName('a session id', session, this.#settings.limits)
    // Measured now: what is appended belongs to the log from this moment on.
    const batches = measureAll(appends, this.#settings.limits)
    const bytes = batches.reduce((sum, batch) => sum + ('outcome' in batch ? 0 : batch.bytes), 0)
    if (this.#queuedBytes + bytes > this.#settings.limits.maxQueuedBytes) {
      return batches.map((batch) => ('outcome' in batch ? batch : UNAVAILABLE))
    }
    const call = {}
    const ready = appends.map((append, i) => {
      const batch = batches[i]
      return batch === undefined || 'outcome' in batch ? undefined : readyAppend(call, append, batch)
    })
    this.#queuedBytes += bytes
    try {
      const answers = await writeParts(
        () => this.#ready(),
        session,
        ready.filter((one) => one !== undefined),
      )
      let asked = 0
      return batches.map((batch) => ('outcome' in batch ? batch : (answers[asked++] ?? UNAVAILABLE)))
    } finally {
      this.#queuedBytes -= bytes
    }
  }

  async read(session: string, options: ReadOptions): Promise<Page> {
    const { feed, pages, names, link } = await this.#ready()
    await feed.listening(session, link.deadline())
    return pages.read(session, names.placeOf(session), options)
  }

  tail(session: string, options: TailOptions): AsyncIterable<TailItem> {
    this.#checkOpen()
    checkCount('after', options.after)
    return this.#tail(session, options)
  }

  watch(session: string, listener: (change: Change) => void): () => void {
    this.#checkOpen()
    if (this.#open === undefined) throw new LogError('log/unavailable', 'expected an open log, it is still opening')
    return this.#open.feed.watch(session, listener)
  }

  async head(session: string): Promise<Head> {
    return headOf((await this.#last(session)).record.mark)
  }

  async lease(session: string, holder: string, ttlMs: number): Promise<Lease | LeaseHeld> {
    checkName('a holder', holder, this.#settings.limits)
    checkCount('ttlMs', ttlMs, 1)
    await this.#last(session)
    const { leases, names } = await this.#ready()
    return leases.grant(names.placeOf(session).token, holder, ttlMs)
  }

  async attachSender(session: string, id: string, begins = true): Promise<AttachedSender> {
    checkName('a sender id', id, this.#settings.limits)
    const { host, writers } = await this.#ready()
    return attachSender(host, session, writers.of(session), { id, begins })
  }

  async snapshot(session: string): Promise<Snapshot | null> {
    const { snapshots, names } = await this.#ready()
    return snapshots.get(session, names.placeOf(session))
  }

  async putSnapshot(session: string, n: number, state: unknown): Promise<boolean> {
    const { snapshots, writers } = await this.#ready()
    return snapshots.put(session, writers.of(session), n, state)
  }

  async trim(session: string, retention: Retention): Promise<Head> {
    const { snapshots, writers } = await this.#ready()
    return snapshots.trim(session, writers.of(session), retention)
  }

  async createSession(id: string, info: Partial<SessionInfo> = {}): Promise<CreateResult> {
    checkName('a session id', id, this.#settings.limits)
    const { sessions, writers } = await this.#ready()
    return sessions.create(id, info, writers.of(id))
  }

  async findSession(id: string): Promise<SessionRecord | null> {
    const { sessions, names } = await this.#ready()
    return sessions.find(id, names.placeOf(id))
  }

  async updateSession(id: string, change: Partial<SessionInfo>): Promise<SessionRecord> {
    const { sessions, names } = await this.#ready()
    return sessions.update(id, change, names.placeOf(id))
  }

  async listSessions(options: ListOptions = {}): Promise<SessionPage> {
    const { pageSessions } = this.#settings.limits
    const limit = Math.min(options.limit ?? pageSessions, pageSessions)
    checkCount('limit', limit, 1)
    const before = options.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(options.cursor)
    checkCount('cursor', before)
    return (await this.#ready()).index.list(options, limit, before)
  }

  async removeSession(id: string): Promise<boolean> {
    const { sessions, writers, feed } = await this.#ready()
    const isRemoved = await sessions.remove(writers.of(id))
    if (isRemoved) feed.emitRemoved(id)
    return isRemoved
  }

  async join(node: string, options: JoinOptions = {}): Promise<Directory> {
    checkName('the name of a node', node, this.#settings.limits)
    const { link, layout } = await this.#ready()
    const parts = { link, layout, settings: this.#settings }
    const deadline = new Deadline(this.#settings.timers, this.#settings.openMs)
    return retryUntil(() => NatsDirectory.join(node, parts, options), deadline)
  }

  health(): LogHealth {
    if (this.#closing !== undefined) return { ok: false, reason: 'closed' }
    if (this.#failure !== undefined) return { ok: false, reason: this.#failure }
    return this.#open?.link.health() ?? { ok: false, reason: 'still opening' }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *#tail(session: string, options: TailOptions): AsyncGenerator<TailItem> {
    await this.#ready()
    yield* tailOf(this, session, options)
  }

  async #last(session: string): Promise<Placed> {
    const { reader, names } = await this.#ready()
    const last = await reader.last(names.placeOf(session))
    if (last === null || last.record.mark.isRemoved === true) throw unknown(session)
    return last
  }

  async #ready(): Promise<NatsLogParts> {
    this.#checkOpen()
    return this.#open ?? (await this.#parts)
  }

  /** After a failure it is retried, so that `health` shows the end of it without other requests. */
  #armProbe(parts: NatsLogParts): void {
    if (this.#closing !== undefined) return
    this.#probe = this.#settings.timers.after(PROBE_MS, () => {
      void parts.link.probe().finally(() => this.#armProbe(parts))
    })
  }

  async #close(): Promise<void> {
    this.#probe?.cancel()
    const parts = await this.#parts.catch(() => undefined)
    if (parts === undefined) return
    this.#probe?.cancel()
    parts.feed.stop()
    await parts.writers.settled()
    parts.host.turns.stop()
    parts.index.stop()
    await closeConnection(parts.link.nc)
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new LogError('log/closed', 'expected an open log, this one was closed')
  }
}
