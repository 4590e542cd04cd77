import * as z from 'zod'
import { count, object } from '../../schema-kit.ts'
import { hubConversationEntry } from './entries.ts'

const bound = count().optional()

export const hubLost = object({ from: count(), to: bound }).describe(
  'Events that are gone. `to` is absent where the log no longer knows. Hub §11.',
)

export const hubAnnouncedLimits = object({
  maxFrameBytes: bound.describe('One frame, in UTF-8 bytes; a larger one ends the connection with 1009.'),
  maxEventBytes: bound.describe('One message as it is stored, in UTF-8 bytes.'),
  maxIdLength: bound.describe("Characters of an id, or of an event's name."),
  messagesPerSecond: bound.describe('Above it the server reads more slowly.'),
}).describe(
  'The bounds of a server: a client refuses locally what exceeds one. All optional: another version may know other ones. Hub §11.',
)

export const hubSenderMemory = object({
  known: z.boolean().describe('False: nothing. Whatever was written and not confirmed is in doubt.'),
  highest: count().describe('The highest `n` in the log; 0 where it is not known.'),
  answersFrom: count().describe('Answers to requests from this number on are stored.'),
}).describe("The server's state of the messages of this client. Hub §11.")

export const hubResumeOffer = object({
  v: z.literal([1, 2]).describe('2 for a client that asked with `v=2`, of a server that speaks it.'),
  epoch: z.string(),
  seq: count().describe('Where the stream starts: the next event is `seq` + 1.'),
  anchor: z.string().optional().describe('Anchor of `seq`; with it the position is complete before any event came.'),
  resumed: z.boolean().describe('The requested position is valid: nothing is missing.'),
  reset: object({ reason: z.string(), lost: hubLost }).optional(),
  limits: hubAnnouncedLimits.optional().describe('From version 2 on.'),
  sender: hubSenderMemory
    .optional()
    .describe('From version 2 on, for clients that send: their messages then carry {@link HubNumber}.'),
}).describe('`init.holdfast`: the answer to `resume=1`. Hub §11.')

export const hubHistoryPage = object({
  sessionId: z.string(),
  entries: z.array(hubConversationEntry).describe('In order. May be empty where only other events were found.'),
  earlier: bound.describe('There are earlier ones, of events before this one.'),
  lost: hubLost.optional().describe('Events that the log no longer has: their entries are gone.'),
}).describe('A page of the conversation before what a hydration or another page carried. Hub §11.')

export const hubLiveMessage = object({
  type: z.literal('live'),
  seq: count(),
  anchor: z.string().optional(),
}).describe('The missed messages have been sent; live messages follow. Hub §11.')

export const hubGapMessage = object({
  type: z.literal('gap'),
  ...hubLost.shape,
  reason: z.string(),
}).describe('Events that will not come, in their place in the stream. Hub §11.')

export const hubMarkMessage = object({
  type: z.literal('mark'),
  seq: count(),
  prev: count().optional(),
  anchor: z.string().optional(),
}).describe(
  'How far the log is, for a client that is not sent everything; `prev` is the number that it was sent before. Hub §11.',
)
