import { type Clock, type Random, randomId, systemClock, systemRandom } from '@holdfast/contract'
import type { Append, AppendAnswer, AppendOptions, AppendResult, AttachedSender, NewEvent } from './append.ts'
import { checkCount, checkName, isQuota, measureAll, resultOf } from './append-rules.ts'
import { LogError } from './errors.ts'
import { LOG_LIMITS, type LogLimits, limitsOf } from './limits.ts'
import { MemorySession } from './memory-session.ts'
import { boundedJson, mergeInfo } from './session-info.ts'
import type {
  CreateResult,
  Head,
  Lease,
  LeaseHeld,
  ListOptions,
  LogHealth,
  Page,
  ReadOptions,
  Retention,
  SessionInfo,
  SessionLog,
  SessionPage,
  SessionRecord,
  Snapshot,
  TailItem,
  TailOptions,
} from './session-log.ts'
import { type Change, type TailSource, tailOf } from './tail.ts'
import { Watchers } from './watchers.ts'

const UNKNOWN_SESSION: AppendResult = { outcome: 'refused', reason: 'unknown-session' }

/** Options of {@link memoryLog}. */
export interface MemoryLogOptions {
  /** @defaultValue the system's time */
  readonly clock?: Clock | undefined
  /** For epochs. @defaultValue the system's randomness */
  readonly random?: Random | undefined
  /** Replaces single bounds. @defaultValue {@link LOG_LIMITS} */
  readonly limits?: Partial<LogLimits> | undefined
  /**
   * All events of all sessions together, in bytes of JSON; in memory it may be several times as much. Above it events
   * that a snapshot covers are dropped, first those of the session that was written longest ago; where that is not
   * enough, appends are refused (`quota`). @defaultValue {@link MEMORY_LOG_BYTES}
   */
  readonly maxBytes?: number | undefined
}

/** Bytes of all events of a {@link memoryLog}. */
export const MEMORY_LOG_BYTES: number = 1024 * 1024 * 1024

/** A session log in memory: nothing survives the process. For tests, and for gateways that need no durability. */
export function memoryLog(options: MemoryLogOptions = {}): SessionLog {
  return new MemoryLog(options)
}

class MemoryLog implements SessionLog, TailSource {
  readonly window: TailSource['window']
  readonly #clock: Clock
  readonly #random: Random
  readonly #limits: LogLimits
  readonly #maxBytes: number
  // In the order of their last append.
  readonly #sessions = new Map<string, MemorySession>()
  #bytes = 0
  readonly #watchers = new Watchers()
  #stamp = 0
  #closed = false

