import { hubAction } from '@holdfast/protocol/hub/schemas'
import { fields, named, object, outline } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'

/** What was looked at when it came: as it is stored it may be of an earlier or a later version. */
export const actions = z.array(outline(object({}), hubAction)).describe('Steps of an answer, as they are stored.')

const since1970 = z.number().describe('Milliseconds since 1970.')
const stamp = {
  fp: z.string().optional().describe('Hash of the message; a second use of its id with another hash is refused.'),
  from: z.string().optional().describe('The sender of the message that caused this, with the scope of its ids.'),
}

export const senderNumber = z
  .tuple([named('sender', z.string()), named('n', z.number()), named('done', z.number())])
  .describe(
    'Whose message a record is about, under which number, and up to where that client needs no answer any more.',
  )

export const hold = object({
  id: z.string().describe('As the lead calls it; it is asked by whom the record is from.'),
  until: since1970.describe('When it is answered with `otherwise`, in milliseconds since 1970.'),
  otherwise: actions,
  sender: senderNumber.optional(),
}).describe('Makes a request of a lead wait for an approval.')

export const eventRecord = object({
  t: z.literal('event'),
  event: z.string(),
  data: fields(),
  category: z.string(),
  hold: hold.optional(),
  ...stamp,
}).describe('An event of the session: sent to everybody whose filter it passes.')

export const callRecord = object({
  t: z.literal('call'),
  message: fields(),
  hold: hold.optional(),
  ...stamp,
}).describe('A tool or command that a lead requested from the hub. Stored for its answer; not sent to participants.')

export const requestRecord = object({
  t: z.literal('request'),
  message: fields().describe('As the lead gets it; its id is unique among what waits for the lead.'),
  wireId: z.string(),
  asker: z.string().describe('The asker; `id` is its id of the request.'),
  id: z.string(),
  until: since1970.optional().describe('The deadline of the answer, in milliseconds since 1970.'),
  sender: senderNumber.optional(),
  ...stamp,
}).describe("A controller's message for the lead.")

export const answerRecord = object({
  t: z.literal('answer'),
  wireId: z.string(),
  asker: z.string(),
  id: z.string(),
  actions,
  hold: z.number().optional().describe('The number of the pending request that it answers.'),
  by: z.string().optional().describe('Who answered such a request.'),
  sender: senderNumber.optional().describe('Of the request that it answers.'),
  ...stamp,
}).describe("The lead's answer, for the sender of the request.")

export const rpcRecord = object({
  t: z.literal('rpc'),
  to: z.string(),
  message: fields(),
  ...stamp,
}).describe('An RPC message, for the driver, all controllers, or one scope.')

export const fileRecord = object({
  t: z.literal('file'),
  path: z.string(),
  op: z.enum(['append', 'write']),
  text: z.string(),
  ...stamp,
}).describe('A change of a session file.')

export const leadRecord = object({
  t: z.literal('lead'),
  fence: z.number(),
  instance: z.string(),
  ...stamp,
}).describe('A new lead; older fences are no longer valid from here on.')

export const reachRecord = object({ t: z.literal('reach'), ...stamp }).describe(
  'The reach of the session was changed: every node reads its description.',
)

export const hubRecord = z
  .discriminatedUnion('t', [
    eventRecord,
    callRecord,
    requestRecord,
    answerRecord,
    rpcRecord,
    fileRecord,
    leadRecord,
    reachRecord,
  ])
  .describe('A record of the hub in the log of a session.')
