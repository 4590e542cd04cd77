import { HoldfastError } from '@holdfast/contract'
import { LogError, type LogHealth } from '@holdfast/log'
import { JetStreamApiError, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { Deadline } from './deadline.ts'
import { fateOf, isServerFull, reasonOf } from './failed-request.ts'
import { FullServerReports } from './full-server-reports.ts'
import type { Settings } from './options.ts'
import { type Purpose, type Trouble, Troubles } from './troubles.ts'

/** One try. A leader that was lost is noticed by it, long before the call gives up. */
export const TRY_MS = 1_500
const PAUSE_MS = 100
/** Stored to see whether there is room again: as much as many a batch. */
const PROBE_BYTES = 65_536
/** Nothing stands there. */
const PROBE_SUBJECT = 'probe'
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
  readonly troubles: Troubles
  readonly #news: FullServerReports

  constructor(nc: NatsConnection, jsm: JetStreamManager, settings: Settings) {
    this.nc = nc
    this.jsm = jsm
    this.js = jsm.jetstream()
    this.maxPayload = nc.info?.max_payload ?? 1024 * 1024
    this.#settings = settings
    this.troubles = new Troubles(() => settings.timers.now())
    this.#news = new FullServerReports(nc, settings.prefix, settings.timers, (reason) => this.troubles.full(reason))
    void this.#follow()
  }

  /** What the events of one record may take. */
  get maxRecordBytes(): number {
    return this.maxPayload - RECORD_ROOM
  }

  health(): LogHealth {
    if (!this.#isConnected) return { ok: false, reason: 'no connection to a NATS server' }
    return this.troubles.health()
  }

  /** Tries again what has failed, so that the end of it is known without other requests. Never rejects. */
  async probe(): Promise<void> {
    const deadline = new Deadline(this.#settings.timers, TRY_MS)
    await Promise.all(this.troubles.all.map((trouble) => this.#tryAgain(trouble, deadline).catch(() => {})))
  }

  async #tryAgain(trouble: Trouble, deadline: Deadline): Promise<void> {
    const { operation, stream } = trouble
    if (operation === 'read') await this.last(stream, PROBE_SUBJECT, deadline)
    else if (trouble.isFull) await this.#storeSomething(trouble, deadline)
    // No subject has so many records: this is refused by a server that could have stored it.
    else await this.#publish(trouble, probeSubject(trouble), '', { prev: Number.MAX_SAFE_INTEGER, deadline })
  }

  /** Whether there is room again shows only when something was stored. It is removed at once. */
  async #storeSomething(trouble: Trouble, deadline: Deadline): Promise<void> {
    const subject = probeSubject(trouble)
    await this.#publish(trouble, subject, new Uint8Array(PROBE_BYTES), { deadline })
    await this.jsm.streams.purge(trouble.stream, { filter: subject })
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
    return this.trying({ operation: 'read', stream }, async (maxWait) => {
      const query = JSON.stringify({ seq, next_by_subj: subject, batch: count, max_bytes: bytes })
      const found: Stored[] = []
      try {
        // Not `direct.getBatch`: that leaves a subscription behind for each page, here and at the server. An answer
        // without content is the last: there is no more, or nothing at all.
        const how = { strategy: 'sentinel', maxWait } as const
        for await (const { data, headers } of await this.nc.requestMany(`$JS.API.DIRECT.GET.${stream}`, query, how)) {
          if (data.length > 0) found.push({ subject, seq: Number(headers?.get('Nats-Sequence')), data })
        }
      } catch {
        // What has come is a page; whatever it was, the leader will say it.
      }
      return found
    })
  }

  /**
   * Stores a message, in its place where `prev` says which message of its subject must be the last. Tried again under
   * the same id until it is known what became of it; the caller finds out whether what stands there instead is its own.
   */
  publish(
    stream: string,
    subject: string,
    content: string | Uint8Array,
    how: { readonly id: string; readonly prev?: number | undefined; readonly deadline?: Deadline | undefined },
  ): Promise<Published> {
    return this.#publish({ operation: 'append', stream }, subject, content, how)
  }

  #publish(
    purpose: Purpose,
    subject: string,
    content: string | Uint8Array,
    how: { readonly id?: string; readonly prev?: number | undefined; readonly deadline?: Deadline | undefined },
  ): Promise<Published> {
    const { id, prev, deadline } = how
    const expect = prev === undefined ? {} : { lastSubjectSequence: prev }
    return this.trying(
      purpose,
      async (timeout) => {
        try {
          const { seq } = await this.js.publish(subject, content, {
            ...(id === undefined ? {} : { msgID: id }),
            timeout,
            expect,
          })
          return { seq }
        } catch (error) {
          if (fateOf(error) === 'moved') return 'moved'
          throw error
        }
      },
      deadline,
    )
  }

  /** Runs `work` until it succeeds. @throws LogError `log/unavailable` at the deadline, or at once where there is no room */
  async trying<T>(
    purpose: Purpose,
    work: (timeoutMs: number) => Promise<T>,
    deadline: Deadline = this.deadline(),
  ): Promise<T> {
    for (;;) {
      try {
        if (!(await this.#connected(deadline))) throw new Error('no connection to a NATS server')
        const result = await work(Math.max(Math.min(TRY_MS, deadline.leftMs), 1))
        this.troubles.worked(purpose)
        return result
      } catch (error) {
        if (error instanceof HoldfastError) throw error
        const isFull = fateOf(error) === 'full'
        const reason = this.#noted({ ...purpose, reason: reasonOf(error), isFull }, error)
        if (isFull || deadline.isOver || this.nc.isClosed()) throw unavailable(error, reason)
        await deadline.pause(PAUSE_MS)
      }
    }
  }

  #noted(trouble: Trouble, error: unknown): string {
    // Without a connection that is the trouble.
    if (!this.#isConnected) return trouble.reason
    if (isServerFull(error)) {
      this.troubles.full(trouble.reason)
      this.#news.report(trouble.reason)
    }
    return this.troubles.failed(trouble)
  }

  #get(stream: string, query: Readonly<Record<string, unknown>>, deadline: Deadline): Promise<Stored | null> {
    const work = async (timeout: number): Promise<Stored | null> => {
      const subject = `$JS.API.STREAM.MSG.GET.${stream}`
      const answer: GetAnswer = (await this.nc.request(subject, JSON.stringify(query), { timeout })).json()
      if (answer.error !== undefined) {
        const error = new JetStreamApiError(answer.error)
        if (fateOf(error) === 'missing') return null
        throw error
      }
      if (answer.message === undefined) throw new Error('the server answered without a message')
      const { subject: on, seq, data = '' } = answer.message
      return { subject: on, seq, data: Buffer.from(data, 'base64') }
    }
    return this.trying({ operation: 'read', stream }, work, deadline)
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

function unavailable(cause: unknown, reason: string): LogError {
  const message = `expected an answer from the store, got none: ${reason}`
  return new LogError('log/unavailable', message, { retryAfterMs: RETRY_AFTER_MS, reason }, cause)
}

/** A subject of a stream that no session and no key has. */
function probeSubject({ stream }: Purpose): string {
  if (stream.startsWith('KV_')) return `$KV.${stream.slice('KV_'.length)}.${PROBE_SUBJECT}`
  const at = stream.lastIndexOf('_ev_')
  return `${stream.slice(0, at)}.blob.${stream.slice(at + '_ev_'.length)}.${PROBE_SUBJECT}`
}
