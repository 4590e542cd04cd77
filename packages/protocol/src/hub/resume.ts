/** A place in a session's log. Opaque to applications. Hub §11. */
export interface HubPosition {
  /** Names one history of the log; a new one means that continuity cannot be proven. */
  readonly epoch: string
  /** Number of the last event that was received; 0 before the first. */
  readonly seq: number
  /** Short hash of that event's id; absent where the log has none (before the first event). */
  readonly anchor?: string | undefined
}

/** What a message that may be written again carries beside its id, after an offer with `sender`. Hub §11. */
export interface HubNumber {
  /** 1, 2, 3 … for one client object, in the order of writing; the same when it is written again. */
  readonly n: number
  /** The client needs no answer any more to anything up to this number. */
  readonly done: number
}

/**
 * Fields that a message from the log has beside its own, for a client that requested them. Hub §11. Read them with
 * {@link readHubStamp}: a server without the resume extension may use these names for something else.
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
  newest: 'v',
  newestVersion: '2',
  instance: 'instance',
  fresh: 'fresh',
  auth: 'auth',
  noAuth: 'none',
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

/** The numbers of a message; `undefined` where it carries none, or some that are not well formed. */
export function readHubNumber(message: object): HubNumber | undefined {
  const { n, done }: { n?: unknown; done?: unknown } = message
  return isCount(n) && n > 0 && isCount(done) && done < n ? { n, done } : undefined
}

const INSTANCE = /^[\w-]{8,64}$/

/** Whether a text can name a client object (query parameter `instance`). */
export function isHubInstance(text: string): boolean {
  return INSTANCE.test(text)
}

/** The id under which the other side acknowledges a message: `mid` where it has one, else `id`. Hub §11. */
export function hubMessageId(message: object): string | undefined {
  const { mid, id }: { mid?: unknown; id?: unknown } = message
  if (typeof mid === 'string') return mid
  return typeof id === 'string' ? id : undefined
}

/** Random, of this object alone, and a count: the ids of our clients that their applications did not give. */
const GIVEN = /^[0-9a-z]{1,8}\.\d+$/

/**
 * Whether a client object gave this id by itself. Any other is the application's own, and a process that starts again may use
 * it for the same message.
 */
export function isGivenHubId(id: string): boolean {
  return GIVEN.test(id)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
