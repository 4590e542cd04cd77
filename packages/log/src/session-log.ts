import type { Append, AppendAnswer, AppendOptions, AppendResult, AttachedSender, LogEvent, NewEvent } from './append.ts'
import type { SessionInfo, SessionRecord } from './generated/types.ts'

export type { SessionInfo, SessionReach, SessionRecord } from './generated/types.ts'

/**
 * The seam between the gateway and everything durable: one log of numbered events for each session, and beside it
 * the little that must survive with it (description, snapshot, lease, memory of what was already appended).
 *
 * Promises that every implementation keeps (design: append before send):
 * - `n` is contiguous in a session, starts at 1 and is never given twice within an epoch.
 * - An append that was answered with `appended` or `duplicate` is as durable as the store can make it.
 * - There is no "unknown" outcome: a store that is in doubt reads back before it answers.
 * - Appends of one session take effect in the order in which `append` was called.
 * - Events are handed over as they are: do not change a payload after it was appended, or one that was read.
 */

/** Events that are no longer available, reported in their place. */
export interface Gap {
  readonly type: 'gap'
  readonly from: number
  readonly to: number
  /**
   * `retention`: trimmed; the remaining events follow. `rollback`: the log is shorter than the position, or has another
   * event there. `epoch`: the position belongs to an earlier epoch of the session. After the last two nothing follows.
   */
  readonly reason: 'retention' | 'rollback' | 'epoch'
}

/** Where to start. `eventHash` and `epoch`, where given, are checked against the log (see {@link Gap}). */
export interface ReadFrom {
  /** The number of the last event that is already known; 0 = from the start. */
  readonly after: number
  readonly eventHash?: string | undefined
  readonly epoch?: string | undefined
}

export interface ReadOptions extends ReadFrom {
  /** The most events to return. @defaultValue {@link LogLimits.pageEvents}, which is also the maximum */
  readonly limit?: number | undefined
  /** Stop before exceeding this (one event is always given). @defaultValue {@link LogLimits.pageBytes}, also the most. */
  readonly maxBytes?: number | undefined
}

/** The first and last number of a log. An empty log has first 1 and last 0. */
export interface Head {
  readonly epoch: string
  /** Number of the oldest event that can be read; last + 1 where there is none. */
  readonly first: number
  readonly last: number
  /** Hash of event `last`. */
  readonly eventHash: string
  /** What the events that are left occupy. */
  readonly bytes: number
}

/** One page. Empty with `last` = `after` means: nothing new. */
export interface Page {
  readonly events: readonly LogEvent[]
  readonly epoch: string
  readonly first: number
  readonly last: number
  readonly gap?: Gap | undefined
}

/** Everything up to `n` was delivered and `n` was the last number at that moment. The first one means: from here on live. */
export interface Mark {
  readonly type: 'mark'
  readonly n: number
}

export type TailItem = { readonly type: 'event'; readonly event: LogEvent } | Mark | Gap

export interface TailOptions extends ReadFrom {
  /** Ends the iteration at once and without an error. */
  readonly signal: AbortSignal
}

/** The right to write as the lead of a session. */
export interface Lease {
  readonly outcome: 'granted'
  /** Greater than every fence given before, in any session and any life of it. */
  readonly fence: number
  /** Extends the lease by its duration from now. False: it was lost; stop writing. */
  renew(): Promise<boolean>
  /** Frees the session for the next holder at once. Does nothing where the lease was lost. */
  release(): Promise<void>
}

/** The lease belongs to another holder. */
export interface LeaseHeld {
  readonly outcome: 'held'
  readonly holder: string
  readonly fence: number
  readonly expiresInMs: number
}

/** The state of the session after event `n`, folded by the caller. */
export interface Snapshot {
  readonly n: number
  /** Any JSON value, opaque to the log. */
  readonly state: unknown
}

/** What may stay. Trimming never goes past the last snapshot. Absent = no bound of that kind. */
export interface Retention {
  readonly maxEvents?: number | undefined
  readonly maxBytes?: number | undefined
  /** Age by the event's `at`, counted from the front of the log up to the first younger one. */
  readonly maxAgeMs?: number | undefined
}

export interface CreateResult {
  /** `exists`: the session was there; it is returned as it is, and nothing was changed. */
  readonly outcome: 'created' | 'exists'
  readonly session: SessionRecord
}

export interface ListOptions {
  /** `next` of the page before. */
  readonly cursor?: string | undefined
  /** @defaultValue {@link LogLimits.pageSessions}, which is also the most. */
  readonly limit?: number | undefined
  /** Only sessions with this status. */
  readonly status?: string | undefined
  /** Only sessions that carry this tag. */
  readonly tag?: string | undefined
}

