// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { Fields, Open } from '@holdfast/contract/shape'

/** Go ahead. Hub §4. */
export interface HubAckAction {
  readonly action: 'ACK'
}

/** Do not do it. */
export interface HubBlockAction {
  readonly action: 'BLOCK'
  readonly reason: string
}

/** Ask the person. `deny_reason` is given to the lead if the answer is no. */
export interface HubConfirmAction {
  readonly action: 'CONFIRM'
  readonly title: string
  readonly message: string
  readonly deny_reason?: string | undefined
}

/** Notify the person. */
export interface HubNotifyAction {
  readonly action: 'NOTIFY'
  readonly message: string
  readonly level?: Open<'info' | 'warning' | 'error'> | undefined
}

/** The result of what was asked. */
export interface HubReturnAction {
  readonly action: 'RETURN'
  readonly result?: unknown
}

/** Sets a status line; without `text` it is cleared. */
export interface HubStatusAction {
  readonly action: 'STATUS'
  readonly key: string
  readonly text?: string | undefined
}

/** Changes the system prompt. */
export interface HubSystemPromptAction {
  readonly action: 'SYSTEM_PROMPT'
  readonly systemPrompt: string
  readonly mode?: Open<'replace' | 'prefix' | 'suffix'> | undefined
}

/** Puts a message into the conversation. */
export interface HubInjectMessageAction {
  readonly action: 'INJECT_MESSAGE'
  readonly message: {
    readonly role: Open<'user' | 'assistant'>
    readonly content: string
  }
}

/** An action that this version does not know, as it came. */
export interface HubUnknownAction {
  readonly action: string
  readonly [member: string]: unknown
}

/** The actions of hub §4. */
export type HubKnownAction =
  | HubAckAction
  | HubBlockAction
  | HubConfirmAction
  | HubNotifyAction
  | HubReturnAction
  | HubStatusAction
  | HubSystemPromptAction
  | HubInjectMessageAction

/** One step of a response. Ask {@link isKnownHubAction} before a `switch`. */
export type HubAction = HubKnownAction | HubUnknownAction

