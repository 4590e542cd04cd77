import type { LogLimits } from '@holdfast/log'
import { type ChainRecord, decodeRecord, type Placed } from './chain-record.ts'
import type { Deadline } from './deadline.ts'
import type { Link, Stored } from './link.ts'
import type { Place } from './names.ts'

/** Room for the rest of a record beside its events, when pages are asked for in bytes. */
const RECORD_OVERHEAD = 1.25

/** How much is asked for at once: records, and bytes of their events. */
export interface PageBounds {
  readonly maxCount: number
  readonly maxBytes: number
}

/** Reads the records of sessions: the head from the leader, pages from any replica, what those lack from the leader. */
export class ChainReader {
  readonly #link: Link
  readonly #limits: LogLimits

  constructor(link: Link, limits: LogLimits) {
    this.#link = link
    this.#limits = limits
  }

  /** The last record, which says where the session stands. */
  async last({ stream, subject }: Place, deadline?: Deadline): Promise<Placed | null> {
    return placed(await this.#link.last(stream, subject, deadline))
  }

  /** The first record from `seq` on. */
  async next({ stream, subject }: Place, seq: number, deadline?: Deadline): Promise<Placed | null> {
    return placed(await this.#link.next(stream, subject, seq, deadline))
  }

  /** Up to `maxCount` records from `seq` on. None where there are none, or the first is larger than `maxBytes` of events. */
  async page({ stream, subject }: Place, seq: number, { maxCount, maxBytes }: PageBounds): Promise<readonly Placed[]> {
    return (await this.#link.page(stream, subject, seq, maxCount, maxBytes * RECORD_OVERHEAD)).map(decode)
  }

  /** Records from `seq` up to `until`; ends early where the next one is gone. `bounds`: of what is asked for at once. */
  async *records(place: Place, seq: number, until: number, bounds?: PageBounds): AsyncGenerator<Placed> {
    const { pageEvents: maxCount, pageBytes: maxBytes } = this.#limits
    let from = seq
    let before: number | undefined
    while (from <= until) {
      const found = [...(await this.page(place, from, bounds ?? { maxCount, maxBytes }))]
      // A replica may be behind, and a page that begins with a message larger than the page is empty.
      if (found.length === 0) found.push(...(await this.#one(place, from)))
      if (found.length === 0) return
      for (const one of found) {
        if (one.seq > until) return
        // What was between them is gone: trimmed meanwhile.
        if (before !== undefined && one.record.prev !== before) return
        yield one
        before = one.seq
        from = one.seq + 1
      }
    }
  }

  /** The first record of this life that `holds`; so does `last`, and so do all behind the first one that does. */
  async search(place: Place, last: Placed, holds: (record: ChainRecord) => boolean, n?: number): Promise<Placed> {
    const { epoch } = last.record.mark
    // What an earlier life left stands before everything else.
    const isThere = (record: ChainRecord): boolean => record.mark.epoch === epoch && holds(record)
    const first = await this.next(place, 1)
    if (first === null || first.seq >= last.seq || isThere(first.record)) return first ?? last
    let low = first
    let high = last
    let bound = last.seq
    for (let step = 0; low.seq + 1 < bound; step++) {
      const middle = step % 2 === 0 && n !== undefined ? guess(low, high, bound, n) : Math.floor((low.seq + bound) / 2)
      const at = Math.min(Math.max(middle, low.seq + 1), bound - 1)
      const found = await this.next(place, at)
      if (found === null || found.seq >= bound) bound = at
      else if (isThere(found.record)) {
        high = found
        bound = Math.min(at, found.seq)
      } else low = found
    }
    return high
  }

  async #one(place: Place, seq: number): Promise<readonly Placed[]> {
    const found = await this.next(place, seq)
    return found === null ? [] : [found]
  }
}

/** Where event `n` stands if records are spread evenly. */
function guess(low: Placed, high: Placed, bound: number, n: number): number {
  const span = high.record.mark.last - low.record.mark.last
  const part = span <= 0 ? 0.5 : (n - low.record.mark.last) / span
  return Math.floor(low.seq + part * (Math.min(high.seq, bound) - low.seq))
}

function placed(stored: Stored | null): Placed | null {
  return stored === null ? null : decode(stored)
}

function decode({ seq, data }: Stored): Placed {
  return { seq, record: decodeRecord(Buffer.from(data.buffer, data.byteOffset, data.length).toString()) }
}
