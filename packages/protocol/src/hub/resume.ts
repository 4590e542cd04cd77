import { boolean, count, literal, maybeText, object, optional, type Shape, text } from '../shape.ts'

/** A place in a session's log. Opaque to applications. Hub §11. */
export interface HubPosition {
  /** Names one history of the log; a new one means that continuity cannot be proven. */
  readonly epoch: string
  /** Number of the last event that is behind us; 0 before the first. */
  readonly seq: number
  /** Short hash of that event's id; absent where the log told none (before the first event). */
  readonly anchor?: string | undefined
}

/** Events that are gone. `to` is absent where the log no longer knows. Hub §11. */
export interface HubLost {
  readonly from: number
  readonly to?: number | undefined
}

/** `init.holdfast`: the answer to `resume=1`. Hub §11. */
export interface HubResumeOffer {
  readonly v: 1
  readonly epoch: string
  /** Where the stream starts: the next event is `seq` + 1. */
  readonly seq: number
  /** Anchor of `seq`; with it the position is complete before any event came. */
  readonly anchor?: string | undefined
  /** The position that was asked for holds: nothing is missing. */
  readonly resumed: boolean
  readonly reset?: { readonly reason: string; readonly lost: HubLost } | undefined
}

/**
 * What a message that comes from the log carries beside its own fields, for a client that asked. Hub §11.
 * Read it with {@link readHubStamp}: a server that speaks no resume may use these names for something else.
 */
export interface HubStamp {
  /** Number of the event in the log. */
  readonly seq: number
  /** Through a filter: number of the previous event that this subscription was sent. */
  readonly prev?: number | undefined
  /** Short hash of the event's id. */
  readonly anchor?: string | undefined
}

/** Query parameters of the resume extension. Hub §11. */
export const HUB_RESUME_PARAMETERS = {
  ask: 'resume',
  version: '1',
  after: 'after',
  paged: 'paged',
  before: 'before',
} as const

const POSITION = /^([\w-]{1,64})\.(0|[1-9]\d{0,15})\.([\w-]{0,64})$/

/** `{epoch}.{seq}.{anchor}`. Hub §11. */
export function formatHubPosition(position: HubPosition): string {
  return `${position.epoch}.${position.seq}.${position.anchor ?? ''}`
}

/** `undefined` where the text is not a position: answer such a client with a reset, not with a refusal. */
export function parseHubPosition(text: string): HubPosition | undefined {
  const [, epoch, digits, anchor] = POSITION.exec(text) ?? []
  const seq = Number(digits)
  if (epoch === undefined || !Number.isSafeInteger(seq)) return undefined
  return anchor ? { epoch, seq, anchor } : { epoch, seq }
}

/** The stamp of a message; `undefined` where it carries none or one that is not well formed. */
export function readHubStamp(message: object): HubStamp | undefined {
  const { seq, prev, anchor }: { seq?: unknown; prev?: unknown; anchor?: unknown } = message
  if (!isCount(seq) || (prev !== undefined && !isCount(prev))) return undefined
  return { seq, prev, anchor: typeof anchor === 'string' ? anchor : undefined }
}

/** The id under which the other side acknowledges a message: `mid` where it has one, else `id`. Hub §11. */
export function hubMessageId(message: object): string | undefined {
  const { mid, id }: { mid?: unknown; id?: unknown } = message
  if (typeof mid === 'string') return mid
  return typeof id === 'string' ? id : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

export const lost: Shape<HubLost> = object<HubLost>({ from: count, to: optional(count) })

export const resumeOffer: Shape<HubResumeOffer> = object<HubResumeOffer>({
  v: literal(1),
  epoch: text,
  seq: count,
  anchor: maybeText,
  resumed: boolean,
  reset: optional(object<NonNullable<HubResumeOffer['reset']>>({ reason: text, lost })),
})
