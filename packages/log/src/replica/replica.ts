import { setImmediate as turn } from 'node:timers/promises'
import type { AppendResult, LogEvent } from '../append.ts'
import { isLogError, LogError } from '../errors.ts'
import type { Head } from '../session-log.ts'
import { AppendQueue } from './append-queue.ts'
import type { ReplicaOptions, ReplicaRecord, ReplicaState, WriteOptions } from './replica-options.ts'
import { Waiters } from './waiters.ts'

/**
 * A state in memory that follows one session of a log: its snapshot and the events after it, then every event as it is
 * written, here or on another node. It writes through one queue, knows when a written event has been applied to the
 * state, and stores a snapshot at intervals, so that the log can be trimmed.
 */
export class Replica<State extends ReplicaState<Applied>, Applied> {
  readonly #options: ReplicaOptions<State, Applied>
  readonly #appends: AppendQueue
  #waiting: Waiters | undefined
  readonly #end = new AbortController()
  #state: State
  #epoch: string | undefined
  #ids = 0
  #snapshotAt = 0
  /** When the log was trimmed last, or a snapshot stored. */
  #trimmedAt = 0
  #storing: Promise<void> | undefined

  constructor(options: ReplicaOptions<State, Applied>) {
    this.#options = options
    this.#state = options.empty()
    this.#appends = new AppendQueue(options.log, options.session, () => this.#storeSnapshot())
  }

  /** Loads everything that there is, and follows from there on. @throws what `open` and the log throw */
  async start(): Promise<void> {
    await this.#load()
    void this.#follow()
  }

  /** As far as the log was followed. Another object after a load that was not the first. */
  get state(): State {
    return this.#state
  }

  /** Names the life of the session that is followed; empty before anything was loaded. */
  get epoch(): string {
    return this.#epoch ?? ''
  }

  /** Aborted when it follows no more. */
  get signal(): AbortSignal {
    return this.#end.signal
  }

  /** Appends records after everything that was queued before: all of them or none. Rejects only for mistakes in the records. */
  append(records: readonly ReplicaRecord[], options: WriteOptions = {}): Promise<AppendResult> {
    const { producer, idPrefix, clock } = this.#options
    const { key, keyScope, sender, expectedHead, fence = 0 } = options
    this.#ids += 1
    const base = key ?? `${idPrefix}-${this.#ids}`
    const at = clock.epoch()
    const events = records.map((record, i) => ({ id: i === 0 ? base : `${base}+${i}`, at, ...record }))
    const how = { producer: { id: producer, fence }, key, keyScope, sender, expectedHead }
    return this.#appends.append({ events, options: how }, options)
  }

