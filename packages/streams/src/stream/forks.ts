import { isContinued, readPart } from '../append/stored-append.ts'
import { StreamError } from '../errors.ts'
import { essenceOf, splitMessages } from './content.ts'
import { formatOffset, type Offset, parseOffset, startOf } from './offset.ts'
import type { CreateRequest, Found, OpenStream, StreamContext } from './open-stream.ts'
import type { Segment } from './page.ts'
import { forkTag, recordOf, type StreamData, type StreamRecord, storedData } from './stream-record.ts'

/** How a fork begins. */
export interface ForkPlan {
  /** What its record has of its source. */
  readonly data: Partial<StreamData>
  /** Its first content of its own: what a sub-offset takes from the source's next append, and what it is made with. */
  head(first: Buffer): readonly Buffer[]
}

/** Sources of a fork, one above the other. */
const MAX_DEPTH = 64

/** Streams that begin with the data of another one (protocol §4.2), and what is kept for them. */
export class Forks {
  readonly #context: StreamContext

  constructor(context: StreamContext) {
    this.#context = context
  }

  /** @throws StreamError where there is no such source, or no such place in it */
  async plan({ data }: CreateRequest, find: (name: string) => Promise<Found>): Promise<ForkPlan> {
    const { fork } = data
    const found = fork === undefined ? undefined : await find(fork.from)
    if (fork === undefined || found === undefined)
      throw new StreamError('streams/not_found', 'There is no such source.')
    if ('deleted' in found) throw conflict('The source was removed.')
    const { stream } = found
    if (data.contentType !== '' && essenceOf(data.contentType) !== essenceOf(stream.contentType)) {
      throw conflict('Content-Type: expected that of the source')
    }
    const at = await placeOf(stream, fork.offset)
    const segments = clipped(stream.segments, at.n)
    if (segments.length > MAX_DEPTH) throw bad(`Stream-Forked-From: expected at most ${MAX_DEPTH} forks of forks`)
    const taken = fork.subOffset === 0 ? undefined : await this.#nextAppend(stream, at, fork.subOffset)
    return {
      data: { ...inherited(data, stream.record), segments, baseHash: at.eventHash, epoch: stream.epoch },
      head: (first) => joined(taken, first, stream.form === 'json'),
    }
  }

  /** Removes a stream, or keeps it for its forks alone. Sources that were kept for this one alone go with it. */
  async remove(record: StreamRecord): Promise<void> {
    const { log } = this.#context
    const { session, data } = record
    await log.updateSession(session, { data: storedData({ ...data, isDeleted: true }) })
    if (await this.#hasForks(session)) return
    await log.removeSession(session)
    if (data.source !== undefined) await this.#release(data.source)
  }

  /** The source of a fork that was just made is there: it goes after its forks alone. */
  async hasSource({ data }: StreamRecord): Promise<boolean> {
    const { source } = data
    const found = source === undefined ? null : await this.#context.log.findSession(source)
    const record = found === null ? undefined : recordOf(found)
    return record !== undefined && record.data.isDeleted !== true
  }

  async #release(session: string): Promise<void> {
    const found = await this.#context.log.findSession(session)
    const record = found === null ? undefined : recordOf(found)
    if (record?.data.isDeleted === true) await this.remove(record)
  }

  async #hasForks(session: string): Promise<boolean> {
    const { sessions } = await this.#context.log.listSessions({ tag: forkTag(session), limit: 1 })
    return sessions.length > 0
  }

  /** The first `count` messages or bytes of the append behind a place. */
  async #nextAppend(stream: OpenStream, at: Offset, count: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for (const { session, epoch, from, to = Number.MAX_SAFE_INTEGER } of stream.segments) {
      if (at.n >= to) continue
      let after = at.n - from
      for (let isOpen = true; isOpen; ) {
        const { events } = await this.#context.log.read(session, { after, epoch, limit: 16 })
        if (events.length === 0) break
        for (const event of events) {
          const part = isOpen && from + event.n <= to ? readPart(event) : undefined
          if (part?.type === 'data') pieces.push(part.bytes)
          isOpen = isOpen && isContinued(event)
          after = event.n
        }
      }
      break
    }
    return firstOf(Buffer.concat(pieces), count, stream.form === 'json')
  }
}

/** @throws StreamError `streams/bad_request` */
async function placeOf(stream: OpenStream, text: string | undefined): Promise<Offset> {
  const { tail } = await stream.end()
  const start = text === undefined ? tail : parseOffset(text)
  if (start === 'start') return startOf(stream.epoch)
  if (start === 'now') return tail
  if (start.epoch === stream.epoch && formatOffset(start) <= formatOffset({ ...tail, eventHash: 'ffffffff' }))
    return start
  throw bad('Stream-Fork-Offset: expected an offset of the source, up to its end')
}

/** What of the segments is before a place. */
function clipped(segments: readonly Segment[], n: number): readonly Segment[] {
  return segments.filter(({ from }) => from < n).map((segment) => ({ ...segment, to: Math.min(segment.to ?? n, n) }))
}

/** When a fork ends, where that was not asked for (protocol §4.2). */
function inherited(data: StreamData, { session, data: source }: StreamRecord): Partial<StreamData> {
  const hasOwnExpiry = data.ttlSeconds !== undefined || data.expiresAt !== undefined
  const { ttlSeconds, expiresAt, expiresText, contentType } = source
  const expiry = hasOwnExpiry ? {} : { ttlSeconds, expiresAt, expiresText }
  return { ...expiry, contentType: data.contentType === '' ? contentType : data.contentType, source: session }
}

function firstOf(append: Buffer, count: number, isJson: boolean): Buffer {
  const messages = isJson && append.length > 0 ? splitMessages(append.toString()) : []
  if (count > (isJson ? messages.length : append.length)) {
    throw bad('Stream-Fork-Sub-Offset: expected a place within the append at Stream-Fork-Offset')
  }
  return isJson ? Buffer.from(messages.slice(0, count).join(',')) : append.subarray(0, count)
}

function joined(taken: Buffer | undefined, first: Buffer, isJson: boolean): readonly Buffer[] {
  if (taken === undefined) return [first]
  return isJson && first.length > 0 ? [taken, Buffer.from(','), first] : [taken, first]
}

function bad(message: string): StreamError {
  return new StreamError('streams/bad_request', message)
}

function conflict(message: string): StreamError {
  return new StreamError('streams/conflict', message)
}