/** A page of the index, newest session first. */
export interface SessionPage {
  readonly sessions: readonly SessionRecord[]
  /** Pass as `cursor` for the next page; absent at the end. */
  readonly next?: string | undefined
}

/** What a store does, as far as it can fail by itself. `append`: everything that writes. */
export type StoreOperation = 'read' | 'append'

/**
 * Whether a log works at this moment, as far as is known without trying. What failed is healthy again when the same has
 * succeeded, not when something else has.
 */
export interface LogHealth {
  /** Reads and appends work. */
  readonly ok: boolean
  /** The reason, for operators; may be shown to anyone. */
  readonly reason?: string | undefined
  /**
   * The operations that fail, each with its cause. Absent where a log cannot distinguish them; then all fail if `ok` is
   * false.
   */
  readonly failing?: Readonly<Partial<Record<StoreOperation, string>>> | undefined
  /** Sessions that are answered with `log/damaged`, while all others are served. Absent: none. */
  readonly damaged?: readonly string[] | undefined
}

/**
 * The log of all sessions. Everything but {@link SessionLog.append} rejects with a HoldfastError where it cannot answer:
 * `log/unknown_session`, `log/damaged`, `log/unavailable` (details: `retryAfterMs`), `log/too_large`,
 * `log/quota`, `log/bad_request`, `log/closed`. Every method rejects with `log/closed` after {@link SessionLog.close}.
 */
export interface SessionLog {
  /**
   * Appends all events or none, contiguously. Rejects only for a mistake of the caller: `log/bad_event`,
   * `log/bad_request`, `log/closed`; everything else is an outcome.
   */
  append(session: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult>
  /**
   * Appends several batches, in order and made durable together: each is checked by itself, after those before it. The
   * order is kept whatever fails: `unavailable` is returned for all that could have been written or for none, and after
   * the first `quota` nothing more is written. One result for each; a malformed one does not affect the others. Rejects
   * only with `log/closed`, or `log/bad_request` for the session's id.
   */
  appendAll(session: string, appends: readonly Append[]): Promise<readonly AppendAnswer[]>
  read(session: string, options: ReadOptions): Promise<Page>
  /**
   * Every event after a position, in order and once each: stored ones, then new ones, without a gap between. Keeps at
   * most a page in memory however slow the reader is. Ends when `signal` is aborted or the log is closed; throws
   * `log/unknown_session` where the session does not exist or is removed meanwhile, and what `read` throws: start
   * another one after the last event that arrived.
   */
  tail(session: string, options: TailOptions): AsyncIterable<TailItem>
  /** The first and last number of a log, including everything that was acknowledged before the call. */
  head(session: string): Promise<Head>

  /**
   * Takes the session's lease for `ttlMs`. The holder that has it already gets it again with a new fence (the same
   * lead on a new connection). Fences protect the log, time only decides who may try.
   */
  lease(session: string, holder: string, ttlMs: number): Promise<Lease | LeaseHeld>

  /**
   * Marks a sender as attached. Stores of one process do not forget it while it is; where several share a store,
   * senders at other nodes count by their last contact. `begins`: nothing that it sent before is unsettled, so it is
   * remembered from now on, even if it sends nothing; otherwise an unknown sender stays unknown until something new of
   * it is appended, however often it attaches. @defaultValue true
   */
  attachSender(session: string, id: string, begins?: boolean): Promise<AttachedSender>

  snapshot(session: string): Promise<Snapshot | null>
  /** False where a snapshot of the same or a later `n` is stored. Rejects with `log/bad_request` where n is ahead of the head. */
  putSnapshot(session: string, n: number, state: unknown): Promise<boolean>
  /** Moves `first` forward, at most to the snapshot's `n`; numbers stay. Without a snapshot nothing is removed. */
  trim(session: string, retention: Retention): Promise<Head>

  /** Opens a session. One that was removed starts again with a new epoch and n = 1; old fences stay old. */
  createSession(id: string, info?: Partial<SessionInfo>): Promise<CreateResult>
  findSession(id: string): Promise<SessionRecord | null>
  /** Replaces the members that are given. */
  updateSession(id: string, change: Partial<SessionInfo>): Promise<SessionRecord>
  listSessions(options?: ListOptions): Promise<SessionPage>
  /** Removes the session with everything that belongs to it. Resolves with false where there is none. */
  removeSession(id: string): Promise<boolean>

  health(): LogHealth
  /** Finishes the calls made before, ends all tails, frees everything. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
