// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Kinds,
  type Shape,
  absent,
  anything,
  array,
  boolean,
  closed,
  count,
  fields,
  kindOf,
  kinds,
  maybeBoolean,
  maybeNumber,
  maybeText,
  number,
  object,
  oneOf,
  optional,
  orNull,
  outline,
  record,
  something,
  text,
} from '@holdfast/contract/shape'
import type {
  GatewayIdentity,
  GatewayOverview,
  HubAckAction,
  HubAckMessage,
  HubAckedMessage,
  HubAction,
  HubAgentActivity,
  HubAgentDefinition,
  HubAnnouncedLimits,
  HubAttachment,
  HubAuthRenewMessage,
  HubAuthor,
  HubBlockAction,
  HubBootstrapFrame,
  HubBootstrapReadyMessage,
  HubBroadcastMessage,
  HubCommandDefinition,
  HubCommandRequest,
  HubConfirmAction,
  HubConnectionRejectedMessage,
  HubConnectionSummary,
  HubConversationEntry,
  HubCreateSessionBody,
  HubEntryType,
  HubEventHistory,
  HubEventRequest,
  HubGapMessage,
  HubHistoryEvent,
  HubHistoryMessage,
  HubHistoryPage,
  HubHistoryRequest,
  HubHttpError,
  HubHydrationMessage,
  HubInitMessage,
  HubInitRole,
  HubInjectMessageAction,
  HubKnownAction,
  HubKnownSseMessage,
  HubLifecycleAnswer,
  HubLiveMessage,
  HubLoopState,
  HubLost,
  HubMarkMessage,
  HubNotifyAction,
  HubParticipant,
  HubParticipantList,
  HubPingMessage,
  HubPongMessage,
  HubPresenceMessage,
  HubProtocolErrorMessage,
  HubRefusal,
  HubRefusalSummary,
  HubReplay,
  HubRequest,
  HubResponse,
  HubResumeOffer,
  HubReturnAction,
  HubRpcCommandMessage,
  HubRpcEventMessage,
  HubRpcResponseMessage,
  HubRpcUiRequestMessage,
  HubRpcUiResponseMessage,
  HubRuntimePreview,
  HubRuntimeProcess,
  HubSenderMemory,
  HubSessionCreated,
  HubSessionEntryMessage,
  HubSessionList,
  HubSessionResumeMessage,
  HubSessionState,
  HubSessionSummary,
  HubSessionWriteMessage,
  HubSnapshotMessage,
  HubSnapshotParticipant,
  HubSseHistoryMessage,
  HubSseHydrationMessage,
  HubSseMessage,
  HubStatusAction,
  HubStreamBlock,
  HubStreamProjection,
  HubStreamReadyMessage,
  HubSubscribeMessage,
  HubSystemPromptAction,
  HubTaskState,
  HubToolDefinition,
  HubToolRequest,
  HubTypedClientMessage,
  HubTypedServerMessage,
  HubUnknownAction,
  HubUnknownMessage,
  HubUpdateSessionBody,
  HubVisibility,
} from './types.ts'

const hubAckActionMembers = /* @__PURE__ */ object<Omit<HubAckAction, 'action'>>({})

export const hubAckAction: Shape<HubAckAction> = /* @__PURE__ */ kindOf('action', 'ACK', hubAckActionMembers)

const hubBlockActionMembers = /* @__PURE__ */ object<Omit<HubBlockAction, 'action'>>({
  reason: text,
})

export const hubBlockAction: Shape<HubBlockAction> = /* @__PURE__ */ kindOf('action', 'BLOCK', hubBlockActionMembers)

const hubConfirmActionMembers = /* @__PURE__ */ object<Omit<HubConfirmAction, 'action'>>({
  title: text,
  message: text,
  deny_reason: maybeText,
})

export const hubConfirmAction: Shape<HubConfirmAction> = /* @__PURE__ */ kindOf('action', 'CONFIRM', hubConfirmActionMembers)

const hubNotifyActionMembers = /* @__PURE__ */ object<Omit<HubNotifyAction, 'action'>>({
  message: text,
  level: maybeText,
})

export const hubNotifyAction: Shape<HubNotifyAction> = /* @__PURE__ */ kindOf('action', 'NOTIFY', hubNotifyActionMembers)

const hubReturnActionMembers = /* @__PURE__ */ object<Omit<HubReturnAction, 'action'>>({
  result: anything,
})

export const hubReturnAction: Shape<HubReturnAction> = /* @__PURE__ */ kindOf('action', 'RETURN', hubReturnActionMembers)

const hubStatusActionMembers = /* @__PURE__ */ object<Omit<HubStatusAction, 'action'>>({
  key: text,
  text: maybeText,
})

export const hubStatusAction: Shape<HubStatusAction> = /* @__PURE__ */ kindOf('action', 'STATUS', hubStatusActionMembers)

