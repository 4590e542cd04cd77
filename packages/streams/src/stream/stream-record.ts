import { isObject } from '@holdfast/contract/shape'
import { INTERNAL_STATUS, type SessionInfo, type SessionReach, type SessionRecord } from '@holdfast/log'
import { essenceOf } from './content.ts'
import type { Segment } from './page.ts'

/** When a stream ends by itself (protocol §5.1). */
export interface Expiry {
  /** So long after it was read or written last. In seconds. */
  readonly ttlSeconds?: number | undefined
  /** At this moment, in milliseconds since 1970 … */
  readonly expiresAt?: number | undefined
  /** … as it was asked for. */
  readonly expiresText?: string | undefined
}

/** Where a fork was asked to begin. */
export interface ForkRequest {
  /** The name of the source. */
  readonly from: string
  /** As it came; absent: its end. */
  readonly offset?: string | undefined
  readonly subOffset: number
}

/** What is kept of a stream beside its events, in the description of its session. */
export interface StreamData extends Expiry {
  readonly contentType: string
  /** Anyone who has its address may read it. */
  readonly isPublic: boolean
  /** It begins with content, or closed: until that is in the log, it is not there. */
  readonly isBegun?: boolean | undefined
  readonly fork?: ForkRequest | undefined
  /** The session of the fork's source. */
  readonly source?: string | undefined
  /** Of offsets, where it is not the session's own. */
  readonly epoch?: string | undefined
  /** Where what it has of others is. */
  readonly segments?: readonly Segment[] | undefined
  /** The hash of the last event of those. */
  readonly baseHash?: string | undefined
  /** Removed, and kept for its forks. */
  readonly isDeleted?: boolean | undefined
  /** Last read or written, to about an eighth of its time to live. In milliseconds since 1970. */
  readonly touchedAt?: number | undefined
}

/** A stream as it is found. */
export interface StreamRecord {
  readonly session: string
  readonly epoch: string
  readonly owner?: string | undefined
  readonly reach?: SessionReach | undefined
  readonly createdAt: number
  readonly data: StreamData
}

const PREFIX = 'stream:'
const VERSION = 1

/** The session in which the stream of this name is kept. */
export function sessionOf(name: string): string {
  return `${PREFIX}${name}`
}

/** Found by this tag: streams that expire. */
export const EXPIRING_TAG = 'stream:expires'

/** Found by this tag: the forks of a session. */
export function forkTag(session: string): string {
  return `fork-of:${session}`
}

/** Undefined where it is no stream. */
export function recordOf({ id, epoch, owner, reach, createdAt, data }: SessionRecord): StreamRecord | undefined {
  const { stream } = data
  if (!isObject(stream) || stream['v'] !== VERSION) return undefined
  return { session: id, epoch, owner, reach, createdAt, data: readData(stream) }
}

/** Found by this tag: the streams of a principal. */
export function ownerTag(owner: string): string {
  return `stream-owner:${owner}`
}

export function infoOf(data: StreamData, owner: string, reach: SessionReach): Partial<SessionInfo> {
  const expires = data.ttlSeconds !== undefined || data.expiresAt !== undefined
  const tags = [
    'stream',
    ownerTag(owner),
    ...(expires ? [EXPIRING_TAG] : []),
    ...(data.source === undefined ? [] : [forkTag(data.source)]),
  ]
  return { status: INTERNAL_STATUS, tags, owner, reach, data: storedData(data) }
}

export function storedData(data: StreamData): Readonly<Record<string, unknown>> {
  return { stream: { v: VERSION, ...data } }
}

/** Whether a stream is what the request asks for (protocol §5.1). What a fork was not asked for it has of its source. */
export function isSameRequest(data: StreamData, requested: StreamData): boolean {
  const isFork = requested.fork !== undefined
  const inheritsType = isFork && requested.contentType === ''
  const inheritsEnd = isFork && requested.ttlSeconds === undefined && requested.expiresAt === undefined
  return (
    (inheritsType || essenceOf(data.contentType) === essenceOf(requested.contentType)) &&
    (inheritsEnd || (data.ttlSeconds === requested.ttlSeconds && data.expiresAt === requested.expiresAt)) &&
    data.fork?.from === requested.fork?.from &&
    data.fork?.offset === requested.fork?.offset &&
    data.fork?.subOffset === requested.fork?.subOffset
  )
}

/** Written here alone, so that what does not fit is left out. */
function readData(stored: Readonly<Record<string, unknown>>): StreamData {
  const { contentType, isPublic, isBegun, isDeleted, fork, segments } = stored
  return {
    contentType: typeof contentType === 'string' ? contentType : '',
    isPublic: isPublic === true,
    isBegun: isBegun === true,
    isDeleted: isDeleted === true,
    ttlSeconds: numberIn(stored['ttlSeconds']),
    expiresAt: numberIn(stored['expiresAt']),
    expiresText: textIn(stored['expiresText']),
    touchedAt: numberIn(stored['touchedAt']),
    source: textIn(stored['source']),
    epoch: textIn(stored['epoch']),
    baseHash: textIn(stored['baseHash']),
    fork: isObject(fork) ? forkIn(fork) : undefined,
    segments: Array.isArray(segments) ? segments.flatMap(segmentIn) : undefined,
  }
}

function forkIn(fork: Readonly<Record<string, unknown>>): ForkRequest {
  return {
    from: textIn(fork['from']) ?? '',
    offset: textIn(fork['offset']),
    subOffset: numberIn(fork['subOffset']) ?? 0,
  }
}

function segmentIn(value: unknown): readonly Segment[] {
  if (!isObject(value)) return []
  const { session, epoch, from, to } = value
  const fits = typeof session === 'string' && typeof epoch === 'string' && typeof from === 'number'
  return fits && typeof to === 'number' ? [{ session, epoch, from, to }] : []
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
