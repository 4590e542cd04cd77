import { HoldfastError } from '@holdfast/contract'
import { LogError, type LogHealth } from '@holdfast/log'
import { JetStreamApiError, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { Deadline } from './deadline.ts'
import { judgeFailure, reasonOf } from './judge.ts'
import type { Settings } from './options.ts'

/** One try. A leader that was lost is noticed by it, long before the call gives up. */
export const TRY_MS = 1_500
const PAUSE_MS = 100
/** Of a message, for what a record has beside its events. */
const RECORD_ROOM = 16 * 1024
export const RETRY_AFTER_MS = 1_000

/** A message as it is stored. */
export interface Stored {
  readonly subject: string
  readonly seq: number
  readonly data: Uint8Array
}

/** What became of a message. */
export type Published = { readonly seq: number } | 'moved'

interface GetAnswer {
  readonly message?: { readonly subject: string; readonly seq: number; readonly data?: string }
  readonly error?: { readonly code: number; readonly err_code: number; readonly description: string }
}

/**
 * The connection, and the few requests that this store is made of. Each tries until its deadline and then throws
 * `log/unavailable`; none is sent while there is no connection, so nothing piles up in the library.
 */
export class Link {
  readonly nc: NatsConnection
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  /** Of one message. */
  readonly maxPayload: number
  readonly #settings: Settings
  readonly #waiting = new Set<() => void>()
  readonly #reconnected = new Set<() => void>()
  #isConnected = true
  #failure: string | undefined

  constructor(nc: NatsConnection, jsm: JetStreamManager, settings: Settings) {
    this.nc = nc
    this.jsm = jsm
    this.js = jsm.jetstream()
    this.maxPayload = nc.info?.max_payload ?? 1024 * 1024
    this.#settings = settings
    void this.#follow()
  }

  /** What the events of one record may take. */
  get maxRecordBytes(): number {
    return this.maxPayload - RECORD_ROOM
  }

  health(): LogHealth {
    if (!this.#isConnected) return { ok: false, reason: 'no connection to a NATS server' }
    return this.#failure === undefined ? { ok: true } : { ok: false, reason: this.#failure }
  }

  deadline(): Deadline {
    return new Deadline(this.#settings.timers, this.#settings.stallMs)
  }

  /** Calls `listener` whenever the connection came back; the result ends that. */
  whenBack(listener: () => void): () => void {
    this.#reconnected.add(listener)
    return () => this.#reconnected.delete(listener)
  }

  /** The last message of a subject, from the stream's leader. */
  last(stream: string, subject: string, deadline: Deadline = this.deadline()): Promise<Stored | null> {
    return this.#get(stream, { last_by_subj: subject }, deadline)
  }

  /** The first message of a subject from `seq` on, from the stream's leader. */
  next(stream: string, subject: string, seq: number, deadline: Deadline = this.deadline()): Promise<Stored | null> {
    return this.#get(stream, { seq, next_by_subj: subject }, deadline)
  }

  /** Messages of a subject from `seq` on, from any replica: it may know fewer than there are. */
  page(stream: string, subject: string, seq: number, count: number, bytes: number): Promise<readonly Stored[]> {
    return this.trying(async () => {
      const options = { seq, next_by_subj: subject, batch: count, max_bytes: bytes }
      const found: Stored[] = []
      try {
        for await (const message of await this.jsm.direct.getBatch(stream, options)) {
          found.push({ subject: message.subject, seq: message.seq, data: message.data })
        }
      } catch {
        // "Message not found" ends a batch that is empty; whatever else it was, the leader will say it.
        if (found.length === 0) return []
      }
      return found
    })
  }

  /**
   * Stores a message, in its place where `prev` says which message of its subject must be the last. Tried again under
   * the same id until it is known what became of it; the caller finds out whether what stands there instead is its own.
   */
  publish(
    subject: string,
    content: string | Uint8Array,
    id: string,
    prev?: number,
    deadline?: Deadline,
  ): Promise<Published> {
    const expect = prev === undefined ? {} : { lastSubjectSequence: prev }
    return this.trying(async (timeout) => {
      try {
        const { seq } = await this.js.publish(subject, content, { msgID: id, timeout, expect })
        return { seq }
      } catch (error) {
        if (judgeFailure(error) === 'moved') return 'moved'
        throw error
      }
    }, deadline)
  }

  /** Runs `work` until it succeeds. @throws LogError `log/unavailable` at the deadline, or at once where there is no room */
  async trying<T>(work: (timeoutMs: number) => Promise<T>, deadline: Deadline = this.deadline()): Promise<T> {
    for (;;) {
      try {
        if (!(await this.#connected(deadline))) throw new Error('no connection to a NATS server')
        const result = await work(Math.max(Math.min(TRY_MS, deadline.leftMs), 1))
        this.#failure = undefined
        return result
      } catch (error) {
        if (error instanceof HoldfastError) throw error
        this.#failure = reasonOf(error)
        if (judgeFailure(error) === 'full' || deadline.isOver || this.nc.isClosed()) throw this.#unavailable(error)
        await deadline.pause(PAUSE_MS)
      }
    }
  }

  #get(stream: string, query: Readonly<Record<string, unknown>>, deadline: Deadline): Promise<Stored | null> {
    return this.trying(async (timeout) => {
      const subject = `$JS.API.STREAM.MSG.GET.${stream}`
      const answer: GetAnswer = (await this.nc.request(subject, JSON.stringify(query), { timeout })).json()
      if (answer.error !== undefined) {
        const error = new JetStreamApiError(answer.error)
        if (judgeFailure(error) === 'missing') return null
        throw error
      }
      if (answer.message === undefined) throw new Error('the server answered without a message')
      const { subject: on, seq, data = '' } = answer.message
      return { subject: on, seq, data: Buffer.from(data, 'base64') }
    }, deadline)
  }

  #unavailable(cause: unknown): LogError {
    const message = `expected an answer from the store, got none: ${reasonOf(cause)}`
    return new LogError('log/unavailable', message, { retryAfterMs: RETRY_AFTER_MS }, cause)
  }

  async #connected(deadline: Deadline): Promise<boolean> {
    if (this.#isConnected || this.nc.isClosed()) return this.#isConnected
    let wake: () => void = () => {}
    const back = new Promise<boolean>((resolve) => {
      wake = () => resolve(true)
    })
    this.#waiting.add(wake)
    try {
      return (await deadline.orEnd(back)) === true
    } finally {
      this.#waiting.delete(wake)
    }
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.nc.status()) {
      if (type === 'disconnect' || type === 'staleConnection' || type === 'reconnecting') this.#isConnected = false
      else if (type === 'reconnect') {
        this.#isConnected = true
        for (const wake of [...this.#waiting]) wake()
        for (const listener of [...this.#reconnected]) listener()
      }
    }
    this.#isConnected = false
  }
}