const hubSystemPromptActionMembers = /* @__PURE__ */ object<Omit<HubSystemPromptAction, 'action'>>({
  systemPrompt: text,
  mode: maybeText,
})

export const hubSystemPromptAction: Shape<HubSystemPromptAction> = /* @__PURE__ */ kindOf('action', 'SYSTEM_PROMPT', hubSystemPromptActionMembers)

const hubInjectMessageActionMembers = /* @__PURE__ */ object<Omit<HubInjectMessageAction, 'action'>>({
  message: /* @__PURE__ */ object<Omit<HubInjectMessageAction, 'action'>['message']>({
    role: text,
    content: text,
  }),
})

export const hubInjectMessageAction: Shape<HubInjectMessageAction> = /* @__PURE__ */ kindOf('action', 'INJECT_MESSAGE', hubInjectMessageActionMembers)

export const hubUnknownAction: Shape<HubUnknownAction> = /* @__PURE__ */ outline(/* @__PURE__ */ object({
  action: text,
}))

export const hubKnownActionKinds: Kinds<HubKnownAction> = /* @__PURE__ */ kinds<HubKnownAction>('action', {
  ACK: hubAckActionMembers,
  BLOCK: hubBlockActionMembers,
  CONFIRM: hubConfirmActionMembers,
  NOTIFY: hubNotifyActionMembers,
  RETURN: hubReturnActionMembers,
  STATUS: hubStatusActionMembers,
  SYSTEM_PROMPT: hubSystemPromptActionMembers,
  INJECT_MESSAGE: hubInjectMessageActionMembers,
})

export const hubKnownAction: Shape<HubKnownAction> = /* @__PURE__ */ closed('action', hubKnownActionKinds)

export const hubAction: Shape<HubAction> = hubKnownActionKinds

const hubEventRequestMembers = /* @__PURE__ */ object<Omit<HubEventRequest, 'type'>>({
  id: text,
  event: text,
  data: fields,
  mid: maybeText,
})

export const hubEventRequest: Shape<HubEventRequest> = /* @__PURE__ */ kindOf('type', 'event', hubEventRequestMembers)

const hubToolRequestMembers = /* @__PURE__ */ object<Omit<HubToolRequest, 'type'>>({
  id: text,
  name: text,
  toolCallId: text,
  params: fields,
  mid: maybeText,
})

export const hubToolRequest: Shape<HubToolRequest> = /* @__PURE__ */ kindOf('type', 'tool', hubToolRequestMembers)

const hubCommandRequestMembers = /* @__PURE__ */ object<Omit<HubCommandRequest, 'type'>>({
  id: text,
  name: text,
  args: text,
  mid: maybeText,
})

export const hubCommandRequest: Shape<HubCommandRequest> = /* @__PURE__ */ kindOf('type', 'command', hubCommandRequestMembers)

const hubSessionEntryMessageMembers = /* @__PURE__ */ object<Omit<HubSessionEntryMessage, 'type'>>({
  path: text,
  line: text,
  mid: maybeText,
})

export const hubSessionEntryMessage: Shape<HubSessionEntryMessage> = /* @__PURE__ */ kindOf('type', 'session_entry', hubSessionEntryMessageMembers)

const hubSessionWriteMessageMembers = /* @__PURE__ */ object<Omit<HubSessionWriteMessage, 'type'>>({
  path: text,
  content: text,
  mid: maybeText,
})

export const hubSessionWriteMessage: Shape<HubSessionWriteMessage> = /* @__PURE__ */ kindOf('type', 'session_write', hubSessionWriteMessageMembers)

const hubBootstrapReadyMessageMembers = /* @__PURE__ */ object<Omit<HubBootstrapReadyMessage, 'type'>>({
  mid: maybeText,
})

export const hubBootstrapReadyMessage: Shape<HubBootstrapReadyMessage> = /* @__PURE__ */ kindOf('type', 'bootstrap_ready', hubBootstrapReadyMessageMembers)

const hubSubscribeMessageMembers = /* @__PURE__ */ object<Omit<HubSubscribeMessage, 'type'>>({
  patterns: /* @__PURE__ */ array(text),
  mid: maybeText,
})

export const hubSubscribeMessage: Shape<HubSubscribeMessage> = /* @__PURE__ */ kindOf('type', 'subscribe', hubSubscribeMessageMembers)

const hubRpcCommandMessageMembers = /* @__PURE__ */ object<Omit<HubRpcCommandMessage, 'type'>>({
  command: fields,
  mid: maybeText,
})

export const hubRpcCommandMessage: Shape<HubRpcCommandMessage> = /* @__PURE__ */ kindOf('type', 'rpc_command', hubRpcCommandMessageMembers)

const hubRpcUiResponseMessageMembers = /* @__PURE__ */ object<Omit<HubRpcUiResponseMessage, 'type'>>({
  id: text,
  result: anything,
  mid: maybeText,
})

