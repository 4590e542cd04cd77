import type { Clock, Logger } from '@holdfast/contract'
import type { LogEvent, SenderMark } from '../append.ts'
import type { Retention, SessionLog } from '../session-log.ts'
import type { QueueOptions } from './append-queue.ts'

/** A state that is made of a log's events and nothing else: the same events make the same state, on every node. */
export interface ReplicaState<Applied> {
  /** The number of the event that was applied last; 0: none was. The replica moves it over gaps. */
  n: number
  /** Applies the next event. Its answer goes to {@link ReplicaOptions.applied}. */
  apply(event: LogEvent): Applied
  /** Everything that {@link restore} needs: any JSON value. */
  snapshot(): unknown
  /** Takes over a stored snapshot, as an empty state. False where it cannot be read: then every event is applied. */
  restore(n: number, snapshot: unknown): boolean
}

/** What was just loaded. */
export interface ReplicaLoad {
  /** Names the life of the session: numbers mean something within it alone. */
  readonly epoch: string
  /** Identifies the content of the last event. */
  readonly eventHash: string
  /** Nothing was loaded before. */
  readonly isFirst: boolean
  /** The session was created again since the last load: everything known of it before is void. */
  readonly isAnotherLife: boolean
}

/** How a replica recovers after its log failed, or went on without it. */
export interface ReplicaRecovery {
  /** Waits before the `failures`th try in a row (1, 2, …), or less where the signal ends it. */
  pause(failures: number, signal: AbortSignal): Promise<void>
}

/** Options of a {@link Replica}. */
export interface ReplicaOptions<State extends ReplicaState<Applied>, Applied> {
  readonly log: SessionLog
  /** The session that is followed. */
  readonly session: string
  /** Opens or makes the session before it is loaded. What it throws ends the load. */
  readonly open: () => Promise<{ readonly epoch: string }>
  /** A state to which nothing was applied. Asked for at every load. */
  readonly empty: () => State
  /** A page of events was loaded; the next one follows after other work had its turn. */
  readonly grew?: (() => void) | undefined
  /** Everything in the log was loaded; later events are passed to {@link applied}. */
  readonly loaded?: ((load: ReplicaLoad) => void) | undefined
  /** An event was applied, with what the state returned for it. */
  readonly applied?: ((event: LogEvent, applied: Applied) => void) | undefined
  /** Asked after each event that was applied: the next one waits for what it returns. @defaultValue none waits */
  readonly capacity?: (() => Promise<void> | undefined) | undefined
  /** The log is trimmed every this many events, and a snapshot is stored, as {@link snapshotDistance} says. */
  readonly snapshotEvents: number
  /**
   * So many events are between two snapshots at least: a large state costs as much to store as many events do to write.
   * @defaultValue `snapshotEvents`
   */
  readonly snapshotDistance?: (() => number) | undefined
  /** What the log may forget once snapshot `n` is stored. */
  readonly retention: (n: number) => Retention | Promise<Retention>
  /** @defaultValue the first failure ends the replica: {@link ended} */
  readonly recovery?: ReplicaRecovery | undefined
  /** Following ended without a call of `close()`: the log failed permanently, was cut, or was closed. */
  readonly ended?: ((error: unknown) => void) | undefined
  /** Names who writes, in the log. */
  readonly producer: string
  /** Begins the ids of events that have no key: another one for each replica. */
  readonly idPrefix: string
  readonly clock: Clock
  readonly logger: Logger
}

/** One event to write. */
export interface ReplicaRecord {
  /** Name of its kind, for filters. */
  readonly kind: string
  /** Any JSON value. */
  readonly payload: unknown
}

/** How records are written. */
export interface WriteOptions extends QueueOptions {
  /** The same key again is the same record. It is the event's id, too. */
  readonly key?: string | undefined
  /** Whose key it is: one that writes many does not make the log forget those of others. */
  readonly keyScope?: string | undefined
  /** The sender's number does so for as long as the sender may send it again. */
  readonly sender?: SenderMark | undefined
  /** The lease that is written under. @defaultValue 0, under none */
  readonly fence?: number | undefined
  /** Written only where this is the last event: otherwise the answer is `conflict`. @defaultValue wherever it comes */
  readonly expectedHead?: number | undefined
}
