import { count, fields, named, object } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'

export const sessionReach = z
  .enum(['open', 'private'])
  .describe('`open`: any principal with the scope. `private`: only the owner; for others it does not exist.')

export const sessionInfo = object({
  label: z.string().optional(),
  status: z
    .string()
    .describe("Free text for the caller's own states, such as `active` or `archived`. @defaultValue `active`"),
  tags: z.array(z.string()),
  owner: z
    .string()
    .optional()
    .describe('The principal that created the session. Absent: it has no owner, as sessions from before owners.'),
  reach: sessionReach.optional().describe('Who may find it. Absent: `open`.'),
  data: fields().describe('Any JSON object: what the caller needs besides.'),
}).describe('The description of a session, stored beside its events. Its total size is bounded by `maxInfoBytes`.')

export const sessionRecord = object({
  ...sessionInfo.shape,
  id: z.string(),
  epoch: z.string().describe('Random; another one after the session is deleted and created again.'),
  createdAt: z.number().describe('Milliseconds since 1970.'),
  updatedAt: z.number().describe('Last change of the description, in milliseconds since 1970. Appends do not move it.'),
}).describe('A session as the index knows it.')

export const senderRun = z
  .tuple([named('from', count()), named('to', count()), named('first', count()), named('last', count())])
  .describe(
    'Numbers that are in the log, and where: `from` to `to` are the events `first` to `last`, one each; or one number with several events.',
  )

export const senderRuns = z.array(senderRun).describe('The numbers of one sender that are remembered singly, in order.')

export const senderRecord = object({
  id: z.string(),
  highest: count().describe('The highest number that is in the log, 0 where there is none.'),
  first: count().describe('The first of its events; 0 where there are none.'),
  last: count(),
  floor: count().describe(
    "Up to here nothing is remembered singly: the sender's `done`, or more where the oldest runs were let go.",
  ),
  seen: z.number().describe("Its last contact, in milliseconds of the store's clock."),
  attached: z.boolean().describe('It had a connection.'),
  runs: senderRuns.describe('The numbers above `floor` that are in the log, in order.'),
}).describe('The stored state of one sender of a session.')
