// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { SessionRecord, SenderRun } from '@holdfast/log'

/** Where a text that does not fit into a record is kept. */
export interface BlobRef {
  readonly id: string
  readonly chunks: number
}

/** The state of a session after a record. Every record has all of it, so the last one is the head. */
export interface Mark {
  readonly epoch: string
  /** The session was removed with this record. */
  readonly isRemoved?: boolean | undefined
  readonly first: number
  readonly last: number
  /** Bytes of all events ever. */
  readonly total: number
  /** Bytes of those that were trimmed. */
  readonly trimmed: number
  /** Hash of event `last`. */
  readonly anchor: string
  /** Hash of event `first - 1`. */
  readonly anchorBefore: string
  readonly fence: number
  readonly snapshot?: {
    readonly n: number
    readonly ref: BlobRef
  } | undefined
  /** The state after all records up to `seq`; absent: of no record. */
  readonly memory?: {
    readonly seq: number
    readonly ref: BlobRef
  } | undefined
  /** The same of senders, apart from it: gateways of the version before store the one and carry the other on. `ref` is absent where there were none up to `seq`. */
  readonly senders?: {
    readonly seq: number
    readonly ref?: BlobRef | undefined
  } | undefined
}

/** A producer as stored: its number, and the first and last event of that number. */
export type ProducerEntry = readonly [id: string, fence: number, seq: number, first: number, last: number]

/** A key as stored: when it was used, its first and last event, and its owner. */
export type KeyEntry = readonly [key: string, at: number, first: number, last: number, scope?: string | undefined]

/** A sender as stored. */
export type SenderEntry = readonly [id: string, highest: number, first: number, last: number, floor: number, seen: number, attached: 0 | 1, runs: readonly SenderRun[]]

/** All senders of a session, as a checkpoint has them. */
export type SenderEntries = readonly SenderEntry[]

/** An event as stored. Its number follows from its position in the record. */
export type StoredEvent = readonly [id: string, kind: string, at: number, payload: unknown]

/** The stored state of appends, without senders. */
export interface Remembered {
  readonly producers: readonly ProducerEntry[]
  readonly keys: readonly KeyEntry[]
}

/** What the first record of a life says: the session, and its place among all sessions. */
export interface Opening {
  readonly stamp: number
  readonly record: SessionRecord
}

/** One message of a session: some appends that were committed together, or a change of the session. */
export interface StoredRecord {
  readonly producers: readonly ProducerEntry[]
  readonly keys: readonly KeyEntry[]
  /** Version of what a record looks like. Records of version 1 have no senders. */
  readonly v: number
  /** Random: distinguishes our own record from another one at the same path. */
  readonly id: string
  /** Sequence of the record before it. */
  readonly prev: number
  readonly mark: Mark
  readonly senders?: readonly SenderEntry[] | undefined
  /** Forgotten with this record, before `senders` are taken. */
  readonly dropped?: readonly string[] | undefined
  /** Bytes of each event. */
  readonly sizes: readonly number[]
  readonly events: readonly StoredEvent[]
  /** Set in the first record of an epoch. */
  readonly opened?: Opening | undefined
}

/** A session in the index. */
export interface IndexEntry {
  /** Order of creation over all sessions. */
  readonly stamp: number
  readonly record: SessionRecord
}

/** The lease of a node, for one run of it. */
export interface NodeEntry {
  readonly life: string
}

/** A claim that only one node can have, as long as its lease lasts. */
export interface Claim {
  readonly key: string
  readonly node: string
  readonly life: string
  readonly value?: unknown
}

/** What one gateway sends to the others that write the same session: it wants to write, or has written up to `seq`. */
export interface WriterNews {
  readonly by: string
  readonly seq?: number | undefined
}

/** A lease as stored. */
export interface LeaseEntry {
  /** Absent if the session was opened again and has no holder. */
  readonly holder?: string | undefined
  /** Milliseconds since 1970. It decides only who may try to acquire the lease, never who may write. */
  readonly until: number
  /** Absent in the first entry of a grant: it is the revision of that. */
  readonly fence?: number | undefined
}

/** What the store was created with. Stands beside the index of sessions once everything is there. */
export interface StoreLayout {
  readonly version: number
  readonly shards: number
  readonly replicas: number
}