export const hubRpcUiResponseMessage: Shape<HubRpcUiResponseMessage> = /* @__PURE__ */ kindOf('type', 'rpc_ui_response', hubRpcUiResponseMessageMembers)

const hubPingMessageMembers = /* @__PURE__ */ object<Omit<HubPingMessage, 'type'>>({
  timestamp: number,
})

export const hubPingMessage: Shape<HubPingMessage> = /* @__PURE__ */ kindOf('type', 'ping', hubPingMessageMembers)

const hubAckMessageMembers = /* @__PURE__ */ object<Omit<HubAckMessage, 'type'>>({
  seq: count,
})

export const hubAckMessage: Shape<HubAckMessage> = /* @__PURE__ */ kindOf('type', 'ack', hubAckMessageMembers)

const hubHistoryRequestMembers = /* @__PURE__ */ object<Omit<HubHistoryRequest, 'type'>>({
  id: text,
  before: count,
  mid: maybeText,
})

export const hubHistoryRequest: Shape<HubHistoryRequest> = /* @__PURE__ */ kindOf('type', 'history', hubHistoryRequestMembers)

const hubAuthRenewMessageMembers = /* @__PURE__ */ object<Omit<HubAuthRenewMessage, 'type'>>({
  authorization: text,
})

export const hubAuthRenewMessage: Shape<HubAuthRenewMessage> = /* @__PURE__ */ kindOf('type', 'auth.renew', hubAuthRenewMessageMembers)

export const hubBootstrapFrame: Shape<HubBootstrapFrame> = /* @__PURE__ */ object<HubBootstrapFrame>({
  type: absent,
  authorization: maybeText,
  org_id: maybeText,
})

export const hubRequestKinds: Kinds<HubRequest> = /* @__PURE__ */ kinds<HubRequest>('type', {
  event: hubEventRequestMembers,
  tool: hubToolRequestMembers,
  command: hubCommandRequestMembers,
})

export const hubRequest: Shape<HubRequest> = /* @__PURE__ */ closed('type', hubRequestKinds)

export const hubTypedClientMessageKinds: Kinds<HubTypedClientMessage> = /* @__PURE__ */ kinds<HubTypedClientMessage>('type', {
  event: hubEventRequestMembers,
  tool: hubToolRequestMembers,
  command: hubCommandRequestMembers,
  session_entry: hubSessionEntryMessageMembers,
  session_write: hubSessionWriteMessageMembers,
  bootstrap_ready: hubBootstrapReadyMessageMembers,
  subscribe: hubSubscribeMessageMembers,
  rpc_command: hubRpcCommandMessageMembers,
  rpc_ui_response: hubRpcUiResponseMessageMembers,
  ping: hubPingMessageMembers,
  ack: hubAckMessageMembers,
  'auth.renew': hubAuthRenewMessageMembers,
  history: hubHistoryRequestMembers,
})

export const hubTypedClientMessage: Shape<HubTypedClientMessage> = /* @__PURE__ */ closed('type', hubTypedClientMessageKinds)

export const hubToolDefinition: Shape<HubToolDefinition> = /* @__PURE__ */ object<HubToolDefinition>({
  name: text,
  label: text,
  description: text,
  parameters: fields,
  promptSnippet: maybeText,
  promptGuidelines: maybeText,
  timeoutMs: maybeNumber,
})

export const hubCommandDefinition: Shape<HubCommandDefinition> = /* @__PURE__ */ object<HubCommandDefinition>({
  name: text,
  description: text,
})

export const hubAgentDefinition: Shape<HubAgentDefinition> = /* @__PURE__ */ object<HubAgentDefinition>({
  name: text,
  displayName: maybeText,
  source: maybeText,
  description: text,
  systemPrompt: text,
  model: maybeText,
  tools: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  temperature: maybeNumber,
  thinkingLevel: maybeText,
  readOnly: maybeBoolean,
  hubTools: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubToolDefinition)),
  capabilities: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  strictToolSelection: maybeBoolean,
  status: maybeText,
})

export const hubRuntimeProcess: Shape<HubRuntimeProcess> = /* @__PURE__ */ object<HubRuntimeProcess>({
  pid: maybeNumber,
  command: maybeText,
  args: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  cwd: maybeText,
  env: /* @__PURE__ */ optional(/* @__PURE__ */ record(text)),
  status: maybeText,
  exitCode: maybeNumber,
  signal: maybeText,
})

export const hubRuntimePreview: Shape<HubRuntimePreview> = /* @__PURE__ */ object<HubRuntimePreview>({
  url: maybeText,
  port: maybeNumber,
  protocol: maybeText,
  path: maybeText,
  status: maybeText,
})

