import * as z from 'zod'
import { anyMembers, fields, object, outline } from '../../schema-kit.ts'
import { sessionControlMessage } from './control.ts'

const base = {
  uuid: z.string().optional().describe('Names a message across replays.'),
  session_id: z.string().optional(),
} as const

export const sessionAssistantMessage = object({ ...base, type: z.literal('assistant'), message: fields() }).describe(
  'A turn of the model. Sessions §1.',
)

export const sessionUserMessage = object({ ...base, type: z.literal('user'), message: fields() }).describe(
  'A turn of the user. Sessions §1.',
)

export const sessionResultMessage = object({ ...base, type: z.literal('result'), subtype: z.string() }).describe(
  'The end of a run. Sessions §1.',
)

export const sessionSystemMessage = object({ ...base, type: z.literal('system'), subtype: z.string() }).describe(
  'A description of the session. Sessions §1.',
)

export const sessionStreamEventMessage = object({
  ...base,
  type: z.literal('stream_event'),
  event: fields(),
}).describe('A part of a turn, as the model produces it. Sessions §1.')

export const sessionAuthFrame = object({
  type: z.literal('auth'),
  credential: object({ type: z.literal('oauth'), token: z.string() }),
}).describe('The first frame where headers cannot be set. Sessions §1.')

export const sessionKnownMessage = z
  .discriminatedUnion('type', [
    sessionAssistantMessage,
    sessionUserMessage,
    sessionResultMessage,
    sessionSystemMessage,
    sessionStreamEventMessage,
  ])
  .describe('The messages of the stream that sessions §1 names.')

export const sessionOtherMessage = anyMembers({ type: z.string() }).describe('Any object with a string `type`.')

export const sessionMessage = outline(
  sessionOtherMessage,
  z.union([sessionKnownMessage, sessionControlMessage, sessionAuthFrame, sessionOtherMessage]),
).describe('Anything that either side may say. The set is open; the guards of this module narrow it. Sessions §1.')
