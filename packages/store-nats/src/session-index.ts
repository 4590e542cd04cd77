import type { Clock } from '@holdfast/contract'
import {
  isLogError,
  type ListOptions,
  LogError,
  type LogLimits,
  type SessionPage,
  type SessionRecord,
} from '@holdfast/log'
import type { KvWatchEntry } from '@nats-io/kv'
import { inTurns } from './blobs.ts'
import type { Bucket } from './bucket.ts'
import type { Deadline } from './deadline.ts'
import { indexEntry } from './generated/checks.ts'
import type { IndexEntry } from './generated/types.ts'
import { type Link, RETRY_AFTER_MS } from './link.ts'
import type { Settings } from './options.ts'
import { maybeJson } from './stored-json.ts'

export type { IndexEntry } from './generated/types.ts'

/** What is kept in memory of each session: enough to find a page. */
interface Row {
  readonly token: string
  readonly stamp: number
  readonly status: string
  readonly tags: readonly string[]
}

const READS_AT_ONCE = 16

/**
 * Descriptions of all sessions. Pages are found in a small copy that follows the bucket; each question first waits until
 * the copy has everything that was written before it.
 */
export class SessionIndex {
  readonly bucket: Bucket<IndexEntry>
  readonly #link: Link
  readonly #limits: LogLimits
  readonly #timers: Clock
  readonly #rows = new Map<string, Row>()
  readonly #waiting = new Set<() => void>()
  #sorted: readonly Row[] | undefined
  #appliedRevision = 0
  #stop: () => void = () => {}

  constructor(link: Link, bucket: Bucket<IndexEntry>, { limits, timers }: Pick<Settings, 'limits' | 'timers'>) {
    this.bucket = bucket
    this.#link = link
    this.#limits = limits
    this.#timers = timers
  }

  /** Reads the bucket and follows it until {@link SessionIndex.stop}. */
  async follow(): Promise<void> {
    this.#stop = await this.bucket.follow((entry) => this.#take(entry), this.#timers)
    try {
      await this.#upToDate(this.#link.deadline())
    } catch (error) {
      this.stop()
      throw error
    }
  }

  stop(): void {
    this.#stop()
  }

  /** @throws LogError `log/quota` */
  async checkRoom(): Promise<void> {
    await this.#upToDate(this.#link.deadline())
    if (this.#rows.size < this.#limits.maxSessions) return
    throw new LogError('log/quota', `expected fewer than ${this.#limits.maxSessions} sessions; remove some first`)
  }

  async list(options: ListOptions, limit: number, before: number): Promise<SessionPage> {
    await this.#upToDate(this.#link.deadline())
    const page: Row[] = []
    let hasMore = false
    for (const row of this.#newestFirst()) {
      if (row.stamp >= before || !matches(row, options)) continue
      hasMore = page.length === limit
      if (hasMore) break
      page.push(row)
    }
    const records: (SessionRecord | undefined)[] = []
    const read = async (i: number): Promise<void> => {
      records[i] = await this.#record(page[i]?.token ?? '')
    }
    await inTurns(page.length, read, READS_AT_ONCE)
    const sessions = records.filter((record) => record !== undefined)
    const oldest = page.at(-1)
    return hasMore && oldest !== undefined ? { sessions, next: String(oldest.stamp) } : { sessions }
  }

  /** A list is not spoiled by one that is damaged: it is left out. */
  async #record(token: string): Promise<SessionRecord | undefined> {
    try {
      return (await this.bucket.get(token)).value?.record
    } catch (error) {
      if (isLogError(error, 'log/damaged')) return undefined
      throw error
    }
  }

  #newestFirst(): readonly Row[] {
    this.#sorted ??= [...this.#rows.values()].sort((a, b) => b.stamp - a.stamp)
    return this.#sorted
  }

  #take({ key, operation, revision, value }: KvWatchEntry): void {
    this.#appliedRevision = Math.max(this.#appliedRevision, revision)
    for (const wake of [...this.#waiting]) wake()
    // Keys of sessions have a letter and a dash in front; the layout has none.
    if (!/^[sh]-/.test(key)) return
    this.#sorted = undefined
    if (operation !== 'PUT') return void this.#rows.delete(key)
    const entry = maybeJson(indexEntry, Buffer.from(value).toString())
    if (entry === undefined) return void this.#rows.delete(key)
    const { stamp, record } = entry
    this.#rows.set(key, { token: key, stamp, status: record.status, tags: record.tags })
  }

  async #upToDate(deadline: Deadline): Promise<void> {
    const asked = async (): Promise<number> => {
      const { state } = await this.#link.jsm.streams.info(this.bucket.stream)
      return state.last_seq
    }
    const newest = await this.#link.trying({ operation: 'read', stream: this.bucket.stream }, asked, deadline)
    while (this.#appliedRevision < newest) {
      if ((await deadline.orEnd(this.#caughtUp())) === true) continue
      const message = 'expected the index of sessions to be up to date, it is behind'
      throw new LogError('log/unavailable', message, { retryAfterMs: RETRY_AFTER_MS })
    }
  }

  #caughtUp(): Promise<true> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        resolve(true)
      }
      this.#waiting.add(wake)
    })
  }
}

function matches(row: Row, { status, tag }: ListOptions): boolean {
  return (status === undefined || row.status === status) && (tag === undefined || row.tags.includes(tag))
}