  constructor(options: MemoryLogOptions) {
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#limits = limitsOf(LOG_LIMITS, options.limits)
    this.#maxBytes = limitsOf({ maxBytes: MEMORY_LOG_BYTES }, options, '').maxBytes
    this.window = { events: this.#limits.pageEvents, bytes: this.#limits.pageBytes }
  }

  async append(session: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    const [answer] = await this.appendAll(session, [{ events, options }])
    return resultOf(answer)
  }

  async appendAll(session: string, appends: readonly Append[]): Promise<readonly AppendAnswer[]> {
    this.#checkOpen()
    const found = this.#sessions.get(session)
    const batches = measureAll(appends, this.#limits)
    if (found === undefined) return batches.map((batch) => ('outcome' in batch ? batch : UNKNOWN_SESSION))
    const now = this.#clock.now()
    this.#sessions.delete(session)
    this.#sessions.set(session, found)
    const neededBytes = batches.reduce((sum, batch) => sum + ('outcome' in batch ? 0 : batch.bytes), 0)
    let isFull = !this.#makeRoom(neededBytes)
    const before = found.head()
    const answers = appends.map((append, at): AppendAnswer => {
      const batch = batches[at]
      if (batch === undefined || 'outcome' in batch) return batch ?? UNKNOWN_SESSION
      const result = found.append(append, batch, now, isFull)
      isFull ||= isQuota(result)
      return result
    })
    const written = found.since(before.last + 1)
    const bytes = found.head().bytes - before.bytes
    this.#bytes += bytes
    if (written.length > 0 && this.#watchers.has(session)) {
      this.#watchers.notify(session, { type: 'events', events: written, bytes })
    }
    return answers
  }

  async read(session: string, options: ReadOptions): Promise<Page> {
    checkCount('after', options.after)
    if (options.limit !== undefined) checkCount('limit', options.limit, 1)
    return this.#get(session).read(options)
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

  async head(session: string): Promise<Head> {
    return this.#get(session).head()
  }

  async lease(session: string, holder: string, ttlMs: number): Promise<Lease | LeaseHeld> {
    const found = this.#get(session)
    checkName('a holder', holder, this.#limits)
    checkCount('ttlMs', ttlMs, 1)
    const now = this.#clock.now()
    const lease = found.lease
    if (lease !== undefined && lease.until > now && lease.holder !== holder) {
      return { outcome: 'held', holder: lease.holder, fence: lease.fence, expiresInMs: lease.until - now }
    }
    const fence = ++this.#stamp
    found.lease = { holder, fence, until: now + ttlMs }
    return {
      outcome: 'granted',
      fence,
      renew: async () => this.#renew(found, fence, ttlMs),
      release: async () => {
        if (found.lease?.fence === fence) found.lease = undefined
      },
    }
  }

  async attachSender(session: string, id: string, begins = true): Promise<AttachedSender> {
    const found = this.#get(session)
    checkName('a sender id', id, this.#limits)
    return found.attach(id, begins, () => this.#clock.now())
  }

  async snapshot(session: string): Promise<Snapshot | null> {
    return this.#get(session).snapshot
  }

  async putSnapshot(session: string, n: number, state: unknown): Promise<boolean> {
    const found = this.#get(session)
    checkCount('n', n)
    const { last } = found.head()
    if (n > last) throw new LogError('log/bad_request', `expected a snapshot up to the head ${last}, got ${n}`)
    boundedJson('a snapshot', state, this.#limits.maxSnapshotBytes)
    if (found.snapshot !== null && found.snapshot.n >= n) return false
    found.snapshot = { n, state }
    return true
  }

  async trim(session: string, retention: Retention): Promise<Head> {
    const found = this.#get(session)
    this.#trim(found, retention)
    return found.head()
  }

  async createSession(id: string, info: Partial<SessionInfo> = {}): Promise<CreateResult> {
    this.#checkOpen()
    checkName('a session id', id, this.#limits)
    const found = this.#sessions.get(id)
    if (found !== undefined) return { outcome: 'exists', session: found.record }
    const full = mergeInfo(null, info, this.#limits)
    if (this.#sessions.size >= this.#limits.maxSessions) {
      throw new LogError('log/quota', `expected fewer than ${this.#limits.maxSessions} sessions; remove some first`)
    }
    const now = this.#clock.epoch()
    const session = { ...full, id, epoch: randomId(this.#random, 12), createdAt: now, updatedAt: now }
    this.#sessions.set(id, new MemorySession(session, ++this.#stamp, this.#limits))
    return { outcome: 'created', session }
  }

  async findSession(id: string): Promise<SessionRecord | null> {
    this.#checkOpen()
    return this.#sessions.get(id)?.record ?? null
  }

  async updateSession(id: string, change: Partial<SessionInfo>): Promise<SessionRecord> {
    const found = this.#get(id)
    const info = mergeInfo(found.record, change, this.#limits)
    found.record = { ...found.record, ...info, updatedAt: this.#clock.epoch() }
    return found.record
  }

  async listSessions(options: ListOptions = {}): Promise<SessionPage> {
    this.#checkOpen()
    const limit = Math.min(options.limit ?? this.#limits.pageSessions, this.#limits.pageSessions)
    checkCount('limit', limit, 1)
    const before = options.cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(options.cursor)
    checkCount('cursor', before)
    const matching = [...this.#sessions.values()]
      .filter(({ stamp, record }) => stamp < before && matches(record, options))
      .sort((a, b) => b.stamp - a.stamp)
    const page = matching.slice(0, limit)
    const oldest = page.at(-1)
    const sessions = page.map(({ record }) => record)
    return matching.length > limit && oldest !== undefined ? { sessions, next: String(oldest.stamp) } : { sessions }
  }

  async removeSession(id: string): Promise<boolean> {
    this.#checkOpen()
    const found = this.#sessions.get(id)
    if (found === undefined) return false
    this.#bytes -= found.head().bytes
    this.#sessions.delete(id)
    this.#watchers.notify(id, { type: 'removed' })
    return true
  }

  health(): LogHealth {
    return this.#closed ? { ok: false, reason: 'closed' } : { ok: true }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watchers.notifyAll({ type: 'closed' })
    this.#sessions.clear()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #trim(session: MemorySession, retention: Retention): void {
    const before = session.head().bytes
    session.trim(retention, this.#clock.epoch())
    this.#bytes += session.head().bytes - before
  }

  /** For so many bytes more. False where there is none. */
  #makeRoom(bytes: number): boolean {
    if (this.#bytes + bytes <= this.#maxBytes) return true
    for (const session of this.#sessions.values()) {
      this.#trim(session, { maxEvents: 0 })
      if (this.#bytes + bytes <= this.#maxBytes) return true
    }
    return false
  }

  #renew(session: MemorySession, fence: number, ttlMs: number): boolean {
    const now = this.#clock.now()
    const { lease } = session
    if (
      this.#sessions.get(session.record.id) !== session ||
      lease === undefined ||
      lease.fence !== fence ||
      lease.until <= now
    )
      return false
    session.lease = { ...lease, until: now + ttlMs }
    return true
  }

  #get(session: string): MemorySession {
    this.#checkOpen()
    const found = this.#sessions.get(session)
    if (found !== undefined) return found
    throw new LogError('log/unknown_session', `expected an existing session, got "${session}"; create it first`)
  }

  #checkOpen(): void {
    if (this.#closed) throw new LogError('log/closed', 'expected an open log, this one was closed')
  }
}

function matches(record: SessionRecord, { status, tag }: ListOptions): boolean {
  return (status === undefined || record.status === status) && (tag === undefined || record.tags.includes(tag))
}
