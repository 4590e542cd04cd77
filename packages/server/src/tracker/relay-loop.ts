import { type Clock, type Logger, pause, type Random } from '@holdfast/contract'
import { isLogError, type Lease, type SessionLog, type TailItem } from '@holdfast/log'
import type { TrackerStreamEvent } from '@holdfast/protocol/tracker'
import { pauseBeforeRetry, unlessAborted } from '../log-retry.ts'
import { readTrackerRecord, type TrackerRecord, type TrackerTask } from './records.ts'
import { relayedUpTo, rememberRelayed } from './relay-position.ts'

/** Shows the tracker's work somewhere else: {@link HubRelay} does it in the hub. */
export interface TrackerRelay {
  /** An agent of this node streams its work; `task` where it names one that is known. May be lost. */
  stream?(agent: string, event: TrackerStreamEvent, task: TrackerTask | undefined): void
  /** Resolves when everything streamed on a task so far is shown, so that later messages of the agent come after it. */
  streamed?(taskId: string): Promise<void>
  /**
   * Shows record `n`, in order, on one node at a time. It is called again after a rejection, and may be after a crash
   * of a node: use `n` as idempotency key.
   */
  show?(n: number, record: TrackerRecord): Promise<void>
}

export interface RelayLoopParts {
  readonly log: SessionLog
  readonly session: string
  readonly relay: TrackerRelay
  /** Names this node. */
  readonly holder: string
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A node that died is replaced after so long. */
const LEASE_MS = 15_000
/** The position is remembered so often: after a crash so much is shown again, to no effect. */
const REMEMBER_MS = 2_000

/** Shows every record of the tracker's log, whatever crashes: one node at a time, from a position that is stored in the log. */
export class RelayLoop {
  readonly #parts: RelayLoopParts
  readonly #end = new AbortController()
  readonly #done: Promise<void>
  #shown = 0
  #remembered = 0
  #failures = 0

  constructor(parts: RelayLoopParts) {
    this.#parts = parts
    this.#done = this.#run()
  }

  /** Resolves when the position is remembered and the next node may go on. */
  close(): Promise<void> {
    this.#end.abort()
    return this.#done
  }

  async #run(): Promise<void> {
    const { log, session, holder, clock, logger } = this.#parts
    const { signal } = this.#end
    while (!signal.aborted) {
      try {
        const lease = await log.lease(session, holder, LEASE_MS)
        if (lease.outcome === 'granted') await this.#lead(lease)
        else await pause(clock, Math.min(lease.expiresInMs + 100, LEASE_MS / 3), signal)
      } catch (error) {
        if (signal.aborted || isLogError(error, 'log/closed')) return
        if (this.#failures === 0) logger.warn('the relay of the tracker waits for its log', { error: String(error) })
        await this.#pause()
      }
    }
  }

  /** Shows records while the lease is ours. */
  async #lead(lease: Lease): Promise<void> {
    const turn = new AbortController()
    const end = (): void => turn.abort()
    this.#end.signal.addEventListener('abort', end)
    if (this.#end.signal.aborted) end()
    const renewal = this.#keepLease(lease, turn)
    try {
      const { log, session, logger } = this.#parts
      this.#shown = relayedUpTo(await log.findSession(session), 0, (issue) =>
        logger.warn('the position of the relay does not fit: everything is shown again', { session, issue }),
      )
      // From here on the log keeps what was not shown.
      this.#remembered = -1
      await this.#remember()
      for await (const item of log.tail(session, { after: this.#shown, signal: turn.signal })) {
        await this.#take(item, turn.signal)
        this.#failures = 0
      }
    } finally {
      this.#end.signal.removeEventListener('abort', end)
      end()
      await renewal
      await this.#remember().catch(() => {})
      await lease.release().catch(() => {})
    }
  }

  async #take(item: TailItem, signal: AbortSignal): Promise<void> {
    const { logger } = this.#parts
    if (item.type === 'mark') return
    if (item.type === 'gap') {
      if (item.reason !== 'retention') this.#shown = 0
      else if (this.#shown > 0) logger.error('records of the tracker were not shown', { from: item.from, to: item.to })
      return
    }
    const { event } = item
    const record = readTrackerRecord(event)
    if (record !== undefined && !(await this.#show(event.n, record, signal))) return
    this.#shown = event.n
  }

  /** Until it has succeeded. False where it is another node's turn by then. */
  async #show(n: number, record: TrackerRecord, signal: AbortSignal): Promise<boolean> {
    const { relay, logger } = this.#parts
    while (!signal.aborted) {
      try {
        await unlessAborted(Promise.resolve(relay.show?.(n, record)), signal)
        this.#failures = 0
        return !signal.aborted
      } catch (error) {
        if (this.#failures === 0) logger.warn('a record of the tracker is not shown yet', { n, error: String(error) })
        await this.#pause(signal)
      }
    }
    return false
  }

  /** Renews the lease and remembers the position, until the turn ends. Ends it where the lease is lost. */
  async #keepLease(lease: Lease, turn: AbortController): Promise<void> {
    const { clock, logger } = this.#parts
    let renewedAt = clock.now()
    while (!turn.signal.aborted) {
      await pause(clock, REMEMBER_MS, turn.signal)
      if (turn.signal.aborted) return
      try {
        if (clock.now() - renewedAt >= LEASE_MS / 4) {
          if (!(await lease.renew())) turn.abort()
          renewedAt = clock.now()
        }
        if (!turn.signal.aborted) await this.#remember()
      } catch (error) {
        logger.debug('the position of the relay was not remembered', { error: String(error) })
      }
    }
  }

  async #remember(): Promise<void> {
    const { log, session } = this.#parts
    const n = this.#shown
    if (n === this.#remembered) return
    await rememberRelayed(log, session, n)
    this.#remembered = n
  }

  #pause(signal: AbortSignal = this.#end.signal): Promise<void> {
    const { clock, random } = this.#parts
    this.#failures += 1
    return pauseBeforeRetry(this.#failures, { clock, random, signal })
  }
}