export const hubAttachment: Shape<HubAttachment> = /* @__PURE__ */ object<HubAttachment>({
  type: text,
  name: maybeText,
  url: maybeText,
  content: maybeText,
  mimeType: maybeText,
  size: maybeNumber,
})

export const hubAuthor: Shape<HubAuthor> = /* @__PURE__ */ object<HubAuthor>({
  userId: maybeText,
  displayName: maybeText,
  email: maybeText,
  avatarUrl: maybeText,
  actorType: maybeText,
  apiKeyLabel: maybeText,
})

export const hubEntryType: Shape<HubEntryType> = text

export const hubConversationEntry: Shape<HubConversationEntry> = /* @__PURE__ */ object<HubConversationEntry>({
  type: hubEntryType,
  timestamp: number,
  agent: maybeText,
  content: maybeText,
  thinking: maybeText,
  toolName: maybeText,
  toolArgs: /* @__PURE__ */ optional(fields),
  toolCallId: maybeText,
  runtime: /* @__PURE__ */ optional(hubRuntimeProcess),
  preview: /* @__PURE__ */ optional(hubRuntimePreview),
  attachments: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubAttachment)),
  author: /* @__PURE__ */ optional(hubAuthor),
  isError: maybeBoolean,
  taskId: maybeText,
  turnId: maybeText,
  replyId: maybeText,
  sequence: maybeNumber,
  elapsedMs: maybeNumber,
})

export const hubConnectionSummary: Shape<HubConnectionSummary> = /* @__PURE__ */ object<HubConnectionSummary>({
  id: text,
  sessionId: text,
  role: text,
  transport: text,
  principal: text,
  connectedAt: number,
  lastActivityAt: number,
  bufferedBytes: number,
  behindEvents: number,
})

export const hubRefusalSummary: Shape<HubRefusalSummary> = /* @__PURE__ */ object<HubRefusalSummary>({
  code: text,
  reason: text,
  at: number,
  count: number,
})

export const gatewayOverview: Shape<GatewayOverview> = /* @__PURE__ */ object<GatewayOverview>({
  node: text,
  status: text,
  startedAt: number,
  at: number,
  memoryBytes: number,
  sockets: number,
  connections: number,
  sessions: number,
  leads: number,
  bufferedBytes: number,
  shells: maybeNumber,
  shellClients: maybeNumber,
  agents: maybeNumber,
  agentTurns: maybeNumber,
  agentQuestions: maybeNumber,
  streams: maybeNumber,
  streamReaders: maybeNumber,
  streamAppends: maybeNumber,
  streamRefusals: maybeNumber,
  messagesIn: number,
  messagesOut: number,
  bytesIn: number,
  bytesOut: number,
  refusals: number,
  gaps: number,
  store: /* @__PURE__ */ object<GatewayOverview['store']>({
    kind: text,
    ok: boolean,
    reason: maybeText,
    damagedSessions: number,
  }),
  nodes: /* @__PURE__ */ array(/* @__PURE__ */ object<GatewayOverview['nodes'][number]>({
    node: text,
    url: maybeText,
  })),
  slowest: /* @__PURE__ */ array(hubConnectionSummary),
  recentRefusals: /* @__PURE__ */ array(hubRefusalSummary),
})

export const gatewayIdentity: Shape<GatewayIdentity> = /* @__PURE__ */ object<GatewayIdentity>({
  principal: text,
  scopes: /* @__PURE__ */ array(text),
  grant: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<GatewayIdentity['grant']>>({
    by: text,
    session: maybeText,
    shell: maybeText,
    role: text,
    endsAt: maybeNumber,
  })),
  startsShells: boolean,
  agents: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  command: text,
  version: text,
})

export const hubVisibility: Shape<HubVisibility> = text

export const hubUpdateSessionBody: Shape<HubUpdateSessionBody> = /* @__PURE__ */ object<HubUpdateSessionBody>({
  label: maybeText,
  visibility: /* @__PURE__ */ optional(hubVisibility),
  tags: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  metadata: /* @__PURE__ */ optional(fields),
})

export const hubCreateSessionBody: Shape<HubCreateSessionBody> = /* @__PURE__ */ object<HubCreateSessionBody>({
  label: maybeText,
  visibility: /* @__PURE__ */ optional(hubVisibility),
  tags: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  metadata: /* @__PURE__ */ optional(fields),
  task: maybeText,
  agent: maybeText,
})

export const hubSessionCreated: Shape<HubSessionCreated> = /* @__PURE__ */ object<HubSessionCreated>({
  sessionId: text,
  status: text,
  mode: text,
  visibility: hubVisibility,
})

