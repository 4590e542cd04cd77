import * as z from 'zod'
import { count, fields, object, word } from '../../schema-kit.ts'
import { hubConversationEntry } from './entries.ts'

const maybeText = z.string().optional()
const isoTime = maybeText.describe('ISO 8601.')
const milliseconds = z.number().optional().describe('Milliseconds.')
const block = { output: z.string(), thinking: z.string() } as const

export const hubTaskState = object({
  taskId: z.string(),
  agent: z.string(),
  parentTaskId: maybeText.describe('The task that this one is a part of: an addition to the protocol.'),
  status: word('running', 'completed', 'failed'),
  prompt: z.string(),
  startedAt: isoTime,
  completedAt: isoTime,
  duration: milliseconds,
  result: maybeText,
  error: maybeText,
}).describe('A task of a session. Hub §4.')

export const hubStreamBlock = object(block).describe('The output of one stream so far. Hub §4.')

export const hubStreamProjection = object({
  ...block,
  tasks: z.record(z.string(), hubStreamBlock),
}).describe("The session's own stream and those of its tasks, by task id. Hub §4.")

export const hubAgentActivity = object({
  name: maybeText,
  status: z.string(),
  currentTool: maybeText,
  currentToolArgs: maybeText,
  toolCallCount: z.number(),
  lastActivity: z.number().describe('Milliseconds since 1970.'),
  totalElapsed: milliseconds,
}).describe('The activity of an agent. Hub §4.')

export const hubSessionState = object({
  sessionId: z.string(),
  entries: z.array(hubConversationEntry),
  task: maybeText,
  stream: hubStreamProjection.optional(),
  tasks: z.array(hubTaskState).optional(),
  agent: fields()
    .optional()
    .describe(
      "The state of a coding agent, as it last reported it: `plan`, `usage`, `modes`, `configOptions`. Holdfast's own.",
    ),
  earlier: count()
    .optional()
    .describe(
      'There are earlier entries, of events before this one; absent: `entries` has the first. Only for clients that resume.',
    ),
}).describe('The state of the session so far, as in every hydration. Hub §4, §6.')
