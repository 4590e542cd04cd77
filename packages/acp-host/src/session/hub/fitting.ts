import { isObject } from '@holdfast/contract/shape'

type Fields = Readonly<Record<string, unknown>>

interface Cut {
  /** Of each text. */
  readonly chars: number
  /** Of each list, and members of each object. */
  readonly items: number
}

/** Of the members of an event together, as JSON. */
const MAX_DATA_CHARS = 60_000
/** Of a whole record as JSON in UTF-8: a log has room for 256 KiB, and the record's names come beside it. */
const MAX_RECORD_BYTES = 200_000

/** What is kept of a value, the first that is enough: without what only the two that agreed on it can read, then ever less. */
const CUTS: readonly Cut[] = [
  { chars: Number.POSITIVE_INFINITY, items: Number.POSITIVE_INFINITY },
  { chars: 30_000, items: 1_000 },
  { chars: 1_000, items: 200 },
  { chars: 200, items: 50 },
]
/** Where none of them is: the plain members. */
const LEAST: Cut = { chars: 200, items: 50 }

/** Deeper than that nothing is kept of what is cut. */
const MAX_DEPTH = 8

/** The same, or as much of it as an event has room for. */
export function fitting(value: Fields): Fields {
  return shortened(value, (text) => text.length <= MAX_DATA_CHARS)
}

/**
 * A record of the hub as a log takes it: the same, or a shortened copy. What a log refuses, it refuses each time, and
 * everything behind it would wait for ever.
 */
export function storable<Stored extends Fields>(record: Stored): Stored {
  const room = MAX_RECORD_BYTES - Buffer.byteLength(JSON.stringify({ ...record, data: undefined, message: undefined }))
  const isSmall = (text: string): boolean => text.length * 3 <= room || Buffer.byteLength(text) <= room
  const { data, message } = record
  return {
    ...record,
    ...(isObject(data) ? { data: shortened(data, isSmall) } : {}),
    ...(isObject(message) ? { message: shortened(message, isSmall) } : {}),
  }
}

function shortened(value: Fields, isSmall: (text: string) => boolean): Fields {
  if (isSmall(JSON.stringify(value))) return value
  for (const cut of CUTS) {
    const shortened = { ...membersOf(value, cut, 0), isShortened: true }
    if (isSmall(JSON.stringify(shortened))) return shortened
  }
  const plain = Object.entries(value).filter(([, member]) => typeof member !== 'object')
  return { ...membersOf(Object.fromEntries(plain), LEAST, 0), isShortened: true }
}

function membersOf(value: Fields, cut: Cut, depth: number): Fields {
  const named = Object.entries(value).filter(([name]) => name !== '_meta' && name.length <= cut.chars)
  return Object.fromEntries(named.slice(0, cut.items).map(([name, member]) => [name, cutTo(member, cut, depth + 1)]))
}

function cutTo(value: unknown, cut: Cut, depth: number): unknown {
  if (typeof value === 'string') return value.length <= cut.chars ? value : `${value.slice(0, cut.chars)}…`
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return undefined
  if (!Array.isArray(value)) return membersOf({ ...value }, cut, depth)
  return value.slice(0, cut.items).map((one: unknown) => cutTo(one, cut, depth + 1))
}
