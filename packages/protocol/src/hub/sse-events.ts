import type { Codec, Decoded, SseEvent } from '@holdfast/contract'
import {
  array,
  expected,
  isObject,
  literal,
  maybeBoolean,
  number,
  type Open,
  object,
  optional,
  parseWith,
  record,
  type Shape,
  text,
  type VariantShape,
  variants,
  word,
} from '../shape.ts'
import { type HubResumeOffer, resumeOffer } from './resume.ts'
import type {
  HubBroadcastMessage,
  HubGapMessage,
  HubHistoryPage,
  HubLiveMessage,
  HubMarkMessage,
  HubPresenceMessage,
  HubSessionState,
  HubUnknownMessage,
} from './server-messages.ts'
import { broadcast, historyPage, presence, resumeMessages, sessionState } from './server-shapes.ts'
import { agentActivity, type HubAgentActivity, type HubStreamProjection, streamProjection } from './stream-state.ts'

/** Someone who is in the session, as a snapshot tells it. Hub §6. */
export interface HubSnapshotParticipant {
  readonly id: string
  readonly role: string
  readonly transport: string
  /** ISO 8601. */
  readonly connectedAt: string
  readonly idle?: boolean | undefined
}

/** The session at a glance: the first event of a stream. Hub §6. */
export interface HubSnapshotMessage {
  readonly type: 'snapshot'
  readonly sessionId: string
  readonly label: string
  readonly status: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly mode: Open<'sandbox' | 'tui'>
  readonly participants: readonly HubSnapshotParticipant[]
  readonly taskCount: number
  /** By agent name. */
  readonly agentActivity: Readonly<Record<string, HubAgentActivity>>
  readonly stream?: HubStreamProjection | undefined
  /** Only for a client that asked to resume: what `init` carries over WebSocket (hub §11). */
  readonly holdfast?: HubResumeOffer | undefined
}

/** The state of the session so far. Hub §6. */
export interface HubSseHydrationMessage extends HubSessionState {
  readonly type: 'hydration'
}

/** A page of the conversation before what the hydration or the page before carried. Hub §11. */
export interface HubSseHistoryMessage extends HubHistoryPage {
  readonly type: 'history'
}

/** What an SSE stream carries, known to this version. A `switch` over `type` narrows it. */
export type HubKnownSseMessage =
  | HubSnapshotMessage
  | HubSseHydrationMessage
  | HubSseHistoryMessage
  | HubPresenceMessage
  | HubBroadcastMessage
  | HubLiveMessage
  | HubGapMessage
  | HubMarkMessage

/** Anything that an SSE stream may carry. Ask {@link isKnownHubSseMessage} before a `switch`. Hub §6. */
export type HubSseMessage = HubKnownSseMessage | HubUnknownMessage

const snapshotParticipant: Shape<HubSnapshotParticipant> = object<HubSnapshotParticipant>({
  id: text,
  role: text,
  transport: text,
  connectedAt: text,
  idle: maybeBoolean,
})

const sseMessage: VariantShape<HubKnownSseMessage, HubUnknownMessage> = variants<
  HubKnownSseMessage,
  HubUnknownMessage,
  'type'
>('type', {
  ...resumeMessages,
  presence,
  broadcast,
  snapshot: object<HubSnapshotMessage>({
    type: literal('snapshot'),
    sessionId: text,
    label: text,
    status: text,
    createdAt: text,
    mode: word(),
    participants: array(snapshotParticipant),
    taskCount: number,
    agentActivity: record(agentActivity),
    stream: optional(streamProjection),
    holdfast: optional(resumeOffer),
  }),
  hydration: object<HubSseHydrationMessage>({ ...sessionState, type: literal('hydration') }),
  history: object<HubSseHistoryMessage>({ ...historyPage, type: literal('history') }),
})

/** True where this version knows the message's kind, so that a `switch` over `type` narrows it. */
export function isKnownHubSseMessage(message: HubSseMessage): message is HubKnownSseMessage {
  return sseMessage.isKnown(message)
}

/**
 * One event of a session's stream (hub §6). The payload's `type` tells what it is; where it has none, the event's
 * name does. Never throws; an issue is one line without values.
 */
export function parseHubSseEvent(event: SseEvent): Decoded<HubSseMessage> {
  let payload: unknown
  try {
    payload = JSON.parse(event.data)
  } catch {
    return { ok: false, issue: 'event: not valid JSON', raw: event.data }
  }
  if (!isObject(payload)) return { ok: false, issue: `event${expected('object', payload)}`, raw: payload }
  const named = event.event !== '' && event.event !== 'message'
  const message = payload['type'] === undefined && named ? { ...payload, type: event.event } : payload
  return parseWith('event', sseMessage, message)
}

/** The observer's end of an event stream: receive only. */
export const hubEventStreamCodec: Codec<HubSseMessage, never, SseEvent, never> = {
  decode: parseHubSseEvent,
  encode: () => [],
}
