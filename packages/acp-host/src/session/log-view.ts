import type {
  Append,
  AppendAnswer,
  AppendOptions,
  AppendResult,
  AttachedSender,
  CreateResult,
  Head,
  Lease,
  LeaseHeld,
  ListOptions,
  LogHealth,
  NewEvent,
  Page,
  ReadOptions,
  SessionInfo,
  SessionLog,
  SessionPage,
  SessionRecord,
  Snapshot,
  TailItem,
  TailOptions,
} from '@holdfast/log'

/** A log whose snapshots and bounds are cared for by the hub, which has the sessions too. */
export class LogView implements SessionLog {
  readonly #log: SessionLog

  constructor(log: SessionLog) {
    this.#log = log
  }

  append(session: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    return this.#log.append(session, events, options)
  }

  appendAll(session: string, appends: readonly Append[]): Promise<readonly AppendAnswer[]> {
    return this.#log.appendAll(session, appends)
  }

  read(session: string, options: ReadOptions): Promise<Page> {
    return this.#log.read(session, options)
  }

  tail(session: string, options: TailOptions): AsyncIterable<TailItem> {
    return this.#log.tail(session, options)
  }

  head(session: string): Promise<Head> {
    return this.#log.head(session)
  }

  lease(session: string, holder: string, ttlMs: number): Promise<Lease | LeaseHeld> {
    return this.#log.lease(session, holder, ttlMs)
  }

  attachSender(session: string, id: string, begins?: boolean): Promise<AttachedSender> {
    return this.#log.attachSender(session, id, begins)
  }

  async snapshot(): Promise<Snapshot | null> {
    return null
  }

  async putSnapshot(): Promise<boolean> {
    return false
  }

  trim(session: string): Promise<Head> {
    return this.#log.head(session)
  }

  createSession(id: string, info?: Partial<SessionInfo>): Promise<CreateResult> {
    return this.#log.createSession(id, info)
  }

  findSession(id: string): Promise<SessionRecord | null> {
    return this.#log.findSession(id)
  }

  updateSession(id: string, change: Partial<SessionInfo>): Promise<SessionRecord> {
    return this.#log.updateSession(id, change)
  }

  listSessions(options?: ListOptions): Promise<SessionPage> {
    return this.#log.listSessions(options)
  }

  removeSession(id: string): Promise<boolean> {
    return this.#log.removeSession(id)
  }

  health(): LogHealth {
    return this.#log.health()
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
