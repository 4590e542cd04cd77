import {
  anything,
  array,
  count,
  expected,
  fields,
  isObject,
  literal,
  maybeBoolean,
  maybeNumber,
  maybeText,
  number,
  object,
  oneOf,
  optional,
  type Shape,
  type Shapes,
  text,
  type VariantShape,
  variants,
  word,
} from '../shape.ts'
import { actions } from './actions.ts'
import { agentDefinition, commandDefinition, toolDefinition } from './definitions.ts'
import { conversationEntry } from './entries.ts'
import { lost, resumeOffer } from './resume.ts'
import type {
  HubAckedMessage,
  HubBroadcastMessage,
  HubConnectionRejectedMessage,
  HubGapMessage,
  HubHistoryMessage,
  HubHistoryPage,
  HubHydrationMessage,
  HubInitMessage,
  HubKnownServerMessage,
  HubLiveMessage,
  HubMarkMessage,
  HubParticipant,
  HubPongMessage,
  HubPresenceMessage,
  HubProtocolErrorMessage,
  HubRefusal,
  HubResponse,
  HubRpcEventMessage,
  HubRpcResponseMessage,
  HubRpcUiRequestMessage,
  HubServerMessage,
  HubSessionResumeMessage,
  HubSessionState,
  HubStreamReadyMessage,
  HubTypedServerMessage,
  HubUnknownMessage,
} from './server-messages.ts'
import { streamProjection, taskState } from './stream-state.ts'

const init: Shape<HubInitMessage> = object<HubInitMessage>({
  type: literal('init'),
  role: oneOf('lead', 'sub_agent', 'observer', 'controller'),
  sessionId: maybeText,
  resume: optional(
    object<NonNullable<HubInitMessage['resume']>>({ sessionFile: text, piSessionId: maybeText, cwd: maybeText }),
  ),
  tools: optional(array(toolDefinition)),
  commands: optional(array(commandDefinition)),
  agents: optional(array(agentDefinition)),
  config: optional(
    object<NonNullable<HubInitMessage['config']>>({ systemPromptPrefix: maybeText, systemPromptSuffix: maybeText }),
  ),
  model: optional(object<NonNullable<HubInitMessage['model']>>({ provider: text, id: text })),
  thinkingLevel: maybeText,
  task: maybeText,
  agentRole: maybeText,
  holdfast: optional(resumeOffer),
})

const participant: Shape<HubParticipant> = object<HubParticipant>({
  id: text,
  role: word(),
  transport: word(),
  subscriptions: array(text),
  connectedAt: number,
  lastActivity: number,
  metadata: optional(fields),
})

export const sessionState: Shapes<HubSessionState> = {
  sessionId: text,
  entries: array(conversationEntry),
  task: maybeText,
  stream: optional(streamProjection),
  tasks: optional(array(taskState)),
  earlier: optional(count),
}

/** What every page of history has. Hub §11. */
export const historyPage: Shapes<HubHistoryPage> = {
  sessionId: text,
  entries: array(conversationEntry),
  earlier: optional(count),
  lost: optional(lost),
}

const activeTask: Shape<{ readonly taskId: string; readonly agent: string }> = object<{
  readonly taskId: string
  readonly agent: string
}>({ taskId: text, agent: text })

const hydration: Shape<HubHydrationMessage> = object<HubHydrationMessage>({
  ...sessionState,
  type: literal('session_hydration'),
  label: maybeText,
  resumedAt: number,
  leadConnected: maybeBoolean,
  streamingState: optional(
    object<NonNullable<HubHydrationMessage['streamingState']>>({
      isStreaming: maybeBoolean,
      activeTasks: optional(array(activeTask)),
    }),
  ),
})

export const presence: Shape<HubPresenceMessage> = object<HubPresenceMessage>({
  type: literal('presence'),
  event: oneOf('session_join', 'session_leave', 'presence_update'),
  participant: optional(participant),
  participants: optional(array(participant)),
  sessionId: text,
  timestamp: number,
})

