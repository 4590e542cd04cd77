import * as z from 'zod'
import { absent, anyMembers, count, fields, object, open, word } from '../../schema-kit.ts'
import { hubAction } from './actions.ts'
import { hubAgentDefinition, hubCommandDefinition, hubToolDefinition } from './definitions.ts'
import { hubGapMessage, hubHistoryPage, hubLiveMessage, hubMarkMessage, hubResumeOffer } from './resume.ts'
import { hubSessionState } from './state.ts'

const maybeText = z.string().optional()
const time = z.number().describe('Milliseconds since 1970.')

export const hubInitRole = z
  .enum(['lead', 'sub_agent', 'observer', 'controller'])
  .describe('The role that the server gave. Hub §4.')

export const hubInitMessage = object({
  type: z.literal('init'),
  role: hubInitRole,
  sessionId: maybeText,
  resume: object({ sessionFile: z.string(), piSessionId: maybeText, cwd: maybeText }).optional(),
  tools: z.array(hubToolDefinition).optional(),
  commands: z.array(hubCommandDefinition).optional(),
  agents: z.array(hubAgentDefinition).optional(),
  config: object({ systemPromptPrefix: maybeText, systemPromptSuffix: maybeText }).optional(),
  model: object({ provider: z.string(), id: z.string() }).optional(),
  thinkingLevel: maybeText,
  task: maybeText,
  agentRole: maybeText,
  holdfast: hubResumeOffer.optional().describe('Only for a client that asked with `resume=1`.'),
}).describe('The connection is accepted. Hub §4, §11.')

export const hubResponse = object({
  type: absent(),
  id: z.string(),
  actions: z.array(hubAction),
}).describe('The answer to a request. It has no `type`. Hub §4.')

export const hubRefusal = object({ type: absent(), error: z.unknown() }).describe(
  'The connection is refused, in the shape that has no `type`: usually a text, whatever the server put there. Hub §2.',
)

export const hubHistoryMessage = object({
  type: z.literal('session_history'),
  id: z.string(),
  ...hubHistoryPage.shape,
}).describe('The answer to `history`. Hub §11.')

export const hubHydrationMessage = object({
  type: z.literal('session_hydration'),
  ...hubSessionState.shape,
  label: maybeText,
  resumedAt: time,
  leadConnected: z.boolean().optional(),
  streamingState: object({
    isStreaming: z.boolean().optional(),
    activeTasks: z.array(object({ taskId: z.string(), agent: z.string() })).optional(),
  }).optional(),
}).describe('The state of the session so far. Hub §4.')

export const hubStreamReadyMessage = object({
  type: z.literal('session_stream_ready'),
  streamId: z.string(),
  streamUrl: z.string(),
}).describe('A stream of the session may be read. Hub §4.')

export const hubSessionResumeMessage = object({
  type: z.literal('session_resume'),
  streamUrl: z.string(),
  streamId: z.string(),
  activePrdKey: maybeText,
}).describe('The session continues. Hub §4.')

export const hubPongMessage = object({
  type: z.literal('pong'),
  timestamp: z.number(),
  echoedTimestamp: z.number().optional(),
}).describe('The answer to `ping`; times in milliseconds since 1970. Hub §4.')

export const hubConnectionRejectedMessage = object({
  type: z.literal('connection_rejected'),
  code: z.string(),
  message: z.string(),
  sessionId: maybeText,
  reconnectState: maybeText,
  expiredAt: time.optional(),
  timestamp: z.number(),
}).describe('The connection is refused. Hub §2, §4.')

export const hubProtocolErrorMessage = object({
  type: z.literal('protocol_error'),
  code: z.string(),
  message: z.string(),
  sessionId: maybeText,
  timestamp: z.number(),
}).describe('A message was not understood or not allowed; during the handshake: refused. Hub §2, §4.')

export const hubParticipant = object({
  id: z.string(),
  role: word('lead', 'observer', 'controller'),
  transport: word('ws', 'sse'),
  subscriptions: z.array(z.string()),
  connectedAt: time,
  lastActivity: time,
  metadata: fields().optional(),
}).describe('A participant of the session. Hub §4.')

export const hubPresenceMessage = object({
  type: z.literal('presence'),
  event: z.enum(['session_join', 'session_leave', 'presence_update']),
  participant: hubParticipant.optional(),
  participants: z.array(hubParticipant).optional(),
  sessionId: z.string(),
  timestamp: z.number(),
}).describe('Who is here has changed. Hub §4.')

export const hubBroadcastMessage = object({
  type: z.literal('broadcast'),
  event: z.string(),
  data: fields(),
  category: z.string(),
  sessionId: z.string(),
  timestamp: z.number(),
}).describe('An event of the session. Hub §4; its names are an open set ({@link HUB_EVENTS}).')

export const hubRpcEventMessage = object({
  type: z.literal('rpc_event'),
  event: fields(),
  timestamp: z.number(),
}).describe('An event of the RPC driver. Hub §4.')

export const hubRpcResponseMessage = object({ type: z.literal('rpc_response'), response: fields() }).describe(
  "The RPC driver's answer to `rpc_command`. Hub §4.",
)

export const hubRpcUiRequestMessage = object({
  type: z.literal('rpc_ui_request'),
  id: z.string(),
  method: z.string(),
  params: fields(),
  again: count()
    .optional()
    .describe(
      'Sent again because it is unanswered: number of the event that sent it first. Only for clients that resume.',
    ),
}).describe('The RPC driver asks a person; answered by `rpc_ui_response` with the same `id`. Hub §4.')

export const hubAckedMessage = object({ type: z.literal('acked'), ids: z.array(z.string()) }).describe(
  'The effects of these messages are in the log. Hub §11.',
)

export const hubUnknownMessage = anyMembers({ type: z.string() }).describe(
  'A message of a kind that this version does not know, as it came.',
)

export const hubTypedServerMessage = z
  .discriminatedUnion('type', [
    hubInitMessage,
    hubHydrationMessage,
    hubHistoryMessage,
    hubStreamReadyMessage,
    hubSessionResumeMessage,
    hubPongMessage,
    hubConnectionRejectedMessage,
    hubProtocolErrorMessage,
    hubPresenceMessage,
    hubBroadcastMessage,
    hubRpcEventMessage,
    hubRpcResponseMessage,
    hubRpcUiRequestMessage,
    hubLiveMessage,
    hubGapMessage,
    hubMarkMessage,
    hubAckedMessage,
  ])
  .describe("The server's messages that have a `type`, known to this version.")

export const hubKnownServerMessage = z
  .union([hubTypedServerMessage, hubResponse, hubRefusal])
  .describe("The server's messages, known to this version. A `switch` over `type` narrows it.")

export const hubServerMessage = z
  .union([
    open('type', hubTypedServerMessage, hubUnknownMessage),
    hubResponse,
    // What has actions is an answer, and right or wrong as one.
    hubRefusal.refine((refusal) => !('actions' in refusal)).meta({ not: { required: ['actions'] } }),
  ])
  .describe('Anything that the server may say. Ask {@link isKnownHubServerMessage} before a `switch`. Hub §4.')