export const hubSessionSummary: Shape<HubSessionSummary> = /* @__PURE__ */ object<HubSessionSummary>({
  sessionId: text,
  label: text,
  status: text,
  mode: text,
  visibility: hubVisibility,
  createdAt: text,
  lastActivityAt: maybeText,
  workflowMode: maybeText,
  bucket: maybeText,
  taskCount: maybeNumber,
  subAgentCount: maybeNumber,
  observerCount: maybeNumber,
  participantCount: maybeNumber,
  waitingQuestions: maybeNumber,
  tags: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  skills: /* @__PURE__ */ optional(/* @__PURE__ */ array(anything)),
  runtimeAvailable: maybeBoolean,
  controlAvailable: maybeBoolean,
  wakeAvailable: maybeBoolean,
  historyOnly: maybeBoolean,
  liveExpected: maybeBoolean,
  task: maybeText,
  metadata: /* @__PURE__ */ optional(fields),
})

export const hubSessionList: Shape<HubSessionList> = /* @__PURE__ */ object<HubSessionList>({
  sessions: /* @__PURE__ */ object<HubSessionList['sessions']>({
    websocket: /* @__PURE__ */ array(hubSessionSummary),
    sandbox: /* @__PURE__ */ array(anything),
  }),
  total: number,
  next: maybeText,
})

export const hubLifecycleAnswer: Shape<HubLifecycleAnswer> = /* @__PURE__ */ object<HubLifecycleAnswer>({
  sessionId: text,
  status: maybeText,
})

export const hubParticipantList: Shape<HubParticipantList> = /* @__PURE__ */ object<HubParticipantList>({
  sessionId: text,
  participants: /* @__PURE__ */ array(/* @__PURE__ */ object<HubParticipantList['participants'][number]>({
    id: text,
    role: text,
    transport: maybeText,
    connectedAt: maybeText,
    lastActivityAt: maybeText,
    metadata: /* @__PURE__ */ optional(fields),
  })),
})

export const hubReplay: Shape<HubReplay> = /* @__PURE__ */ object<HubReplay>({
  sessionId: text,
  entriesSource: text,
  entries: /* @__PURE__ */ array(hubConversationEntry),
})

export const hubLoopState: Shape<HubLoopState> = /* @__PURE__ */ object<HubLoopState>({
  sessionId: text,
  workflowMode: text,
  loop: /* @__PURE__ */ orNull(fields),
})

export const hubHistoryEvent: Shape<HubHistoryEvent> = /* @__PURE__ */ object<HubHistoryEvent>({
  id: number,
  event: text,
  category: maybeText,
  agent: maybeText,
  taskId: maybeText,
  payload: anything,
  occurredAt: text,
  ingestedAt: maybeText,
})

export const hubEventHistory: Shape<HubEventHistory> = /* @__PURE__ */ object<HubEventHistory>({
  sessionId: text,
  events: /* @__PURE__ */ array(hubHistoryEvent),
  total: number,
})

export const hubHttpError: Shape<HubHttpError> = /* @__PURE__ */ object<HubHttpError>({
  error: /* @__PURE__ */ object<HubHttpError['error']>({
    code: text,
    message: text,
  }),
})

export const hubLost: Shape<HubLost> = /* @__PURE__ */ object<HubLost>({
  from: count,
  to: /* @__PURE__ */ optional(count),
})

export const hubAnnouncedLimits: Shape<HubAnnouncedLimits> = /* @__PURE__ */ object<HubAnnouncedLimits>({
  maxFrameBytes: /* @__PURE__ */ optional(count),
  maxEventBytes: /* @__PURE__ */ optional(count),
  maxIdLength: /* @__PURE__ */ optional(count),
  messagesPerSecond: /* @__PURE__ */ optional(count),
})

export const hubSenderMemory: Shape<HubSenderMemory> = /* @__PURE__ */ object<HubSenderMemory>({
  known: boolean,
  highest: count,
  answersFrom: count,
})

export const hubResumeOffer: Shape<HubResumeOffer> = /* @__PURE__ */ object<HubResumeOffer>({
  v: /* @__PURE__ */ oneOf(1, 2),
  epoch: text,
  seq: count,
  anchor: maybeText,
  resumed: boolean,
  reset: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<HubResumeOffer['reset']>>({
    reason: text,
    lost: hubLost,
  })),
  limits: /* @__PURE__ */ optional(hubAnnouncedLimits),
  sender: /* @__PURE__ */ optional(hubSenderMemory),
})

export const hubHistoryPage: Shape<HubHistoryPage> = /* @__PURE__ */ object<HubHistoryPage>({
  sessionId: text,
  entries: /* @__PURE__ */ array(hubConversationEntry),
  earlier: /* @__PURE__ */ optional(count),
  lost: /* @__PURE__ */ optional(hubLost),
})

const hubLiveMessageMembers = /* @__PURE__ */ object<Omit<HubLiveMessage, 'type'>>({
  seq: count,
  anchor: maybeText,
})

export const hubLiveMessage: Shape<HubLiveMessage> = /* @__PURE__ */ kindOf('type', 'live', hubLiveMessageMembers)

