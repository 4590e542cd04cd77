import type { LogEvent, SenderMark } from '@holdfast/log'
import type { Fields, HubAction } from '@holdfast/protocol/hub'

/** Marks a message whose effect is in the log: hash of its text, and who sent it under which scope. */
interface Stamped {
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  readonly from?: string | undefined
}

/** Whose message a record is about, under which number, and up to where that client needs no answer any more. */
export type SenderNumber = readonly [sender: string, n: number, done: number]

/** Makes a request of a lead wait for whoever may answer it. */
export interface Hold {
  /** As the lead calls it; it is asked by whom the record is from. */
  readonly id: string
  /** When it is answered with `otherwise`, in milliseconds since 1970. */
  readonly until: number
  readonly otherwise: readonly HubAction[]
  readonly sender?: SenderNumber | undefined
}

/** An event of the session: told to everybody whose filter it passes. */
export interface EventRecord extends Stamped {
  readonly t: 'event'
  readonly event: string
  readonly data: Fields
  readonly category: string
  readonly hold?: Hold | undefined
}

/** A tool or command that a lead asked the hub for. Kept for its answer; told to nobody. */
export interface CallRecord extends Stamped {
  readonly t: 'call'
  readonly message: Fields
  readonly hold?: Hold | undefined
}

/** A controller's message for the lead. */
export interface RequestRecord extends Stamped {
  readonly t: 'request'
  /** As the lead gets it; its id is unique among what waits for the lead. */
  readonly message: Fields
  readonly wireId: string
  /** Who asked, and under which id. */
  readonly asker: string
  readonly id: string
  /** Nobody waits for the answer after this, in milliseconds since 1970. */
  readonly until?: number | undefined
  readonly sender?: SenderNumber | undefined
}

/** The lead's answer, for the one who asked. */
export interface AnswerRecord extends Stamped {
  readonly t: 'answer'
  readonly wireId: string
  readonly asker: string
  readonly id: string
  readonly actions: readonly HubAction[]
  /** The number of the request that waited for it, and who answered. */
  readonly hold?: number | undefined
  readonly by?: string | undefined
  /** Of the request that it answers. */
  readonly sender?: SenderNumber | undefined
}

/** An RPC message, for the driver, all controllers, or one scope. */
export interface RpcRecord extends Stamped {
  readonly t: 'rpc'
  readonly to: string
  readonly message: Fields
}

/** A change of a session file. */
export interface FileRecord extends Stamped {
  readonly t: 'file'
  readonly path: string
  readonly op: 'append' | 'write'
  readonly text: string
}

/** Somebody became lead; older fences are void from here on. */
export interface LeadRecord extends Stamped {
  readonly t: 'lead'
  readonly fence: number
  readonly instance: string
}

/** Somebody changed who may find the session: every node looks at its description. */
export interface ReachRecord extends Stamped {
  readonly t: 'reach'
}

/** What the hub writes into a session's log. */
export type HubRecord =
  | EventRecord
  | CallRecord
  | RequestRecord
  | AnswerRecord
  | RpcRecord
  | FileRecord
  | LeadRecord
  | ReachRecord

/** Where an RPC message goes when not to one scope. */
export const TO_DRIVER = 'driver'
export const TO_CONTROLLERS = 'controllers'

const NEEDED = {
  event: ['event', 'data', 'category'],
  call: ['message'],
  request: ['message', 'wireId', 'asker', 'id'],
  answer: ['wireId', 'asker', 'id', 'actions'],
  rpc: ['to', 'message'],
  file: ['path', 'op', 'text'],
  lead: ['fence', 'instance'],
  reach: [],
} as const satisfies Record<HubRecord['t'], readonly string[]>

/** The record in a log's event; undefined where somebody else wrote it. */
export function readRecord(event: LogEvent): HubRecord | undefined {
  return isRecord(event.payload) ? event.payload : undefined
}

/** How a record names the message that it is about. */
export function numberOf({ sender }: { readonly sender?: SenderMark | undefined }): SenderNumber | undefined {
  return sender === undefined ? undefined : [sender.id, sender.n, sender.done]
}

/** The name under which a record stands in the log. */
export function kindOf(record: HubRecord): string {
  return record.t === 'event' ? record.event : `hub.${record.t}`
}

// The log gives back what this hub wrote: presence of the members is all that is looked at.
function isRecord(value: unknown): value is HubRecord {
  if (typeof value !== 'object' || value === null || !('t' in value)) return false
  const { t } = value
  const needed: Readonly<Record<string, readonly string[]>> = NEEDED
  return typeof t === 'string' && (needed[t]?.every((name) => name in value) ?? false)
}

/**
 * The name that a client keeps over processes, of a scope that may name one of its objects: \`{name} {instance}\`.
 * Scopes of earlier versions, of drivers and of endpoints are such names themselves.
 */
export function clientSessionOf(scope: string): string {
  return /^([0-9a-z]+) [\w-]{8,64}$/.exec(scope)?.[1] ?? scope
}
