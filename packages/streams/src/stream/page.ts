import { eventHashOf, type Gap, type LogEvent, type SessionLog } from '@holdfast/log'
import { isClose, isContinued } from '../append/stored-append.ts'
import { StreamError } from '../errors.ts'
import type { ContentForm } from './content.ts'
import { formatOffset, type Offset } from './offset.ts'

/** Where the events of a stream are: those of a fork begin in the logs of its sources. */
export interface Segment {
  readonly session: string
  readonly epoch: string
  /** The number in the stream that the event before the session's first one has … */
  readonly from: number
  /** … and that of the last that belongs to the stream. Absent: whatever comes. */
  readonly to?: number | undefined
}

/** What a stream shows of its events. */
export interface PageSource {
  readonly log: SessionLog
  /** Of offsets. */
  readonly epoch: string
  readonly segments: readonly Segment[]
  readonly form: ContentForm
  /** What readers see of an event, where they see anything; several of the same append belong together. */
  readonly show: (event: LogEvent) => Buffer | undefined
  /** What is before the first event may be gone; then reading from the start begins with what is left. */
  readonly mayBeTrimmed: boolean
}

/** What is read from one offset on. */
export interface Page {
  readonly start: Offset
  readonly next: Offset
  readonly form: ContentForm
  readonly pieces: readonly Buffer[]
  readonly bytes: number
  /** Everything that was there at that moment. */
  readonly isUpToDate: boolean
  /** Nothing comes after it. */
  readonly isClosed: boolean
}

/** Events and bytes of one page; it ends with the append in which it reaches them. */
export const PAGE_EVENTS = 500
const PAGE_BYTES = 1_048_576

/** The page at the end, where nothing is behind `start`: known without looking. */
export function nothingAt(start: Offset, form: ContentForm): Page {
  return { start, next: start, form, pieces: [], bytes: 0, isUpToDate: true, isClosed: false }
}

/** Reads from `start` on: as much as fits a page. The same start gives the same page, once it is full. */
export async function readPage(source: PageSource, start: Offset): Promise<Page> {
  const reading = new Reading(source, start)
  for (const [at, segment] of source.segments.entries()) {
    if (segment.to !== undefined && reading.n >= segment.to) continue
    const isLast = at === source.segments.length - 1
    if (!(await reading.readSegment(segment))) return reading.page(false)
    if (isLast) return reading.page(true)
    if (reading.isFull) return reading.page(false)
  }
  return reading.page(true)
}

class Reading {
  n: number
  readonly #source: PageSource
  readonly #start: Offset
  readonly #pieces: Buffer[] = []
  #eventHash: string
  #events = 0
  #bytes = 0
  /** The pieces of an append that is not complete yet. */
  #open: Buffer[] = []
  #isClosed = false

  constructor(source: PageSource, start: Offset) {
    this.#source = source
    this.#start = start
    this.n = start.n
    this.#eventHash = start.eventHash
  }

  get isFull(): boolean {
    return this.#events >= PAGE_EVENTS || this.#bytes >= PAGE_BYTES
  }

  /** False where the page ended before the segment did. */
  async readSegment(segment: Segment): Promise<boolean> {
    const { session, epoch, from, to = Number.MAX_SAFE_INTEGER } = segment
    for (;;) {
      const isFirst = this.n === this.#start.n && this.n > from
      const limit = Math.max(1, Math.min(PAGE_EVENTS - this.#events, to - this.n))
      const { events, last, gap } = await this.#source.log.read(session, {
        after: this.n - from,
        epoch,
        eventHash: isFirst && this.#start.eventHash !== '' ? this.#start.eventHash : undefined,
        limit,
      })
      if (gap !== undefined) this.#jump(gap, from)
      for (const event of events) {
        this.#take(event, from)
        if (this.#open.length === 0 && this.isFull) break
      }
      if (this.#isClosed || this.n >= to || this.n - from >= last) return true
      if (this.#open.length === 0 && (this.isFull || events.length < limit)) return false
    }
  }

  page(isUpToDate: boolean): Page {
    const { form, epoch } = this.#source
    return {
      start: this.#start,
      next: { epoch, n: this.n, eventHash: this.#eventHash },
      form,
      pieces: this.#pieces,
      bytes: this.#bytes,
      isUpToDate,
      isClosed: this.#isClosed,
    }
  }

  #take(event: LogEvent, from: number): void {
    if (isClose(event)) {
      this.#isClosed = true
      return
    }
    this.#events += 1
    const piece = this.#source.show(event)
    if (piece !== undefined) {
      this.#open.push(piece)
      this.#bytes += piece.length
    }
    this.n = from + event.n
    this.#eventHash = eventHashOf(event.id)
    if (isContinued(event)) return
    const [only, ...more] = this.#open
    if (only !== undefined) this.#pieces.push(more.length === 0 ? only : Buffer.concat(this.#open))
    this.#open = []
  }

  #jump(gap: Gap, from: number): void {
    const isStart = this.#start.n === 0 && this.#source.mayBeTrimmed && gap.reason === 'retention'
    if (!isStart) throw goneAt(this.#start, gap)
    this.n = from + gap.to
  }
}

function goneAt(start: Offset, { reason }: Gap): StreamError {
  const why =
    reason === 'retention'
      ? 'what is there is not kept any more'
      : 'the stream began anew, or lost its end, since it was given'
  return new StreamError('streams/gone', `offset ${formatOffset(start)}: ${why}`)
}

const OPEN_BRACKET = Buffer.from('[')
const CLOSE_BRACKET = Buffer.from(']')
const COMMA = Buffer.from(',')

/** The page as it is answered: an array of its messages, or its bytes (protocol §9.1.5). */
export function bodyOfPage({ form, pieces }: Page): Buffer {
  if (form !== 'json') return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces)
  const parts = pieces.flatMap((piece, at) => (at === 0 ? [piece] : [COMMA, piece]))
  return Buffer.concat([OPEN_BRACKET, ...parts, CLOSE_BRACKET])
}