const hubGapMessageMembers = /* @__PURE__ */ object<Omit<HubGapMessage, 'type'>>({
  from: count,
  to: /* @__PURE__ */ optional(count),
  reason: text,
})

export const hubGapMessage: Shape<HubGapMessage> = /* @__PURE__ */ kindOf('type', 'gap', hubGapMessageMembers)

const hubMarkMessageMembers = /* @__PURE__ */ object<Omit<HubMarkMessage, 'type'>>({
  seq: count,
  prev: /* @__PURE__ */ optional(count),
  anchor: maybeText,
})

export const hubMarkMessage: Shape<HubMarkMessage> = /* @__PURE__ */ kindOf('type', 'mark', hubMarkMessageMembers)

export const hubInitRole: Shape<HubInitRole> = /* @__PURE__ */ oneOf('lead', 'sub_agent', 'observer', 'controller')

const hubInitMessageMembers = /* @__PURE__ */ object<Omit<HubInitMessage, 'type'>>({
  role: hubInitRole,
  sessionId: maybeText,
  resume: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Omit<HubInitMessage, 'type'>['resume']>>({
    sessionFile: text,
    piSessionId: maybeText,
    cwd: maybeText,
  })),
  tools: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubToolDefinition)),
  commands: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubCommandDefinition)),
  agents: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubAgentDefinition)),
  config: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Omit<HubInitMessage, 'type'>['config']>>({
    systemPromptPrefix: maybeText,
    systemPromptSuffix: maybeText,
  })),
  model: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Omit<HubInitMessage, 'type'>['model']>>({
    provider: text,
    id: text,
  })),
  thinkingLevel: maybeText,
  task: maybeText,
  agentRole: maybeText,
  holdfast: /* @__PURE__ */ optional(hubResumeOffer),
})

export const hubInitMessage: Shape<HubInitMessage> = /* @__PURE__ */ kindOf('type', 'init', hubInitMessageMembers)

export const hubResponse: Shape<HubResponse> = /* @__PURE__ */ object<HubResponse>({
  type: absent,
  id: text,
  actions: /* @__PURE__ */ array(hubAction),
})

export const hubRefusal: Shape<HubRefusal> = /* @__PURE__ */ object<HubRefusal>({
  type: absent,
  error: something,
})

const hubHistoryMessageMembers = /* @__PURE__ */ object<Omit<HubHistoryMessage, 'type'>>({
  id: text,
  sessionId: text,
  entries: /* @__PURE__ */ array(hubConversationEntry),
  earlier: /* @__PURE__ */ optional(count),
  lost: /* @__PURE__ */ optional(hubLost),
})

export const hubHistoryMessage: Shape<HubHistoryMessage> = /* @__PURE__ */ kindOf('type', 'session_history', hubHistoryMessageMembers)

export const hubStreamBlock: Shape<HubStreamBlock> = /* @__PURE__ */ object<HubStreamBlock>({
  output: text,
  thinking: text,
})

export const hubStreamProjection: Shape<HubStreamProjection> = /* @__PURE__ */ object<HubStreamProjection>({
  output: text,
  thinking: text,
  tasks: /* @__PURE__ */ record(hubStreamBlock),
})

export const hubTaskState: Shape<HubTaskState> = /* @__PURE__ */ object<HubTaskState>({
  taskId: text,
  agent: text,
  parentTaskId: maybeText,
  status: text,
  prompt: text,
  startedAt: maybeText,
  completedAt: maybeText,
  duration: maybeNumber,
  result: maybeText,
  error: maybeText,
})

const hubHydrationMessageMembers = /* @__PURE__ */ object<Omit<HubHydrationMessage, 'type'>>({
  sessionId: text,
  entries: /* @__PURE__ */ array(hubConversationEntry),
  task: maybeText,
  stream: /* @__PURE__ */ optional(hubStreamProjection),
  tasks: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubTaskState)),
  agent: /* @__PURE__ */ optional(fields),
  earlier: /* @__PURE__ */ optional(count),
  label: maybeText,
  resumedAt: number,
  leadConnected: maybeBoolean,
  streamingState: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Omit<HubHydrationMessage, 'type'>['streamingState']>>({
    isStreaming: maybeBoolean,
    activeTasks: /* @__PURE__ */ optional(/* @__PURE__ */ array(/* @__PURE__ */ object<NonNullable<NonNullable<Omit<HubHydrationMessage, 'type'>['streamingState']>['activeTasks']>[number]>({
      taskId: text,
      agent: text,
    }))),
  })),
})

export const hubHydrationMessage: Shape<HubHydrationMessage> = /* @__PURE__ */ kindOf('type', 'session_hydration', hubHydrationMessageMembers)

const hubStreamReadyMessageMembers = /* @__PURE__ */ object<Omit<HubStreamReadyMessage, 'type'>>({
  streamId: text,
  streamUrl: text,
})

