import {
  checkCount,
  eventHashOf,
  type Gap,
  gapAt,
  type LogEvent,
  type LogLimits,
  type Page,
  type ReadOptions,
  startsAnew,
} from '@holdfast/log'
import type { ChainReader } from './chain-reader.ts'
import type { Placed } from './chain-record.ts'
import type { Place } from './names.ts'
import { unknown } from './sessions.ts'

/** Sessions whose last page is remembered, so that the next one is found without a search. */
const MAX_REMEMBERED = 1_000

/** Reads pages of a session's events. */
export class Pages {
  readonly #reader: ChainReader
  readonly #limits: LogLimits
  /** Where the event stands that follows the last page of a session: number and sequence. */
  readonly #ends = new Map<string, { readonly epoch: string; readonly n: number; readonly seq: number }>()

  constructor(reader: ChainReader, limits: LogLimits) {
    this.#reader = reader
    this.#limits = limits
  }

  async read(session: string, place: Place, options: ReadOptions): Promise<Page> {
    const { after } = options
    checkCount('after', after)
    const { pageEvents, pageBytes } = this.#limits
    const limit = Math.min(options.limit ?? pageEvents, pageEvents)
    checkCount('limit', limit, 1)
    const maxBytes = Math.min(options.maxBytes ?? pageBytes, pageBytes)
    const last = await this.#reader.last(place)
    if (last === null || last.record.mark.isRemoved === true) throw unknown(session)
    const { mark } = last.record
    const start = await this.#start(place, last, options)
    // Above its bounds the server lets go of records by itself.
    const first = Math.max(mark.first, start?.first ?? 0)
    const extent = { epoch: mark.epoch, first, last: mark.last }
    const gap = gapAt(options, extent, (n) => (n === mark.first - 1 ? mark.anchorBefore : start?.eventHashes.get(n)))
    if (gap !== undefined && startsAnew(gap)) return { events: [], ...extent, gap }
    const from = Math.max(after, first - 1)
    const events = start === undefined ? [] : await this.#collect(place, start.placed, last, { from, limit, maxBytes })
    return withGap({ events, ...extent }, gap)
  }

  /** The record to begin with: the one with the event after the position, or with the position's own to check it. */
  async #start(place: Place, last: Placed, { after, eventHash, epoch }: ReadOptions): Promise<Start | undefined> {
    const { mark } = last.record
    if (after > mark.last || mark.last < mark.first) return undefined
    if (epoch !== undefined && epoch !== mark.epoch) return undefined
    const isChecked = eventHash !== undefined && after >= mark.first
    if (after === mark.last)
      return isChecked ? { eventHashes: new Map([[after, mark.anchor]]), placed: last } : undefined
    const n = Math.max(isChecked ? after : after + 1, mark.first)
    const end = this.#ends.get(place.token)
    const near = end?.epoch === mark.epoch && end.n === n ? await this.#reader.next(place, end.seq) : null
    const isNear = near !== null && holds(near, n)
    const placed = isNear ? near : await this.#reader.search(place, last, ({ mark: { last } }) => last >= n, n)
    const eventHashes = new Map(placed.record.events.map((event) => [event.n, eventHashOf(event.id)]))
    const lowest = placed.record.events[0]?.n ?? n
    return { eventHashes, placed, ...(lowest > n ? { first: lowest } : {}) }
  }

  async #collect(
    place: Place,
    start: Placed,
    until: Placed,
    { from, limit, maxBytes }: { readonly from: number; readonly limit: number; readonly maxBytes: number },
  ): Promise<readonly LogEvent[]> {
    const events: LogEvent[] = []
    let bytes = 0
    const take = (placed: Placed): boolean => {
      const { sizes } = placed.record
      for (const [i, event] of placed.record.events.entries()) {
        if (event.n <= from) continue
        bytes += sizes[i] ?? 0
        if (events.length === limit || (bytes > maxBytes && events.length > 0)) {
          this.#remember(place, placed, event.n)
          return false
        }
        events.push(event)
      }
      return true
    }
    if (!take(start)) return events
    for await (const placed of this.#reader.records(place, start.seq + 1, until.seq)) if (!take(placed)) break
    return events
  }

  #remember(place: Place, { seq, record }: Placed, n: number): void {
    this.#ends.delete(place.token)
    this.#ends.set(place.token, { epoch: record.mark.epoch, n, seq })
    if (this.#ends.size <= MAX_REMEMBERED) return
    for (const oldest of this.#ends.keys()) {
      this.#ends.delete(oldest)
      break
    }
  }
}

interface Start {
  readonly placed: Placed
  /** Of the events in that record. */
  readonly eventHashes: ReadonlyMap<number, string>
  /** Set where events that should be there are not. */
  readonly first?: number | undefined
}

function holds({ record: { events } }: Placed, n: number): boolean {
  const [first] = events
  const last = events.at(-1)
  return first !== undefined && last !== undefined && first.n <= n && n <= last.n
}

function withGap(page: Omit<Page, 'gap'>, gap: Gap | undefined): Page {
  return gap === undefined ? page : { ...page, gap }
}