  /** Resolves when event `n` was applied; also when it follows no more, and after `timeoutMs`. @defaultValue no timeout */
  reached(n: number, timeoutMs?: number | undefined): Promise<void> {
    if (this.#state.n >= n || this.#end.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting ??= new Waiters()
      const go = this.#waiting.add(n, () => {
        timer?.cancel()
        resolve()
      })
      const timer = timeoutMs === undefined ? undefined : this.#options.clock.after(timeoutMs, go)
    })
  }

  /** Resolves when everything written by any node before the call was applied, or as {@link reached}. Rejects as `head`. */
  async synced(timeoutMs?: number | undefined): Promise<void> {
    const { last } = await this.#options.log.head(this.#options.session)
    await this.reached(last, timeoutMs)
  }

  /**
   * Stops following. Resolves when a snapshot is stored, where at least `snapshotAfter` events have arrived since the
   * last one.
   */
  async close(snapshotAfter: number = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#end.signal.aborted) return this.#storing
    this.#end.abort()
    this.#waiting?.reached(Number.POSITIVE_INFINITY)
    if (this.#state.n - this.#snapshotAt >= snapshotAfter) await this.#storeSnapshot()
  }

  /** The snapshot and what came after it, page by page: others have their turn in between. */
  async #load(): Promise<void> {
    const { log, session, open, empty } = this.#options
    const before = this.#epoch
    for (;;) {
      const { epoch } = await open()
      const state = empty()
      if (before === undefined) this.#state = state
      const snapshot = await log.snapshot(session)
      const isRestored = snapshot !== null && state.restore(snapshot.n, snapshot.state)
      const head = await this.#read(state, epoch)
      if (head === undefined) continue
      if (this.#end.signal.aborted && before !== undefined) return
      this.#state = state
      this.#epoch = epoch
      this.#snapshotAt = isRestored ? snapshot.n : 0
      this.#trimmedAt = this.#snapshotAt
      this.#goOn()
      const isAnotherLife = before !== undefined && before !== epoch
      this.#options.loaded?.({ epoch, eventHash: head.eventHash, isFirst: before === undefined, isAnotherLife })
      return
    }
  }

  /** Applies everything that is stored. Where the log stands then; undefined where the session began anew meanwhile. */
  async #read(state: State, epoch: string): Promise<Head | undefined> {
    const { log, session, grew } = this.#options
    for (;;) {
      const page = await log.read(session, { after: state.n, epoch })
      if (page.gap?.reason === 'epoch') return undefined
      // What is gone is in the snapshot, and so is what a log that lost its end had there.
      if (page.gap !== undefined) state.n = page.gap.to
      for (const event of page.events) state.apply(event)
      grew?.()
      await turn()
      if (state.n < page.last) continue
      const head = await log.head(session)
      if (head.epoch !== epoch) return undefined
      if (head.last <= state.n) return head
    }
  }

  async #follow(): Promise<void> {
    const { recovery } = this.#options
    const { signal } = this.#end
    let mustLoad = false
    let failures = 0
    const succeeded = (): void => {
      failures = 0
    }
    while (!signal.aborted) {
      try {
        if (mustLoad) await this.#load()
        mustLoad = false
        await this.#tail(succeeded)
      } catch (error) {
        if (signal.aborted) return
        if (recovery === undefined || isLogError(error, 'log/closed')) return this.#endWith(error)
        // Removed: what is known of it is void, whatever takes its place.
        mustLoad ||= isLogError(error, 'log/unknown_session')
        if (failures === 0) this.#warn('the state is behind its log', error)
      }
      failures += 1
      if (!signal.aborted) await recovery?.pause(failures, signal)
    }
  }

  /** One tail, as long as it lasts. */
  async #tail(succeeded: () => void): Promise<void> {
    const { log, session, recovery } = this.#options
    const { signal } = this.#end
    for await (const item of log.tail(session, { after: this.#state.n, epoch: this.epoch, signal })) {
      if (signal.aborted) return
      if (item.type === 'gap') {
        if (recovery === undefined)
          throw new LogError('log/unavailable', 'expected no gap in a session that is followed')
        // What is there now is all that there is.
        await this.#load()
        return succeeded()
      }
      succeeded()
      if (item.type !== 'event') continue
      this.#apply(item.event)
      const capacity = this.#options.capacity?.()
      if (capacity !== undefined) await capacity
    }
    if (!signal.aborted) throw new LogError('log/unavailable', 'expected a log that is open')
  }

  #apply(event: LogEvent): void {
    const applied = this.#state.apply(event)
    this.#options.applied?.(event, applied)
    this.#goOn()
    const { snapshotEvents, snapshotDistance } = this.#options
    if (event.n - this.#trimmedAt < snapshotEvents) return
    const isDue = event.n - this.#snapshotAt >= (snapshotDistance?.() ?? snapshotEvents)
    void (isDue ? this.#storeSnapshot() : this.#trim(event.n))
  }

  #goOn(): void {
    this.#waiting?.reached(this.#state.n)
  }

  /** Stores a snapshot and lets the log forget what it may. One at a time. */
  #storeSnapshot(): Promise<void> {
    this.#storing ??= this.#store().finally(() => {
      this.#storing = undefined
    })
    return this.#storing
  }

  async #store(): Promise<void> {
    const { log, session } = this.#options
    const { n } = this.#state
    this.#snapshotAt = n
    try {
      await log.putSnapshot(session, n, this.#state.snapshot())
    } catch (error) {
      this.#warn('a snapshot was not stored', error)
    }
    await this.#trim(n)
  }

  /** Lets the log forget what it may: nothing that came after its snapshot. */
  async #trim(n: number): Promise<void> {
    const { log, session, retention } = this.#options
    this.#trimmedAt = n
    try {
      await log.trim(session, await retention(n))
    } catch (error) {
      this.#warn('the log was not trimmed', error)
    }
  }

  #endWith(error: unknown): void {
    this.#options.ended?.(error)
    void this.close()
  }

  #warn(message: string, error: unknown): void {
    const { logger, session } = this.#options
    logger.warn(message, { session, error: String(error) })
  }
}
