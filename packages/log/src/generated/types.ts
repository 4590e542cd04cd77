// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { Fields } from '@holdfast/contract/shape'

/** `open`: any principal with the scope. `private`: only the owner; for others it does not exist. */
export type SessionReach = 'open' | 'private'

/** The description of a session, stored beside its events. Its total size is bounded by `maxInfoBytes`. */
export interface SessionInfo {
  readonly label?: string | undefined
  /** Free text for the caller's own states, such as `active` or `archived`. @defaultValue `active` */
  readonly status: string
  readonly tags: readonly string[]
  /** The principal that created the session. Absent: it has no owner, as sessions from before owners. */
  readonly owner?: string | undefined
  /** Who may find it. Absent: `open`. */
  readonly reach?: SessionReach | undefined
  /** Any JSON object: what the caller needs besides. */
  readonly data: Fields
}

/** A session as the index knows it. */
export interface SessionRecord {
  readonly label?: string | undefined
  /** Free text for the caller's own states, such as `active` or `archived`. @defaultValue `active` */
  readonly status: string
  readonly tags: readonly string[]
  /** The principal that created the session. Absent: it has no owner, as sessions from before owners. */
  readonly owner?: string | undefined
  /** Who may find it. Absent: `open`. */
  readonly reach?: SessionReach | undefined
  /** Any JSON object: what the caller needs besides. */
  readonly data: Fields
  readonly id: string
  /** Random; another one after the session is deleted and created again. */
  readonly epoch: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Last change of the description, in milliseconds since 1970. Appends do not move it. */
  readonly updatedAt: number
}

/** Numbers that are in the log, and where: `from` to `to` are the events `first` to `last`, one each; or one number with several events. */
export type SenderRun = readonly [from: number, to: number, first: number, last: number]

/** The numbers of one sender that are remembered singly, in order. */
export type SenderRuns = readonly SenderRun[]

/** The stored state of one sender of a session. */
export interface SenderRecord {
  readonly id: string
  /** The highest number that is in the log, 0 where there is none. */
  readonly highest: number
  /** The first of its events; 0 where there are none. */
  readonly first: number
  readonly last: number
  /** Up to here nothing is remembered singly: the sender's `done`, or more where the oldest runs were let go. */
  readonly floor: number
  /** Its last contact, in milliseconds of the store's clock. */
  readonly seen: number
  /** It had a connection. */
  readonly attached: boolean
  /** The numbers above `floor` that are in the log, in order. */
  readonly runs: readonly SenderRun[]
}
