import type { Decoded } from '@holdfast/contract'
import {
  anything,
  array,
  type Fields,
  fields,
  maybeBoolean,
  maybeNumber,
  maybeText,
  number,
  type Open,
  object,
  optional,
  parseWith,
  type Shape,
  type Shapes,
  text,
  word,
} from '../shape.ts'
import { conversationEntry, type HubConversationEntry } from './entries.ts'

/** Who may see a session. */
export type HubVisibility = Open<'private' | 'organization' | 'collaborate'>

/** Body of `POST /session`. Hub §7. Other members pass. */
export interface HubCreateSessionBody {
  readonly task?: string | undefined
  readonly label?: string | undefined
  readonly agent?: string | undefined
  readonly visibility?: HubVisibility | undefined
  readonly tags?: readonly string[] | undefined
  readonly metadata?: Fields | undefined
}

/** Answer of `POST /session` (201). Hub §7. */
export interface HubSessionCreated {
  readonly sessionId: string
  readonly status: string
  readonly mode: Open<'sandbox' | 'tui'>
  readonly visibility: HubVisibility
}

/** Body of `PATCH /session/{id}`. Hub §7. Other members pass. */
export interface HubUpdateSessionBody {
  readonly label?: string | undefined
  readonly visibility?: HubVisibility | undefined
  readonly tags?: readonly string[] | undefined
  readonly metadata?: Fields | undefined
}

/** A session as lists and `GET /session/{id}` tell it. Hub §7. */
export interface HubSessionSummary {
  readonly sessionId: string
  readonly label: string
  readonly status: string
  readonly mode: Open<'sandbox' | 'tui'>
  readonly visibility: HubVisibility
  /** ISO 8601. */
  readonly createdAt: string
  /** ISO 8601. */
  readonly lastActivityAt?: string | undefined
  readonly workflowMode?: Open<'standard' | 'loop'> | undefined
  readonly bucket?: Open<'running' | 'paused' | 'provisioning' | 'history'> | undefined
  readonly taskCount?: number | undefined
  readonly subAgentCount?: number | undefined
  readonly observerCount?: number | undefined
  readonly participantCount?: number | undefined
  readonly tags?: readonly string[] | undefined
  readonly skills?: readonly unknown[] | undefined
  readonly runtimeAvailable?: boolean | undefined
  readonly controlAvailable?: boolean | undefined
  readonly wakeAvailable?: boolean | undefined
  readonly historyOnly?: boolean | undefined
  readonly liveExpected?: boolean | undefined
  readonly task?: string | undefined
  readonly metadata?: Fields | undefined
}

/** Answer of `GET /sessions`: sessions by how they run. Hub §7. */
export interface HubSessionList {
  readonly sessions: { readonly websocket: readonly HubSessionSummary[]; readonly sandbox: readonly unknown[] }
  readonly total: number
  /** Where the next page begins: `cursor` of the next request. Absent on the last one. */
  readonly next?: string | undefined
}

/** Answer of `POST /session/{id}/archive` and `/resume`. Hub §7. */
export interface HubLifecycleAnswer {
  readonly sessionId: string
  readonly status?: string | undefined
}

/** Answer of `GET /session/{id}/participants`. Hub §7. Times are ISO 8601. */
export interface HubParticipantList {
  readonly sessionId: string
  readonly participants: readonly {
    readonly id: string
    readonly role: string
    readonly transport?: string | undefined
    readonly connectedAt?: string | undefined
    readonly lastActivityAt?: string | undefined
    readonly metadata?: Fields | undefined
  }[]
}

/** Answer of `GET /session/{id}/replay`. Hub §7. */
export interface HubReplay {
  readonly sessionId: string
  readonly entriesSource: string
  readonly entries: readonly HubConversationEntry[]
}

/** Answer of `GET /session/{id}/loop`: how a lead that works in rounds stands; null where it does not. */
export interface HubLoopState {
  readonly sessionId: string
  readonly workflowMode: Open<'standard' | 'loop'>
  readonly loop: Fields | null
}

/** One event of the history. Hub §7. Times are ISO 8601. */
export interface HubHistoryEvent {
  readonly id: number
  readonly event: string
  readonly category?: string | undefined
  readonly agent?: string | undefined
  readonly taskId?: string | undefined
  readonly payload?: unknown
  readonly occurredAt: string
  readonly ingestedAt?: string | undefined
}

