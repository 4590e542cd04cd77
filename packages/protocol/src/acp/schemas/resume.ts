import * as z from 'zod'
import { count, object, outline, word } from '../../schema-kit.ts'
import { jsonRpcMessage } from './json-rpc.ts'

export const acpPosition = object({ sessionId: z.string(), seq: count() }).describe(
  'Every message of every record of a session, up to this one, has arrived.',
)

export const acpOrigin = object({
  sessionId: z.string(),
  seq: count(),
  part: count().optional().describe('Where one record makes several messages: 0, 1, … @defaultValue 0'),
}).describe('The record of a session that a message belongs to. It is the same on every gateway.')

export const acpResumeRequest = object({
  v: z.literal(1),
  client: z.string().min(1).describe('Names this client object: random, kept in memory only.'),
  after: count().optional().describe('The number of the last message that it has, of `epoch`.'),
  epoch: z.string().optional().describe('The numbering that `after` belongs to.'),
  positions: z.array(acpPosition).optional().describe('For a gateway that does not remember the numbering.'),
}).describe('In `params._meta.holdfast` of `initialize`: the client speaks the resume extension.')

export const acpResumeOffer = object({
  v: z.literal(1),
  epoch: z.string().describe("Names this numbering of the server's messages."),
  resumed: z
    .boolean()
    .describe('The numbering continues after `after`. Otherwise the session logs are sent from the positions on.'),
  maxFrameBytes: z.number().optional(),
}).describe('In `result._meta.holdfast` of the answer: what follows is in frames. Else the server does not speak it.')

export const acpAuthFrame = object({ type: z.literal('auth'), token: z.string() }).describe(
  'Before `initialize`, where the runtime cannot set headers.',
)

const n = count().describe(
  '1, 2, 3 … in the order of writing; the same when it is written again. A client may leave numbers out; none is used twice.',
)

export const acpMessageFrame = object({
  type: z.literal('message'),
  n,
  from: acpOrigin.optional(),
  message: outline(object({ jsonrpc: z.literal('2.0') }), jsonRpcMessage),
}).describe('One JSON-RPC message under its number.')

export const acpAckFrame = object({ type: z.literal('ack'), through: count() }).describe(
  'Everything up to this number has arrived. A request too, but a client keeps it until its answer comes.',
)

const through = count().optional().describe('As in an acknowledgement.')

export const acpPingFrame = object({ type: z.literal('ping'), through }).describe('Answered at once by a pong.')

export const acpPongFrame = object({ type: z.literal('pong'), through }).describe('Answers a ping.')

export const acpGapFrame = object({
  type: z.literal('gap'),
  n,
  sessionId: z.string(),
  reason: word('retention', 'rollback', 'unknown-session'),
}).describe('The events between the position and the next message are no longer available.')

export const acpFrame = z
  .discriminatedUnion('type', [acpAuthFrame, acpMessageFrame, acpAckFrame, acpPingFrame, acpPongFrame, acpGapFrame])
  .describe(
    'What is said after the offer, both ways; `gap` by the server alone, `auth` by the client and before everything else.',
  )
