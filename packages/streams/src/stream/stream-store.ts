import { randomId, type Timer } from '@holdfast/contract'
import { isLogError } from '@holdfast/log'
import { storedAppend } from '../append/stored-append.ts'
import { StreamError } from '../errors.ts'
import { Forks } from './forks.ts'
import type { CreateRequest, Found } from './open-stream.ts'
import { OpenStream, type StreamContext } from './open-stream.ts'
import { OwnedStreams } from './owned-streams.ts'
import {
  EXPIRING_TAG,
  infoOf,
  isSameRequest,
  recordOf,
  type StreamRecord,
  sessionOf,
  storedData,
} from './stream-record.ts'

/** Its time to live is stored when this part of it has passed. */
const TOUCH_PART = 1 / 8
const LEAST_TOUCH_MS = 250

/** All streams of a log: found by name, made, removed, and ended at their time. Those that are in use are in memory. */
export class StreamStore {
  readonly #context: StreamContext
  readonly #forks: Forks
  readonly #owned: OwnedStreams
  // In the order of their last use.
  readonly #open = new Map<string, Promise<Found>>()
  readonly #ready = new Map<string, OpenStream>()
  #sweep: Timer | undefined
  #isClosed = false

  constructor(context: StreamContext) {
    this.#context = context
    this.#forks = new Forks(context)
    this.#owned = new OwnedStreams(context.log, context.clock, context.limits.maxStreamsPerPrincipal)
    this.#planSweep()
  }

  /** Streams in memory. */
  get open(): number {
    return this.#ready.size
  }

