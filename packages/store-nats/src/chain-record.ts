import type { LogEvent, SenderRecord, SessionRecord } from '@holdfast/log'
import { NatsLogError } from './errors.ts'
import { type KeyEntry, type ProducerEntry, type SenderChange, senderEntry } from './memory.ts'

/** Version of what a record looks like. Records of version 1 have no senders. */
const RECORD_VERSION = 2

/** Where a text that does not fit into a record is kept. */
export interface BlobRef {
  readonly id: string
  readonly chunks: number
}

/** Where a session stands after a record. Every record says all of it, so the last one is the head. */
export interface Mark {
  readonly epoch: string
  /** The session was removed with this record. */
  readonly isRemoved?: boolean | undefined
  readonly first: number
  readonly last: number
  /** Bytes of all events ever, and of those that were trimmed. */
  readonly total: number
  readonly trimmed: number
  /** Anchors of event `last` and of event `first - 1`. */
  readonly anchor: string
  readonly anchorBefore: string
  readonly fence: number
  readonly snapshot?: { readonly n: number; readonly ref: BlobRef } | undefined
  /** What was remembered of all records up to `seq`; absent means: of none. */
  readonly memory?: { readonly seq: number; readonly ref: BlobRef } | undefined
  /**
   * The same of senders, apart from it: gateways of the version before store the one and carry the other on. `ref` is
   * absent where there were none up to `seq`.
   */
  readonly senders?: { readonly seq: number; readonly ref?: BlobRef | undefined } | undefined
}

/** One message of a session: some appends that were committed together, or a change of the session. */
export interface ChainRecord extends SenderChange {
  /** Random: tells our own record from another one in the same place. */
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
  readonly opened?: { readonly stamp: number; readonly record: SessionRecord } | undefined
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
  readonly opened?: { readonly stamp: number; readonly record: SessionRecord } | undefined
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

type StoredEvent = readonly [id: string, kind: string, at: number, payload: unknown]

/** @throws NatsLogError `nats/newer_record` */
export function decodeRecord(text: string): ChainRecord {
  const {
    v,
    id,
    prev,
    mark,
    producers,
    keys,
    senders = [],
    dropped = [],
    sizes,
    events,
    opened,
  }: Omit<ChainRecord, 'events' | keyof SenderChange> &
    Partial<SenderChange> & {
      readonly v: number
      readonly events: readonly StoredEvent[]
    } = JSON.parse(text)
  if (v > RECORD_VERSION) {
    throw new NatsLogError('nats/newer_record', `expected a record of version ${RECORD_VERSION}, got ${v}`)
  }
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
