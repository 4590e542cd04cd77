import type { Fields, Open } from '../shape.ts'
import type { HubAction } from './actions.ts'
import type { HubAgentDefinition, HubCommandDefinition, HubToolDefinition } from './definitions.ts'
import type { HubConversationEntry } from './entries.ts'
import type { HubLost, HubResumeOffer } from './resume.ts'
import type { HubStreamProjection, HubTaskState } from './stream-state.ts'

/** The role that the server gave. Hub §4. */
export type HubInitRole = 'lead' | 'sub_agent' | 'observer' | 'controller'

/** The connection is accepted. Hub §4, §11. */
export interface HubInitMessage {
  readonly type: 'init'
  readonly role: HubInitRole
  readonly sessionId?: string | undefined
  readonly resume?:
    | { readonly sessionFile: string; readonly piSessionId?: string | undefined; readonly cwd?: string | undefined }
    | undefined
  readonly tools?: readonly HubToolDefinition[] | undefined
  readonly commands?: readonly HubCommandDefinition[] | undefined
  readonly agents?: readonly HubAgentDefinition[] | undefined
  readonly config?:
    | { readonly systemPromptPrefix?: string | undefined; readonly systemPromptSuffix?: string | undefined }
    | undefined
  readonly model?: { readonly provider: string; readonly id: string } | undefined
  readonly thinkingLevel?: string | undefined
  readonly task?: string | undefined
  readonly agentRole?: string | undefined
  /** Only for a client that asked with `resume=1`. */
  readonly holdfast?: HubResumeOffer | undefined
}

/** The answer to a request. It has no `type`. Hub §4. */
export interface HubResponse {
  readonly type?: undefined
  readonly id: string
  readonly actions: readonly HubAction[]
}

/** The connection is refused, in the shape that has no `type`: usually a text, whatever the server put there. Hub §2. */
export interface HubRefusal {
  readonly type?: undefined
  readonly error: unknown
}

/** The state of the session so far, as every hydration tells it. Hub §4, §6. */
export interface HubSessionState {
  readonly sessionId: string
  readonly entries: readonly HubConversationEntry[]
  readonly task?: string | undefined
  readonly stream?: HubStreamProjection | undefined
  readonly tasks?: readonly HubTaskState[] | undefined
  /** There are earlier entries, of events before this one; absent: `entries` has the first. Only for clients that resume. */
  readonly earlier?: number | undefined
}

/** A page of the conversation before what a hydration or another page carried. Hub §11. */
export interface HubHistoryPage {
  readonly sessionId: string
  /** In order. May be empty where only other events were found. */
  readonly entries: readonly HubConversationEntry[]
  /** There are earlier ones, of events before this one. */
  readonly earlier?: number | undefined
  /** Events that the log no longer has: their entries are gone. */
  readonly lost?: HubLost | undefined
}

/** The answer to `history`. Hub §11. */
export interface HubHistoryMessage extends HubHistoryPage {
  readonly type: 'session_history'
  readonly id: string
}

/** The state of the session so far. Hub §4. */
export interface HubHydrationMessage extends HubSessionState {
  readonly type: 'session_hydration'
  readonly label?: string | undefined
  /** Milliseconds since 1970. */
  readonly resumedAt: number
  readonly leadConnected?: boolean | undefined
  readonly streamingState?:
    | {
        readonly isStreaming?: boolean | undefined
        readonly activeTasks?: readonly { readonly taskId: string; readonly agent: string }[] | undefined
      }
    | undefined
}

/** Hub §4. */
export interface HubStreamReadyMessage {
  readonly type: 'session_stream_ready'
  readonly streamId: string
  readonly streamUrl: string
}

/** Hub §4. */
export interface HubSessionResumeMessage {
  readonly type: 'session_resume'
  readonly streamUrl: string
  readonly streamId: string
  readonly activePrdKey?: string | undefined
}

/** The answer to `ping`; times in milliseconds since 1970. Hub §4. */
export interface HubPongMessage {
  readonly type: 'pong'
  readonly timestamp: number
  readonly echoedTimestamp?: number | undefined
}

