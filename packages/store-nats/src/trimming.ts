import { eventHashOf, type Head, type Retention } from '@holdfast/log'
import type { ChainReader } from './chain-reader.ts'
import { type Mark, type Placed, totalBefore } from './chain-record.ts'
import type { Place } from './names.ts'

/** Where a log shall begin from now on. */
export interface Cut {
  readonly first: number
  readonly trimmed: number
  readonly anchorBefore: string
  /** Records before this one hold nothing that is left. */
  readonly purgeBefore: number
}

/** Finds where a session's log shall begin; undefined where it stays as it is. */
export async function cutFor(
  reader: ChainReader,
  place: Place,
  last: Placed,
  { maxEvents, maxBytes, maxAgeMs }: Retention,
  now: number,
): Promise<Cut | undefined> {
  const { mark } = last.record
  const most = Math.min(mark.snapshot?.n ?? 0, mark.last)
  if (most <= mark.first) return undefined
  let first = mark.first
  if (maxEvents !== undefined) first = Math.max(first, mark.last - maxEvents + 1)
  if (maxBytes !== undefined) first = Math.max(first, await firstWithin(reader, place, last, maxBytes))
  first = Math.min(first, most)
  if (maxAgeMs !== undefined && first < most) first = await firstYoung(reader, place, last, first, most, now - maxAgeMs)
  return first <= mark.first ? undefined : cutAt(reader, place, last, first)
}

/** The first event from which on no more than `maxBytes` are left. */
async function firstWithin(reader: ChainReader, place: Place, last: Placed, maxBytes: number): Promise<number> {
  const { mark } = last.record
  if (mark.total - mark.trimmed <= maxBytes) return mark.first
  const goal = mark.total - maxBytes
  const placed = await reader.search(place, last, (record) => record.mark.total >= goal)
  for (const { n } of placed.record.events) if (totalBefore(placed, n + 1) >= goal) return n + 1
  return placed.record.mark.last + 1
}

/** The first event from `from` on that is not older; at most `most`. */
async function firstYoung(
  reader: ChainReader,
  place: Place,
  last: Placed,
  from: number,
  most: number,
  youngest: number,
): Promise<number> {
  const start = await reader.search(place, last, ({ mark }) => mark.last >= from, from)
  for await (const { record } of reader.records(place, start.seq, last.seq)) {
    for (const { n, at } of record.events) {
      if (n >= most) return most
      if (n >= from && at >= youngest) return n
    }
  }
  return most
}

async function cutAt(reader: ChainReader, place: Place, last: Placed, first: number): Promise<Cut> {
  const before = await reader.search(place, last, ({ mark }) => mark.last >= first - 1, first - 1)
  const event = before.record.events.find(({ n }) => n === first - 1)
  const isWhole = before.record.mark.last === first - 1
  return {
    first,
    trimmed: totalBefore(before, first),
    anchorBefore: eventHashOf(event?.id ?? ''),
    purgeBefore: isWhole ? before.seq + 1 : before.seq,
  }
}

/** What a mark says of a log's extent. */
export function headOf({ epoch, first, last, anchor: eventHash, total, trimmed }: Mark): Head {
  return { epoch, first, last, eventHash, bytes: total - trimmed }
}
