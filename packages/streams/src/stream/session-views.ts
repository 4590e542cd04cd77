import type { Clock } from '@holdfast/contract'
import type { LogEvent, SessionLog, SessionRecord } from '@holdfast/log'
import { StreamError } from '../errors.ts'
import type { SessionSource } from '../session-source.ts'
import { Follower } from './follower.ts'
import { isSamePlace, type Offset, startOf } from './offset.ts'
import type { ReadableStreamView } from './open-stream.ts'
import { nothingAt, type PageSource } from './page.ts'
import { type PageCache, ReadyPage } from './page-cache.ts'
import type { WaitEnd } from './wait-end.ts'

/** What views of sessions are made of. */
export interface SessionViewsParts {
  readonly log: SessionLog
  readonly source: SessionSource
  readonly pages: PageCache
  readonly clock: Clock
  readonly maxOpen: number
}

/** Sessions as streams, one for each epoch of each; the least recently read are released. */
export class SessionViews {
  readonly #parts: SessionViewsParts
  // In the order of their last use.
  readonly #views = new Map<string, SessionView>()

  constructor(parts: SessionViewsParts) {
    this.#parts = parts
  }

  /** Sessions in memory. */
  get open(): number {
    return this.#views.size
  }

  of(record: Pick<SessionRecord, 'id' | 'epoch'>): SessionView {
    const key = `${record.id} ${record.epoch}`
    const view = this.#views.get(key) ?? new SessionView(this.#parts, record)
    this.#views.delete(key)
    this.#views.set(key, view)
    if (this.#views.size > this.#parts.maxOpen) {
      for (const [name, idle] of this.#views) {
        if (idle === view || !idle.isIdle) continue
        this.#views.delete(name)
        idle.close()
        break
      }
    }
    return view
  }

  close(): void {
    for (const view of this.#views.values()) view.close()
    this.#views.clear()
  }
}

/** One session as a stream of JSON messages: what its observers get, at the positions of the log. */
class SessionView implements ReadableStreamView {
  readonly contentType = 'application/json'
  readonly form = 'json'
  readonly epoch: string
  readonly #sessionId: string
  readonly #parts: SessionViewsParts
  readonly #source: PageSource
  readonly #follower: Follower

  constructor(parts: SessionViewsParts, { id, epoch }: Pick<SessionRecord, 'id' | 'epoch'>) {
    const { log, source, clock } = parts
    this.#parts = parts
    this.#sessionId = id
    this.epoch = epoch
    this.#follower = new Follower({ log, session: id, epoch, clock })
    const show = (event: LogEvent): Buffer | undefined => {
      const text = source.show(id, event)
      return text === undefined ? undefined : Buffer.from(text)
    }
    this.#source = { log, epoch, segments: [{ session: id, epoch, from: 0 }], form: 'json', show, mayBeTrimmed: true }
  }

  get isIdle(): boolean {
    return this.#follower.size === 0
  }

  async end(): Promise<{ readonly tail: Offset; readonly isClosed: boolean }> {
    const { last, eventHash } = await this.#head()
    const { epoch } = this
    return { tail: last === 0 ? startOf(epoch) : { epoch, n: last, eventHash }, isClosed: false }
  }

  async read(start: Offset): Promise<ReadyPage> {
    if (start.epoch !== this.epoch) throw gone()
    const { last, eventHash } = await this.#head()
    const { epoch } = this
    if (last > 0 && isSamePlace(start, { epoch, n: last, eventHash })) return new ReadyPage(nothingAt(start, 'json'))
    return this.#parts.pages.read(this.#source, `h:${this.#sessionId}`, start, last)
  }

  changed(after: Offset, timeoutMs: number, end: WaitEnd): Promise<void> {
    return this.#follower.changed(after.n, timeoutMs, end)
  }

  close(): void {
    this.#follower.close()
  }

  async #head(): ReturnType<SessionLog['head']> {
    const head = await this.#parts.log.head(this.#sessionId)
    if (head.epoch !== this.epoch) throw gone()
    return head
  }
}

function gone(): StreamError {
  return new StreamError('streams/gone', 'offset: the session began anew since it was given')
}
