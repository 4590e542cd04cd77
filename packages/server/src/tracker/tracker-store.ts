import { type Clock, HoldfastError, type Logger, type Random, randomId } from '@holdfast/contract'
import { INTERNAL_STATUS, isLogError, Replica, type Retention, type SessionLog, type WriteStream } from '@holdfast/log'
import { pauseBeforeRetry } from '../log-retry.ts'
import { unfitLogger } from '../unfit-values.ts'
import { readTrackerRecord, type TrackerRecord } from './records.ts'
import { relayedUpTo } from './relay-position.ts'
import { sizeOf } from './state-parts.ts'
import { type TrackerChange, TrackerState, type TrackerStateLimits } from './tracker-state.ts'

/** What a store needs, and whom it notifies. */
export interface TrackerStoreOptions {
  readonly log: SessionLog
  readonly session: string
  readonly limits: TrackerStateLimits & { readonly snapshotRecords: number }
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** A record was applied to the state. */
  readonly applied: (change: TrackerChange) => void
  /** The state is another one: more may have changed than was reported. In another epoch of the log everything did. */
  readonly reloaded: (isAnotherLife: boolean) => void
}

/** How a record is written. */
export interface TrackerWriteOptions {
  /** The same key again is the same record. */
  readonly key?: string | undefined
  /** Whose key it is: one that writes many does not make the log forget those of others. */
  readonly keyScope?: string | undefined
  readonly writeStream?: WriteStream | undefined
}

/** What was written is waited for so long: one that does not hear its log answers what it knows by then. */
const REACH_MS = 10_000
/** What a relay has not shown is kept up to so many times what is kept otherwise. */
const RELAY_RETRIES = 10

/** The tracker's log: written, loaded, and followed for ever, through whatever befalls the log. */
export class TrackerStore {
  readonly #options: TrackerStoreOptions
  readonly #replica: Replica<TrackerState, TrackerChange>

  private constructor(options: TrackerStoreOptions) {
    const { log, session, limits, clock, random, logger } = options
    const prefix = randomId(random)
    this.#options = options
    this.#replica = new Replica({
      log,
      session,
      open: async () => (await log.createSession(session, { status: INTERNAL_STATUS, tags: ['tracker'] })).session,
      empty: () => new TrackerState(limits, unfitLogger(logger, session)),
      loaded: ({ isFirst, isAnotherLife }) => {
        if (!isFirst) options.reloaded(isAnotherLife)
      },
      applied: (_event, change) => options.applied(change),
      snapshotEvents: limits.snapshotRecords,
      retention: (n) => this.#retention(n),
      recovery: { pause: (failures, signal) => pauseBeforeRetry(failures, { clock, random, signal }) },
      ended: (error) => logger.error('the tracker follows its log no more', { error: String(error) }),
      producer: prefix,
      idPrefix: prefix,
      clock,
      logger,
    })
  }

  /** Opens the log's session, with all that is in it. @throws what the log throws */
  static async open(options: TrackerStoreOptions): Promise<TrackerStore> {
    const store = new TrackerStore(options)
    await store.#replica.start()
    return store
  }

  get state(): TrackerState {
    return this.#replica.state
  }

  /** Names this life of the log: numbers mean something within it alone. */
  get epoch(): string {
    return this.#replica.epoch
  }

  /**
   * Writes a record and waits until it was applied. What is in the log already under the key is given back instead. Records
   * are written in the order of the calls; of one write stream, nothing behind one that could not be.
   * @throws HoldfastError `tracker/bad_request`, `tracker/unavailable`
   */
  append(record: TrackerRecord, options: TrackerWriteOptions = {}): Promise<TrackerRecord | undefined> {
    return inTrackerWords(this.#append(record, options))
  }

  /** Resolves when everything that anybody wrote before the call was applied. @throws HoldfastError `tracker/unavailable` */
  synced(): Promise<void> {
    return inTrackerWords(this.#replica.synced(REACH_MS))
  }

  close(): void {
    void this.#replica.close()
  }

  async #append(record: TrackerRecord, options: TrackerWriteOptions): Promise<TrackerRecord | undefined> {
    const written = [{ kind: `tracker.${record.t}`, payload: record }]
    const result = await this.#replica.append(written, { ...options, bytes: sizeOf(record) })
    if (result.outcome === 'refused' && result.reason === 'too-large') {
      throw new HoldfastError('tracker/bad_request', 'It is too large.')
    }
    if (result.outcome !== 'appended' && result.outcome !== 'duplicate') {
      throw new HoldfastError('tracker/unavailable', 'The log cannot take this now. Try again.')
    }
    if (result.last !== undefined) await this.#replica.reached(result.last, REACH_MS)
    return result.outcome === 'appended' || result.first === undefined ? undefined : this.#recordAt(result.first)
  }

  async #recordAt(n: number): Promise<TrackerRecord | undefined> {
    const { log, session } = this.#options
    const { events } = await log.read(session, { after: n - 1, limit: 1 })
    const [stored] = events
    return stored === undefined ? undefined : readTrackerRecord(stored)
  }

  /** What is in snapshot `n` and was shown is not needed any more. */
  async #retention(n: number): Promise<Retention> {
    const { log, session, limits } = this.#options
    const { snapshotRecords: kept } = limits
    const behind = n - relayedUpTo(await log.findSession(session), n)
    return { maxEvents: Math.max(kept, Math.min(behind, kept * RELAY_RETRIES)) }
  }
}

/** What the log refuses is a mistake of the caller; what it cannot answer may be retried. */
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
