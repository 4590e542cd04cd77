import * as z from 'zod'
import { fields, object, word } from '../../schema-kit.ts'
import { hubConversationEntry } from './entries.ts'

const maybeText = z.string().optional()
const maybeNumber = z.number().optional()
const maybeBoolean = z.boolean().optional()
const isoTime = z.string().describe('ISO 8601.')
const mode = word('sandbox', 'tui')
const workflowMode = word('standard', 'loop')

export const hubVisibility = word('private', 'organization', 'collaborate').describe('Who may see a session.')

export const hubUpdateSessionBody = object({
  label: maybeText,
  visibility: hubVisibility.optional(),
  tags: z.array(z.string()).optional(),
  metadata: fields().optional(),
}).describe('Body of `PATCH /session/{id}`. Hub §7. Other members pass.')

export const hubCreateSessionBody = object({
  ...hubUpdateSessionBody.shape,
  task: maybeText,
  agent: maybeText,
}).describe('Body of `POST /session`. Hub §7. Other members pass.')

export const hubSessionCreated = object({
  sessionId: z.string(),
  status: z.string(),
  mode,
  visibility: hubVisibility,
}).describe('Answer of `POST /session` (201). Hub §7.')

export const hubSessionSummary = object({
  sessionId: z.string(),
  label: z.string(),
  status: z.string(),
  mode,
  visibility: hubVisibility,
  createdAt: isoTime,
  lastActivityAt: isoTime.optional(),
  workflowMode: workflowMode.optional(),
  bucket: word('running', 'paused', 'provisioning', 'history').optional(),
  taskCount: maybeNumber,
  subAgentCount: maybeNumber,
  observerCount: maybeNumber,
  participantCount: maybeNumber,
  waitingQuestions: maybeNumber.describe('Unanswered questions to people. Absent where that is not known here.'),
  tags: z.array(z.string()).optional(),
  skills: z.array(z.unknown()).optional(),
  runtimeAvailable: maybeBoolean,
  controlAvailable: maybeBoolean,
  wakeAvailable: maybeBoolean,
  historyOnly: maybeBoolean,
  liveExpected: maybeBoolean,
  task: maybeText,
  metadata: fields().optional(),
}).describe('A session in lists and in the answer of `GET /session/{id}`. Hub §7.')

export const hubSessionList = object({
  sessions: object({ websocket: z.array(hubSessionSummary), sandbox: z.array(z.unknown()) }),
  total: z.number(),
  next: maybeText.describe('Where the next page begins: `cursor` of the next request. Absent on the last one.'),
}).describe('Answer of `GET /sessions`: sessions by how they run. Hub §7.')

export const hubLifecycleAnswer = object({ sessionId: z.string(), status: maybeText }).describe(
  'Answer of `POST /session/{id}/archive` and `/resume`. Hub §7.',
)

export const hubParticipantList = object({
  sessionId: z.string(),
  participants: z.array(
    object({
      id: z.string(),
      role: z.string(),
      transport: maybeText,
      connectedAt: maybeText,
      lastActivityAt: maybeText,
      metadata: fields().optional(),
    }),
  ),
}).describe('Answer of `GET /session/{id}/participants`. Hub §7. Times are ISO 8601.')

export const hubReplay = object({
  sessionId: z.string(),
  entriesSource: z.string(),
  entries: z.array(hubConversationEntry),
}).describe('Answer of `GET /session/{id}/replay`. Hub §7.')

export const hubLoopState = object({
  sessionId: z.string(),
  workflowMode,
  loop: fields().nullable(),
}).describe('Answer of `GET /session/{id}/loop`: the state of a lead that works in rounds; null if it does not.')

export const hubHistoryEvent = object({
  id: z.number(),
  event: z.string(),
  category: maybeText,
  agent: maybeText,
  taskId: maybeText,
  payload: z.unknown().optional(),
  occurredAt: z.string(),
  ingestedAt: maybeText,
}).describe('One event of the history. Hub §7. Times are ISO 8601.')

export const hubEventHistory = object({
  sessionId: z.string(),
  events: z.array(hubHistoryEvent),
  total: z.number(),
}).describe('Answer of `GET /session/{id}/events/history`. Hub §7.')

export const hubHttpError = object({ error: object({ code: z.string(), message: z.string() }) }).describe(
  'Body of every refusal over HTTP.',
)
