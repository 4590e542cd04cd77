import { fits, isObject } from '@holdfast/contract/shape'
import type { LogEvent, SenderRecord } from '@holdfast/log'
import { type KeyEntry, type ProducerEntry, type SenderChange, senderEntry } from './append-memory.ts'
import { NatsLogError } from './errors.ts'
import { storedRecord } from './generated/checks.ts'
import type { Mark, Opening } from './generated/types.ts'
import { damaged, jsonOf } from './stored-json.ts'

/** Version of what a record looks like. Records of version 1 have no senders. */
const RECORD_VERSION = 2

export type { BlobRef, Mark } from './generated/types.ts'

/** One message of a session: some appends that were committed together, or a change of the session. */
export interface ChainRecord extends SenderChange {
  /** Random: distinguishes our own record from another one in the same place. */
  readonly id: string
  /** Sequence of the record before it. */
  readonly prev: number
  readonly mark: Mark
  readonly producers: readonly ProducerEntry[]
  readonly keys: readonly KeyEntry[]
  /** Bytes of each event. */
  readonly sizes: readonly number[]
  readonly events: readonly LogEvent[]
  /** Set in the first record of a life. */
  readonly opened?: Opening | undefined
}

/** A record in its place in the stream. */
export interface Placed {
  readonly seq: number
  readonly record: ChainRecord
}

/** What a record is made of; `events` are JSON texts of {@link eventText}. */
export interface RecordDraft {
  readonly mark: Mark
  readonly producers?: readonly ProducerEntry[] | undefined
  readonly keys?: readonly KeyEntry[] | undefined
  readonly senders?: readonly SenderRecord[] | undefined
  readonly dropped?: readonly string[] | undefined
  readonly sizes?: readonly number[] | undefined
  readonly events?: readonly string[] | undefined
  readonly opened?: Opening | undefined
}

/** An event as it stands in a record. Its number follows from its place. */
export function eventText(event: { id: string; kind: string; at: number }, payload: string): string {
  return `[${JSON.stringify(event.id)},${JSON.stringify(event.kind)},${event.at},${payload}]`
}

/** The text of a record. Payloads are texts already and are not parsed again. */
export function encodeRecord(id: string, prev: number, draft: RecordDraft): string {
  const { mark, producers = [], keys = [], senders = [], dropped = [], sizes = [], events = [], opened } = draft
  const head = JSON.stringify({
    v: RECORD_VERSION,
    id,
    prev,
    mark,
    producers,
    keys,
    ...(senders.length === 0 ? {} : { senders: senders.map(senderEntry) }),
    ...(dropped.length === 0 ? {} : { dropped }),
    sizes,
    ...(opened === undefined ? {} : { opened }),
  })
  return `${head.slice(0, -1)},"events":[${events.join(',')}]}`
}

/** What a draft says of the state once it is stored; its events are not in it. */
export function recordOf(id: string, prev: number, draft: RecordDraft): ChainRecord {
  const { mark, producers = [], keys = [], senders = [], dropped = [], sizes = [], opened } = draft
  return { id, prev, mark, producers, keys, senders: senders.map(senderEntry), dropped, sizes, events: [], opened }
}

/** @throws NatsLogError `nats/newer_record`; LogError `log/damaged` */
export function decodeRecord(text: string): ChainRecord {
  const value = jsonOf('record', text)
  const { v }: { readonly v?: unknown } = isObject(value) ? value : {}
  if (typeof v === 'number' && v > RECORD_VERSION) {
    throw new NatsLogError('nats/newer_record', `expected a record of version ${RECORD_VERSION}, got ${v}`)
  }
  if (!fits(storedRecord, value)) throw damaged(`record${storedRecord(value) ?? ''}`)
  const { id, prev, mark, producers, keys, senders = [], dropped = [], sizes, events, opened } = value
  const from = mark.last - events.length + 1
  const numbered = events.map(([id, kind, at, payload], i) => ({ n: from + i, id, kind, at, payload }))
  return { id, prev, mark, producers, keys, senders, dropped, sizes, events: numbered, opened }
}

/** From the first record with senders on their memory is complete, wherever a reader has to begin. */
export function senderMark({ senders }: Mark, seq: number): Pick<Mark, 'senders'> {
  return { senders: senders ?? { seq } }
}

/** Bytes that all events before event `n` of this record ever held together. */
export function totalBefore({ record: { mark, sizes, events } }: Placed, n: number): number {
  const from = n - (mark.last - events.length + 1)
  return sizes.slice(Math.max(from, 0)).reduce((total, size) => total - size, mark.total)
}
