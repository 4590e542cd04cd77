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
import type { ChainReader } from '../chain-reader.ts'
import type { Placed } from '../chain-record.ts'
import type { Place } from '../names.ts'
import { unknown } from '../sessions.ts'
import { EventCache } from './event-cache.ts'
import { Positions } from './positions.ts'

/** So many events are read in vain at most, where it is known what stands in front of them: a search takes as long. */
const NEAR_EVENTS = 64

/** How far beside the place of an event a guess may be, in events. */
const GUESS_EVENTS = 16
/** So many records on the way may have no events, such as the one that created the session. */
const EMPTY_RECORDS = 4

/** Reads pages of a session's events. */
export class Pages {
  readonly #reader: ChainReader
  readonly #limits: LogLimits
  readonly #cache: EventCache
  readonly #positions = new Positions()

  /** `maxCachedBytes`: of events that are kept for the next readers. */
  constructor(reader: ChainReader, limits: LogLimits, maxCachedBytes: number) {
    this.#reader = reader
    this.#limits = limits
    this.#cache = new EventCache(maxCachedBytes)
  }

  async read(session: string, place: Place, options: ReadOptions): Promise<Page> {
    const { after } = options
    checkCount('after', after)
    const { pageEvents, pageBytes } = this.#limits
    const limit = Math.min(options.limit ?? pageEvents, pageEvents)
    checkCount('limit', limit, 1)
    const bounds = { limit, maxBytes: Math.min(options.maxBytes ?? pageBytes, pageBytes) }
    const ahead = this.#ahead(place, options, bounds)
    const last = await this.#reader.last(place)
    if (last === null || last.record.mark.isRemoved === true) {
      this.#cache.drop(place.token)
      throw unknown(session)
    }
    const { mark } = last.record
    const start = await this.#start(place, last, options, { ...bounds, ahead })
    // Above its bounds the server releases records by itself.
    const first = Math.max(mark.first, start?.first ?? 0)
    const extent = { epoch: mark.epoch, first, last: mark.last }
    const gap = gapAt(options, extent, (n) => (n === mark.first - 1 ? mark.anchorBefore : start?.hashOf(n)))
    if (gap !== undefined && startsAnew(gap)) return { events: [], ...extent, gap }
    const from = Math.max(after, first - 1)
    const events = start === undefined ? [] : await this.#collect(place, start, last, { from, ...bounds })
    return withGap({ events, ...extent }, gap)
  }