  /** A stream by its name. @throws what the log throws */
  async find(name: string): Promise<Found> {
    const ready = this.#ready.get(name)
    if (ready !== undefined && this.#context.clock.now() - ready.foundAt < this.#context.limits.recordAgeMs) {
      this.#use(ready)
      return (await this.#endAtItsTime(ready)) ? undefined : { stream: ready }
    }
    let loading = this.#open.get(name)
    if (loading === undefined) {
      loading = this.#look(name, ready).finally(() => this.#open.delete(name))
      this.#open.set(name, loading)
    }
    return loading
  }

  /** As {@link find}. @throws StreamError `streams/not_found`, `streams/gone` for one that is kept for its forks alone */
  async get(name: string): Promise<OpenStream> {
    const found = await this.find(name)
    if (found === undefined) throw new StreamError('streams/not_found', 'There is no such stream.')
    if ('deleted' in found)
      throw new StreamError('streams/gone', 'The stream was removed; its forks still have its data.')
    return found.stream
  }

  /** Makes a stream, or finds the one that is as requested. @throws StreamError `streams/conflict` */
  async create(request: CreateRequest): Promise<{ readonly stream: OpenStream; readonly isNew: boolean }> {
    const found = await this.find(request.name)
    if (found !== undefined && 'deleted' in found) throw conflict('A stream of this name was removed and has forks.')
    if (found !== undefined) return { stream: await this.#existing(found.stream, request), isNew: false }
    const plan =
      request.data.fork === undefined ? undefined : await this.#forks.plan(request, (name) => this.find(name))
    const bytes = plan === undefined ? request.first.bytes : Buffer.concat(plan.head(request.first.bytes))
    const isBegun = bytes.length > 0 || request.first.closes
    const data = { ...request.data, ...plan?.data, ...(isBegun ? { isBegun } : {}) }
    await this.#owned.demandRoom(request.owner)
    const { log } = this.#context
    const made = await log.createSession(sessionOf(request.name), infoOf(data, request.owner, request.reach))
    const record = recordOf(made.session)
    if (record === undefined) throw conflict('Something else has this name.')
    if (made.outcome === 'exists' && !(await this.#isUnbegun(record))) return this.create(request)
    if (plan !== undefined) await this.#confirmFork(request.name, record)
    const stream = new OpenStream(this.#context, request.name, record)
    // Another request that made the same at the same time was first.
    if (isBegun && !(await this.#begin(record, { bytes, closes: request.first.closes }))) return this.create(request)
    await stream.load()
    this.#keep(stream)
    this.#owned.changed(request.owner, 1)
    return { stream, isNew: true }
  }

  /** Removes a stream; one that has forks is kept for them alone. */
  async remove(stream: OpenStream): Promise<void> {
    this.#drop(stream)
    await this.#forks.remove(stream.record)
    this.#owned.changed(stream.record.owner, -1)
  }

  /** It was read or written: its time to live begins again. */
  touch(stream: OpenStream): void {
    const { clock, log } = this.#context
    const { ttlSeconds, touchedAt } = stream.record.data
    if (ttlSeconds === undefined) return
    const now = clock.epoch()
    stream.touchedAt = now
    const { record } = stream
    if (now - (touchedAt ?? record.createdAt) < touchMs(ttlSeconds)) return
    const data = { ...record.data, touchedAt: now }
    stream.record = { ...record, data }
    log.updateSession(record.session, { data: storedData(data) }).catch(() => {})
  }

  close(): void {
    this.#isClosed = true
    this.#sweep?.cancel()
    for (const stream of this.#ready.values()) stream.close()
    this.#ready.clear()
  }

  async #look(name: string, before: OpenStream | undefined): Promise<Found> {
    const session = await this.#context.log.findSession(sessionOf(name))
    const record = session === null ? undefined : recordOf(session)
    if (before !== undefined && (record === undefined || record.epoch !== before.record.epoch)) this.#drop(before)
    if (record === undefined) return undefined
    if (record.data.isDeleted === true) {
      if (before !== undefined) this.#drop(before)
      return { deleted: record }
    }
    const isSame = before !== undefined && record.epoch === before.record.epoch
    const stream = isSame ? before : new OpenStream(this.#context, name, record)
    stream.record = record
    stream.foundAt = this.#context.clock.now()
    stream.touchedAt = Math.max(stream.touchedAt, record.data.touchedAt ?? 0)
    if (!isSame) await stream.load()
    if (await this.#endAtItsTime(stream)) return undefined
    // Its maker has not finished, and may have died.
    if (record.data.isBegun === true && stream.tail.n === baseOf(record) && !stream.isClosed) return undefined
    this.#keep(stream)
    return { stream }
  }

  async #existing(stream: OpenStream, request: CreateRequest): Promise<OpenStream> {
    const { isClosed } = await stream.end()
    const isSame = isSameRequest(stream.record.data, request.data) && isClosed === request.first.closes
    if (!isSame) throw conflict('There is a stream of this name that was made otherwise.')
    return stream
  }

  async #isUnbegun(record: StreamRecord): Promise<boolean> {
    if (record.data.isBegun !== true || record.data.isDeleted === true) return false
    return (await this.#context.log.head(record.session)).last === 0
  }

  /** Writes what a stream begins with. False where it has begun already. */
  async #begin({ session }: StreamRecord, { bytes, closes }: CreateRequest['first']): Promise<boolean> {
    const { log, clock, random } = this.#context
    const id = randomId(random)
    const at = clock.epoch()
    const events = storedAppend(bytes, {}, closes).map((part, i) => ({ id: `${id}${i}`, at, ...part }))
    const answer = await log.append(session, events, { producer: { id, fence: 0 }, expectedHead: 0 })
    if (answer.outcome === 'appended') return true
    if (answer.outcome === 'conflict') return false
    if (answer.outcome === 'refused' && answer.reason === 'too-large') {
      await log.removeSession(session)
      throw new StreamError('streams/too_large', 'The body is larger than allowed.')
    }
    throw new StreamError('streams/unavailable', 'The log cannot take it now: nothing was written.')
  }

  /** Where the source was removed meanwhile there must be no fork of it. */
  async #confirmFork(name: string, record: StreamRecord): Promise<void> {
    if (await this.#forks.hasSource(record)) return
    await this.#context.log.removeSession(sessionOf(name))
    throw conflict('The source was removed.')
  }

  /** True where its time was over. */
  async #endAtItsTime(stream: OpenStream): Promise<boolean> {
    if (!this.#hasExpired(stream.record, stream.touchedAt)) return false
    await this.remove(stream)
    return true
  }

  #hasExpired({ data, createdAt }: StreamRecord, touchedHere: number): boolean {
    const now = this.#context.clock.epoch()
    const { ttlSeconds, expiresAt, touchedAt = createdAt } = data
    if (expiresAt !== undefined && now >= expiresAt) return true
    if (ttlSeconds === undefined) return false
    // It may have been read at another gateway since, which stores that only now and then.
    return now >= Math.max(touchedHere, touchedAt + touchMs(ttlSeconds)) + ttlSeconds * 1000
  }

  #keep(stream: OpenStream): void {
    this.#ready.set(stream.name, stream)
    if (this.#ready.size <= this.#context.limits.maxOpen) return
    for (const idle of this.#ready.values()) {
      if (idle !== stream && idle.isIdle) return this.#drop(idle)
    }
  }

  #use(stream: OpenStream): void {
    this.#ready.delete(stream.name)
    this.#ready.set(stream.name, stream)
  }

  #drop(stream: OpenStream): void {
    if (this.#ready.get(stream.name) === stream) this.#ready.delete(stream.name)
    stream.close()
  }

  #planSweep(): void {
    if (this.#isClosed) return
    const { clock, limits } = this.#context
    this.#sweep = clock.after(limits.sweepMs, () => {
      this.#removeExpired()
        .catch(() => {})
        .finally(() => this.#planSweep())
    })
  }

  /** They may not be asked for again. */
  async #removeExpired(): Promise<void> {
    const { log } = this.#context
    let cursor: string | undefined
    do {
      const page = await log.listSessions({ tag: EXPIRING_TAG, cursor })
      for (const session of page.sessions) {
        const record = recordOf(session)
        if (record === undefined || record.data.isDeleted === true) continue
        const name = session.id.slice(sessionOf('').length)
        const here = this.#ready.get(name)
        if (!this.#hasExpired(record, here?.touchedAt ?? record.data.touchedAt ?? record.createdAt)) continue
        if (here !== undefined) this.#drop(here)
        await this.#forks.remove(record).catch((error: unknown) => {
          if (isLogError(error, 'log/closed')) throw error
        })
      }
      cursor = page.next
    } while (cursor !== undefined && !this.#isClosed)
  }
}

function touchMs(ttlSeconds: number): number {
  return Math.max(ttlSeconds * 1000 * TOUCH_PART, LEAST_TOUCH_MS)
}

function baseOf({ data }: StreamRecord): number {
  return data.segments?.at(-1)?.to ?? 0
}

function conflict(message: string): StreamError {
  return new StreamError('streams/conflict', message)
}