export const hubStreamReadyMessage: Shape<HubStreamReadyMessage> = /* @__PURE__ */ kindOf('type', 'session_stream_ready', hubStreamReadyMessageMembers)

const hubSessionResumeMessageMembers = /* @__PURE__ */ object<Omit<HubSessionResumeMessage, 'type'>>({
  streamUrl: text,
  streamId: text,
  activePrdKey: maybeText,
})

export const hubSessionResumeMessage: Shape<HubSessionResumeMessage> = /* @__PURE__ */ kindOf('type', 'session_resume', hubSessionResumeMessageMembers)

const hubPongMessageMembers = /* @__PURE__ */ object<Omit<HubPongMessage, 'type'>>({
  timestamp: number,
  echoedTimestamp: maybeNumber,
})

export const hubPongMessage: Shape<HubPongMessage> = /* @__PURE__ */ kindOf('type', 'pong', hubPongMessageMembers)

const hubConnectionRejectedMessageMembers = /* @__PURE__ */ object<Omit<HubConnectionRejectedMessage, 'type'>>({
  code: text,
  message: text,
  sessionId: maybeText,
  reconnectState: maybeText,
  expiredAt: maybeNumber,
  timestamp: number,
})

export const hubConnectionRejectedMessage: Shape<HubConnectionRejectedMessage> = /* @__PURE__ */ kindOf('type', 'connection_rejected', hubConnectionRejectedMessageMembers)

const hubProtocolErrorMessageMembers = /* @__PURE__ */ object<Omit<HubProtocolErrorMessage, 'type'>>({
  code: text,
  message: text,
  sessionId: maybeText,
  timestamp: number,
})

export const hubProtocolErrorMessage: Shape<HubProtocolErrorMessage> = /* @__PURE__ */ kindOf('type', 'protocol_error', hubProtocolErrorMessageMembers)

export const hubParticipant: Shape<HubParticipant> = /* @__PURE__ */ object<HubParticipant>({
  id: text,
  role: text,
  transport: text,
  subscriptions: /* @__PURE__ */ array(text),
  connectedAt: number,
  lastActivity: number,
  metadata: /* @__PURE__ */ optional(fields),
})

const hubPresenceMessageMembers = /* @__PURE__ */ object<Omit<HubPresenceMessage, 'type'>>({
  event: /* @__PURE__ */ oneOf('session_join', 'session_leave', 'presence_update'),
  participant: /* @__PURE__ */ optional(hubParticipant),
  participants: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubParticipant)),
  sessionId: text,
  timestamp: number,
})

export const hubPresenceMessage: Shape<HubPresenceMessage> = /* @__PURE__ */ kindOf('type', 'presence', hubPresenceMessageMembers)

const hubBroadcastMessageMembers = /* @__PURE__ */ object<Omit<HubBroadcastMessage, 'type'>>({
  event: text,
  data: fields,
  category: text,
  sessionId: text,
  timestamp: number,
})

export const hubBroadcastMessage: Shape<HubBroadcastMessage> = /* @__PURE__ */ kindOf('type', 'broadcast', hubBroadcastMessageMembers)

const hubRpcEventMessageMembers = /* @__PURE__ */ object<Omit<HubRpcEventMessage, 'type'>>({
  event: fields,
  timestamp: number,
})

export const hubRpcEventMessage: Shape<HubRpcEventMessage> = /* @__PURE__ */ kindOf('type', 'rpc_event', hubRpcEventMessageMembers)

const hubRpcResponseMessageMembers = /* @__PURE__ */ object<Omit<HubRpcResponseMessage, 'type'>>({
  response: fields,
})

export const hubRpcResponseMessage: Shape<HubRpcResponseMessage> = /* @__PURE__ */ kindOf('type', 'rpc_response', hubRpcResponseMessageMembers)

const hubRpcUiRequestMessageMembers = /* @__PURE__ */ object<Omit<HubRpcUiRequestMessage, 'type'>>({
  id: text,
  method: text,
  params: fields,
  again: /* @__PURE__ */ optional(count),
})

export const hubRpcUiRequestMessage: Shape<HubRpcUiRequestMessage> = /* @__PURE__ */ kindOf('type', 'rpc_ui_request', hubRpcUiRequestMessageMembers)

const hubAckedMessageMembers = /* @__PURE__ */ object<Omit<HubAckedMessage, 'type'>>({
  ids: /* @__PURE__ */ array(text),
})

export const hubAckedMessage: Shape<HubAckedMessage> = /* @__PURE__ */ kindOf('type', 'acked', hubAckedMessageMembers)

export const hubUnknownMessage: Shape<HubUnknownMessage> = /* @__PURE__ */ outline(/* @__PURE__ */ object({
  type: text,
}))