export const broadcast: Shape<HubBroadcastMessage> = object<HubBroadcastMessage>({
  type: literal('broadcast'),
  event: text,
  data: fields,
  category: text,
  sessionId: text,
  timestamp: number,
})

/** The resume extension's own messages, alike over WebSocket and SSE. Hub §11. */
export const resumeMessages: {
  readonly live: Shape<HubLiveMessage>
  readonly gap: Shape<HubGapMessage>
  readonly mark: Shape<HubMarkMessage>
} = {
  live: object<HubLiveMessage>({ type: literal('live'), seq: count, anchor: maybeText }),
  gap: object<HubGapMessage>({ type: literal('gap'), from: count, to: optional(count), reason: text }),
  mark: object<HubMarkMessage>({ type: literal('mark'), seq: count, anchor: maybeText }),
}

const typed: VariantShape<HubTypedServerMessage, HubUnknownMessage> = variants<
  HubTypedServerMessage,
  HubUnknownMessage,
  'type'
>('type', {
  ...resumeMessages,
  init,
  session_hydration: hydration,
  session_history: object<HubHistoryMessage>({ ...historyPage, type: literal('session_history'), id: text }),
  session_stream_ready: object<HubStreamReadyMessage>({
    type: literal('session_stream_ready'),
    streamId: text,
    streamUrl: text,
  }),
  session_resume: object<HubSessionResumeMessage>({
    type: literal('session_resume'),
    streamUrl: text,
    streamId: text,
    activePrdKey: maybeText,
  }),
  pong: object<HubPongMessage>({ type: literal('pong'), timestamp: number, echoedTimestamp: maybeNumber }),
  connection_rejected: object<HubConnectionRejectedMessage>({
    type: literal('connection_rejected'),
    code: text,
    message: text,
    sessionId: maybeText,
    reconnectState: maybeText,
    expiredAt: maybeNumber,
    timestamp: number,
  }),
  protocol_error: object<HubProtocolErrorMessage>({
    type: literal('protocol_error'),
    code: text,
    message: text,
    sessionId: maybeText,
    timestamp: number,
  }),
  presence,
  broadcast,
  rpc_event: object<HubRpcEventMessage>({ type: literal('rpc_event'), event: fields, timestamp: number }),
  rpc_response: object<HubRpcResponseMessage>({ type: literal('rpc_response'), response: fields }),
  rpc_ui_request: object<HubRpcUiRequestMessage>({
    type: literal('rpc_ui_request'),
    id: text,
    method: text,
    params: fields,
    again: optional(count),
  }),
  acked: object<HubAckedMessage>({ type: literal('acked'), ids: array(text) }),
})

const noType: Shape<undefined> = (value) => (value === undefined ? undefined : expected('string', value))
const response: Shape<HubResponse> = object<HubResponse>({ type: noType, id: text, actions })
const refusal: Shape<HubRefusal> = object<HubRefusal>({ type: noType, error: anything })

/** Everything that a server may say. Hub §4. */
export const serverMessage: Shape<HubServerMessage> = (value) => {
  if (!isObject(value) || value['type'] !== undefined) return typed(value)
  if (value['actions'] !== undefined) return tail('(response)', response(value))
  if (value['error'] !== undefined) return tail('(refusal)', refusal(value))
  return expected('a type, or a response with id and actions', value).replace('got object', 'got neither')
}

/** Only that it has the outline of a message: what a trusted server's messages are held to. */
export const serverOutline: Shape<HubServerMessage> = (value) =>
  isObject(value) && (typeof value['type'] === 'string' || value['type'] === undefined)
    ? undefined
    : expected('object with a type', value)

/** True where this version knows the message's kind, so that a `switch` over `type` narrows it. */
export function isKnownHubServerMessage(message: HubServerMessage): message is HubKnownServerMessage {
  return message.type === undefined || typed.isKnown(message)
}

function tail(kind: string, issue: string | undefined): string | undefined {
  return issue === undefined ? undefined : `${kind}${issue}`
}