  /**
   * What is probably needed, asked for together with the head: the page, or where the session begins, for a guess. `undefined`:
   * it is here already.
   */
  #ahead(place: Place, { after, eventHash }: ReadOptions, bounds: Bounds): Ahead | undefined {
    const n = Math.max(eventHash === undefined ? after + 1 : after, 1)
    if (this.#cache.has(place.token, n)) return undefined
    const known = this.#positions.before(place.token, n)
    const position = known === undefined || n - known.n > NEAR_EVENTS ? { n: 1, seq: 1 } : known
    const isNear = n - position.n <= NEAR_EVENTS
    if (!isNear && known !== undefined) return undefined
    const page = this.#reader.page(place, position.seq, {
      maxCount: isNear ? n - position.n + bounds.limit + EMPTY_RECORDS : 1,
      maxBytes: bounds.maxBytes,
    })
    // Where the head cannot be read, that is reported.
    page.catch(() => {})
    return page
  }

  /** The record to begin with: the one with the event after the position, or with the position's own to check it. */
  async #start(
    place: Place,
    last: Placed,
    { after, eventHash, epoch }: ReadOptions,
    bounds: Bounds & { readonly ahead: Ahead | undefined },
  ): Promise<Start | undefined> {
    const { mark } = last.record
    if (after > mark.last || mark.last < mark.first) return undefined
    if (epoch !== undefined && epoch !== mark.epoch) return undefined
    const isChecked = eventHash !== undefined && after >= mark.first
    if (after === mark.last)
      return isChecked ? { hashOf: (n) => (n === after ? mark.anchor : undefined), records: [last] } : undefined
    const n = Math.max(isChecked ? after : after + 1, mark.first)
    const cached = this.#cached(place, last, { from: Math.max(after, mark.first - 1), n, ...bounds })
    if (cached !== undefined) return cached
    const records = await this.#find(place, last, n, bounds)
    const events = records[0]?.record.events ?? []
    const lowest = events[0]?.n ?? n
    const hashOf = (at: number): string | undefined => {
      const event = events.find((one) => one.n === at)
      return event === undefined ? undefined : eventHashOf(event.id)
    }
    return { hashOf, records, ...(lowest > n ? { first: lowest } : {}) }
  }

  #cached(
    { token }: Place,
    { record: { mark } }: Placed,
    { from, n, limit, maxBytes }: Bounds & { readonly from: number; readonly n: number },
  ): Start | undefined {
    const first = this.#cache.get(token, mark.epoch, n)
    const page = this.#cache.page(token, mark.epoch, { from, last: mark.last, limit, maxBytes })
    if (first === undefined || page === undefined) return undefined
    return { hashOf: (at) => (at === n ? eventHashOf(first.id) : undefined), records: [], page }
  }

  /** The record with event `n`, and those behind it that came with it. */
  async #find(
    place: Place,
    last: Placed,
    n: number,
    bounds: Bounds & { readonly ahead: Ahead | undefined },
  ): Promise<readonly Placed[]> {
    const from = await this.#from(place, last, n, bounds.ahead)
    if (from.length > 0) return from
    const guessed = await this.#from(place, last, n, this.#guessed(place, last, n, bounds))
    if (guessed.length > 0) return guessed
    return [await this.#reader.search(place, last, ({ mark: { last } }) => last >= n, n)]
  }

  /** Of these records that with event `n` and those behind it; none where it is not among them. */
  async #from(place: Place, last: Placed, n: number, ahead: Ahead | undefined): Promise<readonly Placed[]> {
    const { epoch } = last.record.mark
    const page = ((await ahead) ?? []).filter(({ seq, record }) => record.mark.epoch === epoch && seq <= last.seq)
    for (const { seq, record } of [...page.slice(0, 1), ...page.slice(-1)]) {
      this.#positions.remember(place.token, epoch, { n: record.mark.last + 1, seq: seq + 1 })
    }
    const at = page.findIndex((placed) => holds(placed, n))
    return at < 0 ? [] : unbroken(page.slice(at))
  }

  /** Where the event stands if records are spread evenly between what is known, and a little in front of that. */
  #guessed(place: Place, { seq, record: { mark } }: Placed, n: number, bounds: Bounds): Ahead | undefined {
    const known = this.#positions.before(place.token, n)
    const begun = mark.senders?.seq
    const low = known?.epoch === mark.epoch ? known : begun === undefined ? undefined : { n: 0, seq: begun }
    if (low === undefined || low.seq >= seq) return undefined
    const high = this.#positions.after(place.token, n) ?? { n: mark.last + 1, seq: seq + 1 }
    const part = Math.max(n - GUESS_EVENTS - low.n, 0) / Math.max(high.n - low.n, 1)
    const at = low.seq + Math.floor(part * Math.max(high.seq - low.seq, 0))
    const maxCount = 2 * GUESS_EVENTS + bounds.limit + EMPTY_RECORDS
    const page = this.#reader.page(place, at, { maxCount, maxBytes: bounds.maxBytes })
    page.catch(() => {})
    return page
  }

  async #collect(
    place: Place,
    { page, records }: Start,
    until: Placed,
    { from, limit, maxBytes }: Bounds & { readonly from: number },
  ): Promise<readonly LogEvent[]> {
    if (page !== undefined) return page
    const events: LogEvent[] = []
    let bytes = 0
    const take = (placed: Placed): boolean => {
      const { sizes, mark } = placed.record
      for (const [i, event] of placed.record.events.entries()) {
        if (event.n <= from) continue
        bytes += sizes[i] ?? 0
        const isFull = events.length === limit || (bytes > maxBytes && events.length > 0)
        if (isFull || events.length === 0)
          this.#positions.remember(place.token, mark.epoch, { n: event.n, seq: placed.seq })
        if (isFull) return false
        events.push(event)
        this.#cache.put(place.token, mark.epoch, event, sizes[i] ?? 0)
      }
      if (events.length < limit) return true
      this.#positions.remember(place.token, mark.epoch, { n: mark.last + 1, seq: placed.seq + 1 })
      return false
    }
    for (const placed of records) if (!take(placed)) return events
    const seq = records.at(-1)?.seq ?? 0
    const rest = { maxCount: limit - events.length + EMPTY_RECORDS, maxBytes }
    for await (const placed of this.#reader.records(place, seq + 1, until.seq, rest)) if (!take(placed)) break
    return events
  }
}

/** How much of a page is wanted. */
interface Bounds {
  readonly limit: number
  readonly maxBytes: number
}

/** Records that were asked for before it was known whether they are the right ones. */
type Ahead = Promise<readonly Placed[]>

/** Up to where something is missing: trimmed meanwhile. */
function unbroken(records: readonly Placed[]): readonly Placed[] {
  const gap = records.findIndex(({ record }, index) => index > 0 && record.prev !== records[index - 1]?.seq)
  return gap < 0 ? records : records.slice(0, gap)
}

interface Start {
  /** The first one has the event to begin with. */
  readonly records: readonly Placed[]
  /** Of the events that are known so far. */
  readonly hashOf: (n: number) => string | undefined
  /** All that is wanted, where it was read before. */
  readonly page?: readonly LogEvent[] | undefined
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
