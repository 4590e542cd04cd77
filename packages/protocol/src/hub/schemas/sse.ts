import * as z from 'zod'
import { object, open, word } from '../../schema-kit.ts'
import { hubGapMessage, hubHistoryPage, hubLiveMessage, hubMarkMessage, hubResumeOffer } from './resume.ts'
import { hubBroadcastMessage, hubPresenceMessage, hubUnknownMessage } from './server.ts'
import { hubAgentActivity, hubSessionState, hubStreamProjection } from './state.ts'

const isoTime = z.string().describe('ISO 8601.')

export const hubSnapshotParticipant = object({
  id: z.string(),
  role: z.string(),
  transport: z.string(),
  connectedAt: isoTime,
  idle: z.boolean().optional(),
}).describe('A participant of the session, as in a snapshot. Hub §6.')

export const hubSnapshotMessage = object({
  type: z.literal('snapshot'),
  sessionId: z.string(),
  label: z.string(),
  status: z.string(),
  createdAt: isoTime,
  mode: word('sandbox', 'tui'),
  participants: z.array(hubSnapshotParticipant),
  taskCount: z.number(),
  agentActivity: z.record(z.string(), hubAgentActivity).describe('By agent name.'),
  stream: hubStreamProjection.optional(),
  holdfast: hubResumeOffer
    .optional()
    .describe('Only for a client that asked to resume: what `init` carries over WebSocket (hub §11).'),
}).describe('The session at a glance: the first event of a stream. Hub §6.')

export const hubSseHydrationMessage = object({
  type: z.literal('hydration'),
  ...hubSessionState.shape,
}).describe('The state of the session so far. Hub §6.')

export const hubSseHistoryMessage = object({ type: z.literal('history'), ...hubHistoryPage.shape }).describe(
  'A page of the conversation before what the hydration or the page before carried. Hub §11.',
)

export const hubKnownSseMessage = z
  .discriminatedUnion('type', [
    hubSnapshotMessage,
    hubSseHydrationMessage,
    hubSseHistoryMessage,
    hubPresenceMessage,
    hubBroadcastMessage,
    hubLiveMessage,
    hubGapMessage,
    hubMarkMessage,
  ])
  .describe('The messages of an SSE stream that this version knows. A `switch` over `type` narrows it.')

export const hubSseMessage = open('type', hubKnownSseMessage, hubUnknownMessage).describe(
  'Anything that an SSE stream may carry. Ask {@link isKnownHubSseMessage} before a `switch`. Hub §6.',
)