export const hubTypedServerMessageKinds: Kinds<HubTypedServerMessage> = /* @__PURE__ */ kinds<HubTypedServerMessage>('type', {
  init: hubInitMessageMembers,
  session_hydration: hubHydrationMessageMembers,
  session_history: hubHistoryMessageMembers,
  session_stream_ready: hubStreamReadyMessageMembers,
  session_resume: hubSessionResumeMessageMembers,
  pong: hubPongMessageMembers,
  connection_rejected: hubConnectionRejectedMessageMembers,
  protocol_error: hubProtocolErrorMessageMembers,
  presence: hubPresenceMessageMembers,
  broadcast: hubBroadcastMessageMembers,
  rpc_event: hubRpcEventMessageMembers,
  rpc_response: hubRpcResponseMessageMembers,
  rpc_ui_request: hubRpcUiRequestMessageMembers,
  live: hubLiveMessageMembers,
  gap: hubGapMessageMembers,
  mark: hubMarkMessageMembers,
  acked: hubAckedMessageMembers,
})

export const hubTypedServerMessage: Shape<HubTypedServerMessage> = /* @__PURE__ */ closed('type', hubTypedServerMessageKinds)

export const hubSnapshotParticipant: Shape<HubSnapshotParticipant> = /* @__PURE__ */ object<HubSnapshotParticipant>({
  id: text,
  role: text,
  transport: text,
  connectedAt: text,
  idle: maybeBoolean,
})

export const hubAgentActivity: Shape<HubAgentActivity> = /* @__PURE__ */ object<HubAgentActivity>({
  name: maybeText,
  status: text,
  currentTool: maybeText,
  currentToolArgs: maybeText,
  toolCallCount: number,
  lastActivity: number,
  totalElapsed: maybeNumber,
})

const hubSnapshotMessageMembers = /* @__PURE__ */ object<Omit<HubSnapshotMessage, 'type'>>({
  sessionId: text,
  label: text,
  status: text,
  createdAt: text,
  mode: text,
  participants: /* @__PURE__ */ array(hubSnapshotParticipant),
  taskCount: number,
  agentActivity: /* @__PURE__ */ record(hubAgentActivity),
  stream: /* @__PURE__ */ optional(hubStreamProjection),
  holdfast: /* @__PURE__ */ optional(hubResumeOffer),
})

export const hubSnapshotMessage: Shape<HubSnapshotMessage> = /* @__PURE__ */ kindOf('type', 'snapshot', hubSnapshotMessageMembers)

const hubSseHydrationMessageMembers = /* @__PURE__ */ object<Omit<HubSseHydrationMessage, 'type'>>({
  sessionId: text,
  entries: /* @__PURE__ */ array(hubConversationEntry),
  task: maybeText,
  stream: /* @__PURE__ */ optional(hubStreamProjection),
  tasks: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubTaskState)),
  agent: /* @__PURE__ */ optional(fields),
  earlier: /* @__PURE__ */ optional(count),
})

export const hubSseHydrationMessage: Shape<HubSseHydrationMessage> = /* @__PURE__ */ kindOf('type', 'hydration', hubSseHydrationMessageMembers)

const hubSseHistoryMessageMembers = /* @__PURE__ */ object<Omit<HubSseHistoryMessage, 'type'>>({
  sessionId: text,
  entries: /* @__PURE__ */ array(hubConversationEntry),
  earlier: /* @__PURE__ */ optional(count),
  lost: /* @__PURE__ */ optional(hubLost),
})

export const hubSseHistoryMessage: Shape<HubSseHistoryMessage> = /* @__PURE__ */ kindOf('type', 'history', hubSseHistoryMessageMembers)

export const hubKnownSseMessageKinds: Kinds<HubKnownSseMessage> = /* @__PURE__ */ kinds<HubKnownSseMessage>('type', {
  snapshot: hubSnapshotMessageMembers,
  hydration: hubSseHydrationMessageMembers,
  history: hubSseHistoryMessageMembers,
  presence: hubPresenceMessageMembers,
  broadcast: hubBroadcastMessageMembers,
  live: hubLiveMessageMembers,
  gap: hubGapMessageMembers,
  mark: hubMarkMessageMembers,
})

export const hubKnownSseMessage: Shape<HubKnownSseMessage> = /* @__PURE__ */ closed('type', hubKnownSseMessageKinds)

export const hubSseMessage: Shape<HubSseMessage> = hubKnownSseMessageKinds

export const hubSessionState: Shape<HubSessionState> = /* @__PURE__ */ object<HubSessionState>({
  sessionId: text,
  entries: /* @__PURE__ */ array(hubConversationEntry),
  task: maybeText,
  stream: /* @__PURE__ */ optional(hubStreamProjection),
  tasks: /* @__PURE__ */ optional(/* @__PURE__ */ array(hubTaskState)),
  agent: /* @__PURE__ */ optional(fields),
  earlier: /* @__PURE__ */ optional(count),
})
