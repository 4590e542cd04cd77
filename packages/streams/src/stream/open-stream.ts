import { type Clock, type Random, randomId } from '@holdfast/contract'
import { isLogError, type LogEvent, type SessionLog, type SessionReach } from '@holdfast/log'
import type { Appended, AppendRequest } from '../append/append-decision.ts'
import { AppendPipeline } from '../append/append-pipeline.ts'
import { readPart } from '../append/stored-append.ts'
import { WriterState } from '../append/writer-state.ts'
import { StreamError } from '../errors.ts'
import type { StreamLimits } from '../limits.ts'
import { type ContentForm, formOf } from './content.ts'
import { Follower } from './follower.ts'
import { isSamePlace, type Offset, startOf } from './offset.ts'
import { nothingAt, type PageSource, type Segment } from './page.ts'
import { type PageCache, ReadyPage } from './page-cache.ts'
import { type StreamData, type StreamRecord, sessionOf } from './stream-record.ts'
import type { WaitEnd } from './wait-end.ts'

/** Who makes a stream, and what of it is there from the start. */
export interface CreateRequest {
  readonly name: string
  readonly owner: string
  readonly reach: SessionReach
  readonly data: StreamData
  /** Its first content, and whether that is all of it. */
  readonly first: Pick<AppendRequest, 'bytes' | 'closes'>
}

/** A stream that was found, and why it is not served where it is not. */
export type Found = { readonly stream: OpenStream } | { readonly deleted: StreamRecord } | undefined

/** What streams share. */
export interface StreamContext {
  readonly log: SessionLog
  readonly limits: StreamLimits
  readonly clock: Clock
  readonly random: Random
  readonly pages: PageCache
}

/** A stream that can be read; live for a waiting reader. */
export interface ReadableStreamView {
  readonly contentType: string
  readonly epoch: string
  readonly form: ContentForm
  /** Where it ends now, and whether for good. */
  end(): Promise<{ readonly tail: Offset; readonly isClosed: boolean }>
  /** What is there from `start` on. @throws StreamError `streams/gone` */
  read(start: Offset): Promise<ReadyPage>
  /** Resolves when there may be more after an offset, or after a while. */
  changed(after: Offset, timeoutMs: number, end: WaitEnd): Promise<void>
}

/** One stream in memory: what is known of its writers, and its way into the log and out of it. */
export class OpenStream implements ReadableStreamView {
  readonly name: string
  readonly form: ContentForm
  record: StreamRecord
  /** When the record was looked up. */
  foundAt: number
  /** When it was read or written last, here; in milliseconds since 1970. */
  touchedAt: number
  readonly #context: StreamContext
  readonly #pipeline: AppendPipeline
  readonly #follower: Follower
  readonly #source: PageSource
  readonly #base: number
  #state: WriterState
  #catching: Promise<void> | undefined
  #snapshotAt = 0

