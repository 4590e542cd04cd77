import type { LogEvent } from '@holdfast/log'
import type { Fields } from '@holdfast/protocol/tracker'

/** A task. */
export interface TrackerTask {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly project_id: string
  /** The agent that should do it. */
  readonly assignee?: string | undefined
  readonly status: string
  readonly created_by: string
  /** Milliseconds since 1970. */
  readonly created_at: number
}

/** Something said in a chat or on a task. */
export interface TrackerChatMessage {
  readonly id: string
  readonly chat_id?: string | undefined
  readonly task_id?: string | undefined
  readonly author: string
  readonly content: string
  readonly mentions: readonly string[]
  readonly thinking?: string | undefined
  readonly created_at: number
}

/** What the tracker writes into its log. Everything that it knows is folded from these. */
export type TrackerRecord =
  /** An agent is known from here on: it gets what concerns it, also while it is away. */
  | { readonly t: 'agent'; readonly agent: string }
  | { readonly t: 'task'; readonly task: TrackerTask }
  | { readonly t: 'status'; readonly taskId: string; readonly status: string; readonly by: string }
  | { readonly t: 'message'; readonly message: TrackerChatMessage }
  /** The agent has handled the event of record `n`, or it is given up. */
  | { readonly t: 'ack'; readonly agent: string; readonly n: number; readonly failed?: boolean | undefined }

/** An event for an agent. Its id is made of the record's number: the same after every restart, on every node. */
export interface InboxEvent {
  readonly n: number
  readonly type: string
  readonly data: Fields
  readonly ts: number
}

const NEEDED = {
  agent: ['agent'],
  task: ['task'],
  status: ['taskId', 'status', 'by'],
  message: ['message'],
  ack: ['agent', 'n'],
} as const satisfies Record<TrackerRecord['t'], readonly string[]>

/** The record in a log's event; undefined where somebody else wrote it. */
export function readTrackerRecord(event: LogEvent): TrackerRecord | undefined {
  return isRecord(event.payload) ? event.payload : undefined
}

// The log gives back what the tracker wrote: presence of the members is all that is looked at.
function isRecord(value: unknown): value is TrackerRecord {
  if (typeof value !== 'object' || value === null || !('t' in value)) return false
  const { t } = value
  const needed: Readonly<Record<string, readonly string[]>> = NEEDED
  return typeof t === 'string' && (needed[t]?.every((name) => name in value) ?? false)
}

/** The wire's id of an event: the record's number, in this life of the log. */
export function eventId(n: number, epoch: string): string {
  return `${epoch}-${n}`
}

/** The record's number; undefined where the id is none of this life of the log. */
export function numberOfEvent(id: string, epoch: string): number | undefined {
  if (!id.startsWith(`${epoch}-`)) return undefined
  const [digits] = /^[1-9]\d{0,15}$/.exec(id.slice(epoch.length + 1)) ?? []
  return digits === undefined ? undefined : Number(digits)
}
