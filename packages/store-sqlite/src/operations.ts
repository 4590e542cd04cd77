import type {
  Gap,
  Head,
  LogLimits,
  Retention,
  SenderState,
  SessionInfo,
  SessionRecord,
  StoreOperation,
} from '@holdfast/log'
import type { AppendAnswers, AppendColumns } from './append-columns.ts'

/** What the worker is started with. */
export interface WorkerSettings {
  readonly path: string
  readonly limits: LogLimits
  readonly maxFileBytes: number
  /** How often the folder and the disk are looked at. */
  readonly lookEveryMs: number
  /** Where the driver's package is resolved from: a file URL inside this package. */
  readonly base: string
}

/** One event as it is read: n, id, kind, at, payload as JSON. */
export type StoredRow = readonly [n: number, id: string, kind: string, at: number, payload: string]

interface Session {
  readonly session: string
}
interface Timed extends Session {
  /** Milliseconds since 1970, by the log's clock. */
  readonly now: number
}

interface Visit extends Timed {
  readonly id: string
  readonly visit: number
}

/** Every question to the worker: what is asked, what is answered. */
export interface Operations {
  append: { in: Timed & { readonly appends: AppendColumns }; out: AppendAnswers }
  read: {
    in: Session & {
      readonly after: number
      readonly eventHash?: string | undefined
      readonly epoch?: string | undefined
      readonly limit: number
      readonly maxBytes: number
    }
    out: {
      readonly rows: readonly StoredRow[]
      readonly epoch: string
      readonly first: number
      readonly last: number
      readonly gap?: Gap | undefined
    }
  }
  head: { in: Session; out: Head }
  lease: {
    in: Timed & { readonly holder: string; readonly ttlMs: number }
    out:
      | { readonly outcome: 'granted'; readonly fence: number }
      | { readonly outcome: 'held'; readonly holder: string; readonly fence: number; readonly expiresInMs: number }
  }
  renew: { in: Timed & { readonly fence: number; readonly ttlMs: number }; out: boolean }
  release: { in: Session & { readonly fence: number }; out: boolean }
  /** A sender is here; `visit` names this time. */
  attach: { in: Visit & { readonly begins: boolean }; out: SenderState | null }
  detach: { in: Visit; out: void }
  snapshot: { in: Session; out: { readonly n: number; readonly text: string } | null }
  putSnapshot: { in: Session & { readonly n: number; readonly text: string }; out: boolean }
  trim: { in: Timed & { readonly retention: Retention }; out: Head }
  create: {
    in: Timed & { readonly epoch: string; readonly info: Partial<SessionInfo> }
    out: { readonly outcome: 'created' | 'exists'; readonly session: SessionRecord }
  }
  find: { in: Session; out: SessionRecord | null }
  update: { in: Timed & { readonly change: Partial<SessionInfo> }; out: SessionRecord }
  list: {
    in: {
      readonly before: number
      readonly limit: number
      readonly status?: string | undefined
      readonly tag?: string | undefined
    }
    out: { readonly sessions: readonly SessionRecord[]; readonly next?: string | undefined }
  }
  remove: { in: Session; out: boolean }
}

export type OperationName = keyof Operations

/** One question. */
export type Operation = { [K in OperationName]: { readonly op: K; readonly input: Operations[K]['in'] } }[OperationName]

/** An error on its way between the threads. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** The answer to one question. */
export type Reply = { readonly value: unknown } | { readonly error: Failure }

/** What a worker that only checks a file is started with. */
export interface CheckSettings {
  /** The file. */
  readonly check: string
  readonly base: string
}

/** What {@link checkStore} found. */
export interface StoreReport {
  /** Nothing is wrong. */
  readonly isWhole: boolean
  readonly sessions: number
  readonly events: number
  /** Sessions with a record that cannot be read, and what is wrong with the first one. */
  readonly damaged: readonly { readonly session: string; readonly reason: string }[]
  /** What SQLite says of the file itself; at most 100 lines. */
  readonly findings: readonly string[]
}

/** The message of a worker that only checks. After `report` and `unopened` it ends. */
export type FromChecker =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'report'; readonly report: StoreReport }
  | { readonly type: 'unopened'; readonly error: Failure }

/** What does not work, in words; absent where it does. */
export interface StoreTroubles {
  readonly append?: string | undefined
  readonly read?: string | undefined
  /** Sessions that are closed off. */
  readonly damaged: readonly string[]
}

/** Something that the operator of the store should know. */
export interface StoreWarning {
  /** A sentence. */
  readonly message: string
  /** What failed; absent where it is no failure. */
  readonly operation?: StoreOperation | undefined
  readonly session?: string | undefined
}

/** The main thread's message: questions that become durable together, what it found damaged, a copy, or the end. */
export type ToWorker =
  | { readonly type: 'batch'; readonly operations: readonly Operation[] }
  | { readonly type: 'damaged'; readonly session: string; readonly reason: string }
  | { readonly type: 'backup'; readonly path: string }
  | { readonly type: 'close' }

/** The worker's message. After `unopened` and `closed` it ends. */
export type FromWorker =
  | { readonly type: 'opened'; readonly driver: string }
  | { readonly type: 'unopened'; readonly error: Failure }
  /** One reply for each question. What has a value is committed. */
  | { readonly type: 'done'; readonly replies: readonly Reply[] }
  | {
      readonly type: 'news'
      readonly troubles?: StoreTroubles | undefined
      readonly warnings?: readonly StoreWarning[] | undefined
    }
  | { readonly type: 'copied'; readonly error?: Failure | undefined }
  | { readonly type: 'closed' }