  constructor(context: StreamContext, name: string, record: StreamRecord) {
    const { log, limits, clock, random } = context
    const session = sessionOf(name)
    const { segments = [], contentType } = record.data
    this.#context = context
    this.name = name
    this.record = record
    this.foundAt = clock.now()
    this.touchedAt = record.data.touchedAt ?? record.createdAt
    this.form = formOf(contentType)
    this.#state = new WriterState(limits.maxProducers)
    this.#base = segments.at(-1)?.to ?? 0
    const own: Segment = { session, epoch: record.epoch, from: this.#base }
    const show = (event: LogEvent): Buffer | undefined => readPart(event)?.bytes
    this.#source = { log, epoch: this.epoch, segments: [...segments, own], form: this.form, show, mayBeTrimmed: false }
    this.#follower = new Follower({
      ...{ log, session, clock, epoch: record.epoch },
      followed: (event) => this.#apply([event]),
    })
    this.#pipeline = new AppendPipeline({
      ...{ log, session, clock },
      idPrefix: randomId(random, 12),
      maxWaitingBytes: limits.maxWaitingBytes,
      state: () => this.#state,
      catchUp: () => this.#sync(),
      written: (events) => this.#apply(events),
    })
  }

  get contentType(): string {
    return this.record.data.contentType
  }

  get epoch(): string {
    return this.record.data.epoch ?? this.record.epoch
  }

  get segments(): readonly Segment[] {
    return this.#source.segments
  }

  /** Nothing is written, and no reader waits. */
  get isIdle(): boolean {
    return this.#pipeline.isIdle && this.#follower.size === 0
  }

  /** Loads what is known of its writers. */
  async load(): Promise<void> {
    const { log, limits } = this.#context
    const { session } = this.record
    const snapshot = await log.snapshot(session)
    if (snapshot !== null && !this.#state.restore(snapshot.n, snapshot.state)) {
      this.#state = new WriterState(limits.maxProducers)
    }
    this.#snapshotAt = this.#state.n
    await this.#readOn()
  }

  /** @throws StreamError */
  append(request: AppendRequest): Promise<Appended> {
    return this.#pipeline.append(request)
  }

  async end(): Promise<{ readonly tail: Offset; readonly isClosed: boolean }> {
    await this.#sync()
    return { tail: this.tail, isClosed: this.#state.isClosed }
  }

  /** As far as is known without looking. */
  get tail(): Offset {
    const { tail, tailHash } = this.#state
    const { epoch } = this
    if (tail > 0) return { epoch, n: this.#base + tail, eventHash: tailHash }
    return this.#base === 0 ? startOf(epoch) : { epoch, n: this.#base, eventHash: this.record.data.baseHash ?? '' }
  }

  get isClosed(): boolean {
    return this.#state.isClosed
  }

  async read(start: Offset): Promise<ReadyPage> {
    if (start.epoch !== this.epoch)
      throw new StreamError('streams/gone', 'offset: it belongs to a stream that was removed')
    await this.#sync()
    if (!this.isClosed && isSamePlace(start, this.tail)) return new ReadyPage(nothingAt(start, this.form))
    return this.#context.pages.read(this.#source, `s:${this.record.session}`, start, this.#state.n)
  }

  changed(after: Offset, timeoutMs: number, end: WaitEnd): Promise<void> {
    return this.#follower.changed(Math.max(after.n - this.#base, 0), timeoutMs, end)
  }

  close(): void {
    this.#follower.close()
  }

  /** Applies what is in the log and not in the state: one read at a time, and later callers wait for the next. */
  async #sync(): Promise<void> {
    const { log } = this.#context
    const { last, epoch } = await log.head(this.record.session)
    if (epoch !== this.record.epoch) throw new StreamError('streams/not_found', 'There is no such stream.')
    if (last > this.#state.n) await this.#readOn()
  }

  #readOn(): Promise<void> {
    this.#catching ??= this.#readAll().finally(() => {
      this.#catching = undefined
    })
    return this.#catching
  }

  async #readAll(): Promise<void> {
    const { log } = this.#context
    const { session, epoch } = this.record
    for (;;) {
      const { n } = this.#state
      const { events, last, gap } = await log.read(session, { after: n, epoch })
      if (gap !== undefined) throw new StreamError('streams/not_found', 'There is no such stream.')
      this.#apply(events)
      if (this.#state.n >= last) return
    }
  }

  #apply(events: readonly Pick<LogEvent, 'n' | 'id' | 'kind' | 'payload'>[]): void {
    for (const event of events) if (event.n === this.#state.n + 1) this.#state.apply(event)
    this.#follower.advance(this.#state.n)
    if (this.#state.n - this.#snapshotAt >= this.#context.limits.snapshotAppends) this.#storeSnapshot()
  }

  /** Spares the next load most of the log. One that is not stored is stored later. */
  #storeSnapshot(): void {
    const { n } = this.#state
    this.#snapshotAt = n
    this.#context.log.putSnapshot(this.record.session, n, this.#state.snapshot()).catch((error: unknown) => {
      if (!isLogError(error, 'log/closed', 'log/unknown_session')) this.#snapshotAt = n - 1
    })
  }
}
