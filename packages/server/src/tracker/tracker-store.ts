import { type Clock, HoldfastError, type Logger, type Random, randomId } from '@holdfast/contract'
import { AppendQueue, isLogError, type SessionLog, type WriteStream } from '@holdfast/log'
import { INTERNAL } from '../hub/state/records.ts'
import { pause, pauseBeforeRetry } from '../retry.ts'
import { readTrackerRecord, type TrackerRecord } from './records.ts'
import { relayedUpTo } from './relay-position.ts'
import { sizeOf } from './state-parts.ts'
import { type Delivered, TrackerState, type TrackerStateLimits } from './tracker-state.ts'

/** What a journal needs, and whom it tells. */
export interface TrackerStoreOptions {
  readonly log: SessionLog
  readonly session: string
  readonly limits: TrackerStateLimits & { readonly snapshotRecords: number }
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** A record was taken into the fold. */
  readonly took: (record: TrackerRecord | undefined, delivered: Delivered | undefined) => void
  /** The fold is another one: more may have changed than was told. In another life of the log everything did. */
  readonly renewed: (isAnotherLife: boolean) => void
}

/** How a record is written. */
export interface TrackerWriteOptions {
  /** The same key again is the same record. */
  readonly key?: string | undefined
  /** Whose key it is: one that writes many does not make the log forget those of others. */
  readonly keyScope?: string | undefined
  readonly writeStream?: WriteStream | undefined
}

/** What was written is waited for so long: a deaf journal answers what it knows by then. */
const REACH_MS = 10_000
/** What a relay has not shown is kept up to so many times what is kept otherwise. */
const RELAY_PATIENCE = 10

/** The tracker's log: written, loaded, and followed for ever, through whatever befalls the log. */
export class TrackerStore {
  readonly #parts: TrackerStoreOptions
  readonly #end = new AbortController()
  readonly #prefix: string
  readonly #appends: AppendQueue
  readonly #waiting = new Set<{ readonly n: number; readonly go: () => void }>()
  #fold: TrackerState
  #epoch = ''
  #ids = 0
  #snapshotAt = 0

  private constructor(parts: TrackerStoreOptions) {
    this.#parts = parts
    this.#prefix = randomId(parts.random)
    this.#appends = new AppendQueue(parts.log, parts.session, () => this.#keep())
    this.#fold = new TrackerState(parts.limits)
  }

  /** Opens the log's session, with all that is in it. @throws what the log throws */
  static async open(parts: TrackerStoreOptions): Promise<TrackerStore> {
    const journal = new TrackerStore(parts)
    await journal.#load()
    void journal.#follow()
    return journal
  }

  get state(): TrackerState {
    return this.#fold
  }

  /** Names this life of the log: numbers mean something within it alone. */
  get epoch(): string {
    return this.#epoch
  }