/** An event of the session; answered with the same `id`. Hub §3. */
export interface HubEventRequest {
  readonly type: 'event'
  readonly id: string
  readonly event: string
  readonly data: Fields
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** A call of a hub tool; answered with the same `id`. Hub §3. */
export interface HubToolRequest {
  readonly type: 'tool'
  readonly id: string
  readonly name: string
  readonly toolCallId: string
  readonly params: Fields
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** A command that a person typed; answered with the same `id`. Hub §3. */
export interface HubCommandRequest {
  readonly type: 'command'
  readonly id: string
  readonly name: string
  readonly args: string
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** Appends one JSONL line to a session file. Hub §3. */
export interface HubSessionEntryMessage {
  readonly type: 'session_entry'
  readonly path: string
  readonly line: string
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** Writes a whole session file. Hub §3. */
export interface HubSessionWriteMessage {
  readonly type: 'session_write'
  readonly path: string
  readonly content: string
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** A controller is ready for its hydration. Hub §2, §3. */
export interface HubBootstrapReadyMessage {
  readonly type: 'bootstrap_ready'
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** Replaces the event filter. Hub §3. */
export interface HubSubscribeMessage {
  readonly type: 'subscribe'
  readonly patterns: readonly string[]
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** For the RPC driver; answered by `rpc_response`. Hub §3. */
export interface HubRpcCommandMessage {
  readonly type: 'rpc_command'
  readonly command: Fields
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** The answer to `rpc_ui_request`: `id` is the request's; the message's own is `mid`. Hub §3. From the driver itself: its question is over. */
export interface HubRpcUiResponseMessage {
  readonly type: 'rpc_ui_response'
  readonly id: string
  readonly result?: unknown
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** Asks for a `pong`. `timestamp` in milliseconds since 1970. Hub §3. */
export interface HubPingMessage {
  readonly type: 'ping'
  readonly timestamp: number
}

/** The application has processed everything up to `seq`. Hub §11. */
export interface HubAckMessage {
  readonly type: 'ack'
  readonly seq: number
}

/** Asks for entries of the conversation before an event; answered by `session_history` with the same `id`. Hub §11. */
export interface HubHistoryRequest {
  readonly type: 'history'
  readonly id: string
  /** The value of `earlier` of a hydration or of the previous page. */
  readonly before: number
  /** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
  readonly mid?: string | undefined
}

/** Newer credentials of the same principal, in place of those that the connection began with. Hub §11. */
export interface HubAuthRenewMessage {
  readonly type: 'auth.renew'
  readonly authorization: string
}

/** The first frame of a client with a credential or an org. It has no `type`. Hub §2. */
export interface HubBootstrapFrame {
  readonly type?: undefined
  readonly authorization?: string | undefined
  readonly org_id?: string | undefined
}

/** The messages that are answered with the same `id`. Hub §3. */
export type HubRequest = HubEventRequest | HubToolRequest | HubCommandRequest

/** The client's messages that have a `type`, known to this version. */
export type HubTypedClientMessage =
  | HubRequest
  | HubSessionEntryMessage
  | HubSessionWriteMessage
  | HubBootstrapReadyMessage
  | HubSubscribeMessage
  | HubRpcCommandMessage
  | HubRpcUiResponseMessage
  | HubPingMessage
  | HubAckMessage
  | HubAuthRenewMessage
  | HubHistoryRequest

/** The client's frames, known to this version. A `switch` over `type` narrows it. */
export type HubKnownClientMessage = HubTypedClientMessage | HubBootstrapFrame

/** Anything that a client may say. Ask {@link isKnownHubClientMessage} before a `switch`. Hub §2, §3. */
export type HubClientMessage =
  | HubTypedClientMessage | HubUnknownMessage
  /** The first frame of a client with a credential or an org. It has no `type`. Hub §2. */
  | {
      readonly type?: undefined
      readonly authorization?: string | undefined
      readonly org_id?: string | undefined
    }

/** A tool that the hub offers to agents. Hub §4. */
export interface HubToolDefinition {
  readonly name: string
  readonly label: string
  readonly description: string
  /** JSON Schema of the parameters. */
  readonly parameters: Fields
  readonly promptSnippet?: string | undefined
  readonly promptGuidelines?: string | undefined
  readonly timeoutMs?: number | undefined
}

/** A command that a person may type. Hub §4. */
export interface HubCommandDefinition {
  readonly name: string
  readonly description: string
}

/** An agent that the hub knows. Hub §4. */
export interface HubAgentDefinition {
  readonly name: string
  readonly displayName?: string | undefined
  readonly source?: Open<'builtin' | 'custom'> | undefined
  readonly description: string
  readonly systemPrompt: string
  readonly model?: string | undefined
  /** Names of the tools that it may use. */
  readonly tools?: readonly string[] | undefined
  readonly temperature?: number | undefined
  readonly thinkingLevel?: string | undefined
  readonly readOnly?: boolean | undefined
  readonly hubTools?: readonly HubToolDefinition[] | undefined
  readonly capabilities?: readonly string[] | undefined
  readonly strictToolSelection?: boolean | undefined
  readonly status?: Open<'available' | 'busy' | 'offline'> | undefined
}

/** A process that the session runs. Hub §4. */
export interface HubRuntimeProcess {
  readonly pid?: number | undefined
  readonly command?: string | undefined
  readonly args?: readonly string[] | undefined
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly status?: string | undefined
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
}

/** Where a running application may be looked at. Hub §4. */
export interface HubRuntimePreview {
  readonly url?: string | undefined
  readonly port?: number | undefined
  readonly protocol?: string | undefined
  readonly path?: string | undefined
  readonly status?: string | undefined
}

/** An attachment of a prompt. Hub §4. */
export interface HubAttachment {
  readonly type: string
  readonly name?: string | undefined
  readonly url?: string | undefined
  readonly content?: string | undefined
  readonly mimeType?: string | undefined
  /** Bytes. */
  readonly size?: number | undefined
}

/** Who wrote an entry. Hub §4. */
export interface HubAuthor {
  readonly userId?: string | undefined
  readonly displayName?: string | undefined
  readonly email?: string | undefined
  readonly avatarUrl?: string | undefined
  readonly actorType?: Open<'user' | 'api_key' | 'service'> | undefined
  readonly apiKeyLabel?: string | undefined
}

/** The kinds of entry that hub §4 names. Others pass. */
export type HubEntryType = Open<'message' | 'thinking' | 'tool_call' | 'tool_result' | 'task_result' | 'runtime_status' | 'runtime_output' | 'runtime_preview' | 'turn' | 'user_prompt'>

/** One entry of a session's conversation. Hub §4. */
export interface HubConversationEntry {
  readonly type: HubEntryType
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly agent?: string | undefined
  readonly content?: string | undefined
  readonly thinking?: string | undefined
  readonly toolName?: string | undefined
  readonly toolArgs?: Fields | undefined
  readonly toolCallId?: string | undefined
  readonly runtime?: HubRuntimeProcess | undefined
  readonly preview?: HubRuntimePreview | undefined
  readonly attachments?: readonly HubAttachment[] | undefined
  readonly author?: HubAuthor | undefined
  readonly isError?: boolean | undefined
  readonly taskId?: string | undefined
  readonly turnId?: string | undefined
  readonly replyId?: string | undefined
  readonly sequence?: number | undefined
  /** Milliseconds. */
  readonly elapsedMs?: number | undefined
}

/** One open connection of a hub, as operators see it. */
export interface HubConnectionSummary {
  readonly id: string
  readonly sessionId: string
  readonly role: Open<'lead' | 'observer' | 'controller' | 'sub_agent'>
  readonly transport: Open<'ws' | 'sse'>
  readonly principal: string
  /** Milliseconds since 1970. */
  readonly connectedAt: number
  /** Milliseconds since 1970. */
  readonly lastActivityAt: number
  /** Events that were sent to it and that it has not acknowledged. */
  readonly bufferedBytes: number
  /** Events of the session that it has not been sent yet. */
  readonly behindEvents: number
}

/** Connections and requests that were refused alike, one after the other. */
export interface HubRefusalSummary {
  readonly code: string
  /** The meaning of the code. */
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** How often in a row. */
  readonly count: number
}

/** Answer of `GET /api/operator/overview`: how one gateway does. For the scope `admin`. */
export interface GatewayOverview {
  readonly node: string
  readonly status: Open<'starting' | 'ready' | 'draining'>
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** When the answer was made. Two answers give rates. */
  readonly at: number
  readonly memoryBytes: number
  readonly sockets: number
  readonly connections: number
  /** In memory. */
  readonly sessions: number
  readonly leads: number
  readonly bufferedBytes: number
  /** Number of running shells; absent if it is not known. */
  readonly shells?: number | undefined
  readonly shellClients?: number | undefined
  /** Programs of agents that run; absent where none is configured. */
  readonly agents?: number | undefined
  /** Turns of agents under way. */
  readonly agentTurns?: number | undefined
  /** Questions of agents that wait for people. */
  readonly agentQuestions?: number | undefined
  /** Streams, and sessions read as streams, that are in memory. */
  readonly streams?: number | undefined
  /** Readers of streams that wait for what is new. */
  readonly streamReaders?: number | undefined
  /** Appends to streams since the start. */
  readonly streamAppends?: number | undefined
  /** Requests for streams that were refused since the start. */
  readonly streamRefusals?: number | undefined
  /** Since this process began. */
  readonly messagesIn: number
  /** Since this process began. */
  readonly messagesOut: number
  /** Since this process began. */
  readonly bytesIn: number
  /** Since this process began. */
  readonly bytesOut: number
  /** Since this process began. */
  readonly refusals: number
  /** Since this process began. */
  readonly gaps: number
  readonly store: {
    readonly kind: string
    readonly ok: boolean
    readonly reason?: string | undefined
    readonly damagedSessions: number
  }
  /** Of the cluster, this one first. */
  readonly nodes: readonly ({
    readonly node: string
    readonly url?: string | undefined
  })[]
  /** Those that have taken least of what they were sent first. */
  readonly slowest: readonly HubConnectionSummary[]
  /** The newest first. */
  readonly recentRefusals: readonly HubRefusalSummary[]
}

/** Answer of `GET /api/me`: the principal and its permissions. Any valid credential may ask. */
export interface GatewayIdentity {
  /** Whom the credentials stand for. */
  readonly principal: string
  /** Its scopes. `admin` includes all others. */
  readonly scopes: readonly string[]
  /** Of a link that was shared: the one session or shell that it lets into, and as what. */
  readonly grant?: {
    /** The principal who shares. */
    readonly by: string
    readonly session?: string | undefined
    readonly shell?: string | undefined
    readonly role: string
    /** Milliseconds since 1970. */
    readonly endsAt?: number | undefined
  } | undefined
  /** Whether they may start a shell of their own. */
  readonly startsShells: boolean
  /** Names of the agents that they may prompt. Absent: none. */
  readonly agents?: readonly string[] | undefined
  /** How the command line is called where the gateway was started. */
  readonly command: string
  /** Of the gateway. */
  readonly version: string
}

/** Who may see a session. */
export type HubVisibility = Open<'private' | 'organization' | 'collaborate'>

/** Body of `PATCH /session/{id}`. Hub §7. Other members pass. */
export interface HubUpdateSessionBody {
  readonly label?: string | undefined
  readonly visibility?: HubVisibility | undefined
  readonly tags?: readonly string[] | undefined
  readonly metadata?: Fields | undefined
}

/** Body of `POST /session`. Hub §7. Other members pass. */
export interface HubCreateSessionBody {
  readonly label?: string | undefined
  readonly visibility?: HubVisibility | undefined
  readonly tags?: readonly string[] | undefined
  readonly metadata?: Fields | undefined
  readonly task?: string | undefined
  readonly agent?: string | undefined
}

/** Answer of `POST /session` (201). Hub §7. */
export interface HubSessionCreated {
  readonly sessionId: string
  readonly status: string
  readonly mode: Open<'sandbox' | 'tui'>
  readonly visibility: HubVisibility
}

/** A session in lists and in the answer of `GET /session/{id}`. Hub §7. */
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
  /** Unanswered questions to people. Absent where that is not known here. */
  readonly waitingQuestions?: number | undefined
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
  readonly sessions: {
    readonly websocket: readonly HubSessionSummary[]
    readonly sandbox: readonly unknown[]
  }
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
  readonly participants: readonly ({
    readonly id: string
    readonly role: string
    readonly transport?: string | undefined
    readonly connectedAt?: string | undefined
    readonly lastActivityAt?: string | undefined
    readonly metadata?: Fields | undefined
  })[]
}

/** Answer of `GET /session/{id}/replay`. Hub §7. */
export interface HubReplay {
  readonly sessionId: string
  readonly entriesSource: string
  readonly entries: readonly HubConversationEntry[]
}

/** Answer of `GET /session/{id}/loop`: the state of a lead that works in rounds; null if it does not. */
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
  readonly error: {
    readonly code: string
    readonly message: string
  }
}

/** Events that are gone. `to` is absent where the log no longer knows. Hub §11. */
export interface HubLost {
  readonly from: number
  readonly to?: number | undefined
}

/** The bounds of a server: a client refuses locally what exceeds one. All optional: another version may know other ones. Hub §11. */
export interface HubAnnouncedLimits {
  /** One frame, in UTF-8 bytes; a larger one ends the connection with 1009. */
  readonly maxFrameBytes?: number | undefined
  /** One message as it is stored, in UTF-8 bytes. */
  readonly maxEventBytes?: number | undefined
  /** Characters of an id, or of an event's name. */
  readonly maxIdLength?: number | undefined
  /** Above it the server reads more slowly. */
  readonly messagesPerSecond?: number | undefined
}

/** The server's state of the messages of this client. Hub §11. */
export interface HubSenderMemory {
  /** False: nothing. Whatever was written and not confirmed is in doubt. */
  readonly known: boolean
  /** The highest `n` in the log; 0 where it is not known. */
  readonly highest: number
  /** Answers to requests from this number on are stored. */
  readonly answersFrom: number
}

/** `init.holdfast`: the answer to `resume=1`. Hub §11. */
export interface HubResumeOffer {
  /** 2 for a client that asked with `v=2`, of a server that speaks it. */
  readonly v: 1 | 2
  readonly epoch: string
  /** Where the stream starts: the next event is `seq` + 1. */
  readonly seq: number
  /** Anchor of `seq`; with it the position is complete before any event came. */
  readonly anchor?: string | undefined
  /** The requested position is valid: nothing is missing. */
  readonly resumed: boolean
  readonly reset?: {
    readonly reason: string
    readonly lost: HubLost
  } | undefined
  /** From version 2 on. */
  readonly limits?: HubAnnouncedLimits | undefined
  /** From version 2 on, for clients that send: their messages then carry {@link HubNumber}. */
  readonly sender?: HubSenderMemory | undefined
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

/** The missed messages have been sent; live messages follow. Hub §11. */
export interface HubLiveMessage {
  readonly type: 'live'
  readonly seq: number
  readonly anchor?: string | undefined
}

/** Events that will not come, in their place in the stream. Hub §11. */
export interface HubGapMessage {
  readonly type: 'gap'
  readonly from: number
  readonly to?: number | undefined
  readonly reason: string
}

/** How far the log is, for a client that is not sent everything; `prev` is the number that it was sent before. Hub §11. */
export interface HubMarkMessage {
  readonly type: 'mark'
  readonly seq: number
  readonly prev?: number | undefined
  readonly anchor?: string | undefined
}

/** The role that the server gave. Hub §4. */
export type HubInitRole = 'lead' | 'sub_agent' | 'observer' | 'controller'

/** The connection is accepted. Hub §4, §11. */
export interface HubInitMessage {
  readonly type: 'init'
  readonly role: HubInitRole
  readonly sessionId?: string | undefined
  readonly resume?: {
    readonly sessionFile: string
    readonly piSessionId?: string | undefined
    readonly cwd?: string | undefined
  } | undefined
  readonly tools?: readonly HubToolDefinition[] | undefined
  readonly commands?: readonly HubCommandDefinition[] | undefined
  readonly agents?: readonly HubAgentDefinition[] | undefined
  readonly config?: {
    readonly systemPromptPrefix?: string | undefined
    readonly systemPromptSuffix?: string | undefined
  } | undefined
  readonly model?: {
    readonly provider: string
    readonly id: string
  } | undefined
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

/** The answer to `history`. Hub §11. */
export interface HubHistoryMessage {
  readonly type: 'session_history'
  readonly id: string
  readonly sessionId: string
  /** In order. May be empty where only other events were found. */
  readonly entries: readonly HubConversationEntry[]
  /** There are earlier ones, of events before this one. */
  readonly earlier?: number | undefined
  /** Events that the log no longer has: their entries are gone. */
  readonly lost?: HubLost | undefined
}

/** The state of the session so far. Hub §4. */
export interface HubHydrationMessage {
  readonly type: 'session_hydration'
  readonly sessionId: string
  readonly entries: readonly HubConversationEntry[]
  readonly task?: string | undefined
  readonly stream?: HubStreamProjection | undefined
  readonly tasks?: readonly HubTaskState[] | undefined
  /** The state of a coding agent, as it last reported it: `plan`, `usage`, `modes`, `configOptions`. Holdfast's own. */
  readonly agent?: Fields | undefined
  /** There are earlier entries, of events before this one; absent: `entries` has the first. Only for clients that resume. */
  readonly earlier?: number | undefined
  readonly label?: string | undefined
  /** Milliseconds since 1970. */
  readonly resumedAt: number
  readonly leadConnected?: boolean | undefined
  readonly streamingState?: {
    readonly isStreaming?: boolean | undefined
    readonly activeTasks?: readonly {
      readonly taskId: string
      readonly agent: string
    }[] | undefined
  } | undefined
}

/** A stream of the session may be read. Hub §4. */
export interface HubStreamReadyMessage {
  readonly type: 'session_stream_ready'
  readonly streamId: string
  readonly streamUrl: string
}

/** The session continues. Hub §4. */
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

/** A participant of the session. Hub §4. */
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
  /** Sent again because it is unanswered: number of the event that sent it first. Only for clients that resume. */
  readonly again?: number | undefined
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
export type HubServerMessage =
  | HubTypedServerMessage | HubUnknownMessage
  | HubResponse
  /** The connection is refused, in the shape that has no `type`: usually a text, whatever the server put there. Hub §2. */
  | {
      readonly type?: undefined
      readonly error: unknown
    }

/** A participant of the session, as in a snapshot. Hub §6. */
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
export interface HubSseHydrationMessage {
  readonly type: 'hydration'
  readonly sessionId: string
  readonly entries: readonly HubConversationEntry[]
  readonly task?: string | undefined
  readonly stream?: HubStreamProjection | undefined
  readonly tasks?: readonly HubTaskState[] | undefined
  /** The state of a coding agent, as it last reported it: `plan`, `usage`, `modes`, `configOptions`. Holdfast's own. */
  readonly agent?: Fields | undefined
  /** There are earlier entries, of events before this one; absent: `entries` has the first. Only for clients that resume. */
  readonly earlier?: number | undefined
}

/** A page of the conversation before what the hydration or the page before carried. Hub §11. */
export interface HubSseHistoryMessage {
  readonly type: 'history'
  readonly sessionId: string
  /** In order. May be empty where only other events were found. */
  readonly entries: readonly HubConversationEntry[]
  /** There are earlier ones, of events before this one. */
  readonly earlier?: number | undefined
  /** Events that the log no longer has: their entries are gone. */
  readonly lost?: HubLost | undefined
}

/** The messages of an SSE stream that this version knows. A `switch` over `type` narrows it. */
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

/** A task of a session. Hub §4. */
export interface HubTaskState {
  readonly taskId: string
  readonly agent: string
  /** The task that this one is a part of: an addition to the protocol. */
  readonly parentTaskId?: string | undefined
  readonly status: Open<'running' | 'completed' | 'failed'>
  readonly prompt: string
  /** ISO 8601. */
  readonly startedAt?: string | undefined
  /** ISO 8601. */
  readonly completedAt?: string | undefined
  /** Milliseconds. */
  readonly duration?: number | undefined
  readonly result?: string | undefined
  readonly error?: string | undefined
}

/** The output of one stream so far. Hub §4. */
export interface HubStreamBlock {
  readonly output: string
  readonly thinking: string
}

/** The session's own stream and those of its tasks, by task id. Hub §4. */
export interface HubStreamProjection {
  readonly output: string
  readonly thinking: string
  readonly tasks: Readonly<Record<string, HubStreamBlock>>
}

/** The activity of an agent. Hub §4. */
export interface HubAgentActivity {
  readonly name?: string | undefined
  readonly status: string
  readonly currentTool?: string | undefined
  readonly currentToolArgs?: string | undefined
  readonly toolCallCount: number
  /** Milliseconds since 1970. */
  readonly lastActivity: number
  /** Milliseconds. */
  readonly totalElapsed?: number | undefined
}

/** The state of the session so far, as in every hydration. Hub §4, §6. */
export interface HubSessionState {
  readonly sessionId: string
  readonly entries: readonly HubConversationEntry[]
  readonly task?: string | undefined
  readonly stream?: HubStreamProjection | undefined
  readonly tasks?: readonly HubTaskState[] | undefined
  /** The state of a coding agent, as it last reported it: `plan`, `usage`, `modes`, `configOptions`. Holdfast's own. */
  readonly agent?: Fields | undefined
  /** There are earlier entries, of events before this one; absent: `entries` has the first. Only for clients that resume. */
  readonly earlier?: number | undefined
}