/** Answer of `GET /session/{id}/events/history`. Hub §7. */
export interface HubEventHistory {
  readonly sessionId: string
  readonly events: readonly HubHistoryEvent[]
  readonly total: number
}

/** Body of every refusal over HTTP. */
export interface HubHttpError {
  readonly error: { readonly code: string; readonly message: string }
}

const tags = optional(array(text))
const changeable: Shapes<HubUpdateSessionBody> = {
  label: maybeText,
  visibility: optional(word()),
  tags,
  metadata: optional(fields),
}
const summary: Shape<HubSessionSummary> = object<HubSessionSummary>({
  sessionId: text,
  label: text,
  status: text,
  mode: word(),
  visibility: word(),
  createdAt: text,
  lastActivityAt: maybeText,
  workflowMode: optional(word()),
  bucket: optional(word()),
  taskCount: maybeNumber,
  subAgentCount: maybeNumber,
  observerCount: maybeNumber,
  participantCount: maybeNumber,
  tags,
  skills: optional(array(anything)),
  runtimeAvailable: maybeBoolean,
  controlAvailable: maybeBoolean,
  wakeAvailable: maybeBoolean,
  historyOnly: maybeBoolean,
  liveExpected: maybeBoolean,
  task: maybeText,
  metadata: optional(fields),
})
const participantItem = object<HubParticipantList['participants'][number]>({
  id: text,
  role: text,
  transport: maybeText,
  connectedAt: maybeText,
  lastActivityAt: maybeText,
  metadata: optional(fields),
})
const historyEvent = object<HubHistoryEvent>({
  id: number,
  event: text,
  category: maybeText,
  agent: maybeText,
  taskId: maybeText,
  payload: anything,
  occurredAt: text,
  ingestedAt: maybeText,
})

const createSession = object<HubCreateSessionBody>({ ...changeable, task: maybeText, agent: maybeText })
const updateSession = object<HubUpdateSessionBody>(changeable)
const created = object<HubSessionCreated>({ sessionId: text, status: text, mode: word(), visibility: word() })
const list = object<HubSessionList>({
  sessions: object<HubSessionList['sessions']>({ websocket: array(summary), sandbox: array(anything) }),
  total: number,
  next: maybeText,
})
const lifecycle = object<HubLifecycleAnswer>({ sessionId: text, status: maybeText })
const participants = object<HubParticipantList>({ sessionId: text, participants: array(participantItem) })
const replay = object<HubReplay>({ sessionId: text, entriesSource: text, entries: array(conversationEntry) })
const history = object<HubEventHistory>({ sessionId: text, events: array(historyEvent), total: number })
const httpError = object<HubHttpError>({ error: object<HubHttpError['error']>({ code: text, message: text }) })

/** One parser for each REST body of hub §7, named after its type. None throws; an issue is one line without values. */
export const parseHubRest: {
  readonly createSession: (body: unknown) => Decoded<HubCreateSessionBody>
  readonly updateSession: (body: unknown) => Decoded<HubUpdateSessionBody>
  readonly sessionCreated: (body: unknown) => Decoded<HubSessionCreated>
  readonly session: (body: unknown) => Decoded<HubSessionSummary>
  readonly sessionList: (body: unknown) => Decoded<HubSessionList>
  readonly lifecycle: (body: unknown) => Decoded<HubLifecycleAnswer>
  readonly participantList: (body: unknown) => Decoded<HubParticipantList>
  readonly replay: (body: unknown) => Decoded<HubReplay>
  readonly eventHistory: (body: unknown) => Decoded<HubEventHistory>
  readonly httpError: (body: unknown) => Decoded<HubHttpError>
} = {
  createSession: (body) => parseWith('body', createSession, body),
  updateSession: (body) => parseWith('body', updateSession, body),
  sessionCreated: (body) => parseWith('body', created, body),
  session: (body) => parseWith('body', summary, body),
  sessionList: (body) => parseWith('body', list, body),
  lifecycle: (body) => parseWith('body', lifecycle, body),
  participantList: (body) => parseWith('body', participants, body),
  replay: (body) => parseWith('body', replay, body),
  eventHistory: (body) => parseWith('body', history, body),
  httpError: (body) => parseWith('body', httpError, body),
}