  /**
   * Writes a record and waits until it was taken. What is in the log already under the key is given back instead. Records
   * are written in the order of the calls; of one write stream, nothing behind one that could not be.
   * @throws HoldfastError `tracker/bad_request`, `tracker/unavailable`
   */
  append(record: TrackerRecord, how: TrackerWriteOptions = {}): Promise<TrackerRecord | undefined> {
    return inTrackerWords(this.#append(record, how))
  }

  /** Resolves when everything that anybody wrote before the call was taken. @throws HoldfastError `tracker/unavailable` */
  synced(): Promise<void> {
    return inTrackerWords(this.#synced())
  }

  close(): void {
    this.#end.abort()
    for (const waiting of this.#waiting) waiting.go()
    this.#waiting.clear()
  }

  async #append(
    record: TrackerRecord,
    { key, keyScope, writeStream }: TrackerWriteOptions,
  ): Promise<TrackerRecord | undefined> {
    const { log, session, clock } = this.#parts
    this.#ids += 1
    const id = `${this.#prefix}-${this.#ids}`
    const event = { id, kind: `tracker.${record.t}`, at: clock.epoch(), payload: record }
    const append = { events: [event], options: { producer: { id: this.#prefix, fence: 0 }, key, keyScope } }
    const result = await this.#appends.append(append, { writeStream, bytes: sizeOf(record) })
    if (result.outcome === 'refused' && result.reason === 'too-large') {
      throw new HoldfastError('tracker/bad_request', 'It is too large.')
    }
    if (result.outcome !== 'appended' && result.outcome !== 'duplicate') {
      throw new HoldfastError('tracker/unavailable', 'The log cannot take this now. Try again.')
    }
    if (result.last !== undefined) await this.#reached(result.last)
    if (result.outcome === 'appended' || result.first === undefined) return undefined
    const { events } = await log.read(session, { after: result.first - 1, limit: 1 })
    const [stored] = events
    return stored === undefined ? undefined : readTrackerRecord(stored)
  }

  async #synced(): Promise<void> {
    const { last } = await this.#parts.log.head(this.#parts.session)
    await this.#reached(last)
  }

  async #reached(n: number): Promise<void> {
    if (this.#fold.n >= n || this.#end.signal.aborted) return
    const given = new AbortController()
    const waiting = { n, go: () => given.abort() }
    this.#waiting.add(waiting)
    await pause(this.#parts.clock, REACH_MS, given.signal)
    this.#waiting.delete(waiting)
  }

  /** Snapshot and what came after it, into a fold of its own. */
  async #load(): Promise<void> {
    const { log, session, limits } = this.#parts
    const opened = await log.createSession(session, { status: INTERNAL, tags: ['tracker'] })
    const fold = new TrackerState(limits)
    const snapshot = await log.snapshot(session)
    const isKnown = snapshot !== null && fold.restore(snapshot.n, snapshot.state)
    for (;;) {
      const page = await log.read(session, { after: fold.n })
      if (page.gap !== undefined) fold.n = page.gap.to
      for (const event of page.events) fold.apply(event.n, event.at, readTrackerRecord(event))
      if (page.events.length === 0) break
    }
    this.#fold = fold
    this.#epoch = opened.session.epoch
    this.#snapshotAt = isKnown ? snapshot.n : 0
  }

  async #follow(): Promise<void> {
    const { clock, random, logger } = this.#parts
    const { signal } = this.#end
    let isGone = false
    for (let failures = 0; !signal.aborted; ) {
      try {
        if (isGone) await this.#renew()
        for await (const _ of this.#taken()) failures = 0
        if (signal.aborted) return
        failures += 1
      } catch (error) {
        if (signal.aborted) return
        if (isLogError(error, 'log/closed')) return logger.error('the tracker follows no more: its log was closed')
        isGone = isLogError(error, 'log/unknown_session')
        failures += 1
        if (failures === 1) logger.warn('the tracker lost its log and tries again', { error: String(error) })
      }
      await pauseBeforeRetry(failures, { clock, random, signal })
    }
  }

  /** One tail, as long as it lasts: yields after every item that was taken. */
  async *#taken(): AsyncGenerator<void> {
    const { log, session } = this.#parts
    const { signal } = this.#end
    for await (const item of log.tail(session, { after: this.#fold.n, epoch: this.#epoch, signal })) {
      if (item.type === 'event') this.#take(item.event.n, item.event.at, readTrackerRecord(item.event))
      else if (item.type === 'gap') {
        await this.#renew()
        yield
        return
      }
      yield
    }
  }

  /** After it was away too long, or the log got another life: what is there now is all that there is. */
  async #renew(): Promise<void> {
    const before = this.#epoch
    await this.#load()
    this.#arrived()
    this.#parts.renewed(this.#epoch !== before)
  }

  #take(n: number, at: number, record: TrackerRecord | undefined): void {
    const delivered = this.#fold.apply(n, at, record)
    this.#arrived()
    this.#parts.took(record, delivered)
    if (n - this.#snapshotAt >= this.#parts.limits.snapshotRecords) void this.#keep()
  }

  #arrived(): void {
    for (const waiting of this.#waiting) if (waiting.n <= this.#fold.n) waiting.go()
  }

  /** Stores a snapshot, and lets the log forget what is in it and was shown. */
  async #keep(): Promise<void> {
    const { log, session, limits, logger } = this.#parts
    const { n } = this.#fold
    const kept = limits.snapshotRecords
    this.#snapshotAt = n
    try {
      await log.putSnapshot(session, n, this.#fold.snapshot())
      const behind = n - relayedUpTo(await log.findSession(session), n)
      await log.trim(session, { maxEvents: Math.max(kept, Math.min(behind, kept * RELAY_PATIENCE)) })
    } catch (error) {
      logger.warn('a snapshot of the tracker was not stored', { error: String(error) })
    }
  }
}

/** What the log refuses is a mistake of whoever asked; what it cannot answer may be asked again. */
async function inTrackerWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (isLogError(cause, 'log/bad_event', 'log/bad_request')) {
      throw new HoldfastError('tracker/bad_request', 'The log does not take this.', { cause })
    }
    if (!isLogError(cause, 'log/unavailable', 'log/unknown_session', 'log/closed')) throw cause
    throw new HoldfastError('tracker/unavailable', 'The log cannot answer now. Try again.', { cause })
  }
}