/** The connection is refused. Hub §2, §4. */
export interface HubConnectionRejectedMessage {
  readonly type: 'connection_rejected'
  readonly code: string
  readonly message: string
  readonly sessionId?: string | undefined
  readonly reconnectState?: string | undefined
  /** Milliseconds since 1970. */
  readonly expiredAt?: number | undefined
  readonly timestamp: number
}

/** A message was not understood or not allowed; during the handshake: refused. Hub §2, §4. */
export interface HubProtocolErrorMessage {
  readonly type: 'protocol_error'
  readonly code: string
  readonly message: string
  readonly sessionId?: string | undefined
  readonly timestamp: number
}

/** Someone who is in the session. Hub §4. */
export interface HubParticipant {
  readonly id: string
  readonly role: Open<'lead' | 'observer' | 'controller'>
  readonly transport: Open<'ws' | 'sse'>
  readonly subscriptions: readonly string[]
  /** Milliseconds since 1970. */
  readonly connectedAt: number
  /** Milliseconds since 1970. */
  readonly lastActivity: number
  readonly metadata?: Fields | undefined
}

/** Who is here has changed. Hub §4. */
export interface HubPresenceMessage {
  readonly type: 'presence'
  readonly event: 'session_join' | 'session_leave' | 'presence_update'
  readonly participant?: HubParticipant | undefined
  readonly participants?: readonly HubParticipant[] | undefined
  readonly sessionId: string
  readonly timestamp: number
}

/** An event of the session. Hub §4; its names are an open set ({@link HUB_EVENTS}). */
export interface HubBroadcastMessage {
  readonly type: 'broadcast'
  readonly event: string
  readonly data: Fields
  readonly category: string
  readonly sessionId: string
  readonly timestamp: number
}

/** An event of the RPC driver. Hub §4. */
export interface HubRpcEventMessage {
  readonly type: 'rpc_event'
  readonly event: Fields
  readonly timestamp: number
}

/** The RPC driver's answer to `rpc_command`. Hub §4. */
export interface HubRpcResponseMessage {
  readonly type: 'rpc_response'
  readonly response: Fields
}

/** The RPC driver asks a person; answered by `rpc_ui_response` with the same `id`. Hub §4. */
export interface HubRpcUiRequestMessage {
  readonly type: 'rpc_ui_request'
  readonly id: string
  readonly method: string
  readonly params: Fields
  /** Told again because nobody has answered: number of the event that told it first. Only for clients that resume. */
  readonly again?: number | undefined
}

/** What was missed has been sent; from here on it is live. Hub §11. */
export interface HubLiveMessage {
  readonly type: 'live'
  readonly seq: number
  readonly anchor?: string | undefined
}

/** Events that will not come, in their place in the stream. Hub §11. */
export interface HubGapMessage extends HubLost {
  readonly type: 'gap'
  readonly reason: string
}

/** The head of the log, for a client behind a filter. Hub §11. */
export interface HubMarkMessage {
  readonly type: 'mark'
  readonly seq: number
  readonly anchor?: string | undefined
}

/** The effects of these messages are in the log. Hub §11. */
export interface HubAckedMessage {
  readonly type: 'acked'
  readonly ids: readonly string[]
}

/** A message of a kind that this version does not know, as it came. */
export interface HubUnknownMessage {
  readonly type: string
  readonly [member: string]: unknown
}

/** The server's messages that have a `type`, known to this version. */
export type HubTypedServerMessage =
  | HubInitMessage
  | HubHydrationMessage
  | HubHistoryMessage
  | HubStreamReadyMessage
  | HubSessionResumeMessage
  | HubPongMessage
  | HubConnectionRejectedMessage
  | HubProtocolErrorMessage
  | HubPresenceMessage
  | HubBroadcastMessage
  | HubRpcEventMessage
  | HubRpcResponseMessage
  | HubRpcUiRequestMessage
  | HubLiveMessage
  | HubGapMessage
  | HubMarkMessage
  | HubAckedMessage

/** The server's messages, known to this version. A `switch` over `type` narrows it. */
export type HubKnownServerMessage = HubTypedServerMessage | HubResponse | HubRefusal

/** Anything that the server may say. Ask {@link isKnownHubServerMessage} before a `switch`. Hub §4. */
export type HubServerMessage = HubKnownServerMessage | HubUnknownMessage
