import { count, object } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'

const text = z.string().min(1)

export const hostRecord = object({
  protocol: z.number().describe('Both sides speak the same version of what is between them, or not at all.'),
  version: text.describe('Of the program, for people.'),
  pid: count(),
  socket: text.describe('Path of its Unix socket.'),
  secret: text,
}).describe('Where a shell host answers and what proves to it that a gateway of ours asks. Readable by its owner only.')

export const relayedGrant = object({
  by: z.string(),
  byScopes: z.array(z.string()).optional().describe('Scopes of the creator; older servers do not send them.'),
  isByAdmin: z.boolean().describe('The creator may do everything. Older servers store only this of its rights.'),
  role: z.string(),
  session: z.string().optional(),
  epoch: z.string().optional(),
  shell: z.string().optional(),
}).describe('The grant of a relayed principal.')

export const relayedPrincipal = object({
  id: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.number().optional().describe('Milliseconds since 1970.'),
  grant: relayedGrant.optional(),
}).describe('The principal for which one server sends a request to another.')

export const shellStats = object({ running: count(), attached: count(), ringBytes: count() }).describe(
  'Numbers of a shell host, for metrics.',
)

export const shellSummary = object({
  shellId: z.string(),
  sessionId: z.string(),
  owner: z.string(),
  epoch: z.string(),
  pid: z.number().optional(),
  startedAt: z.number().describe('Milliseconds since 1970.'),
  program: z.string().describe('The program and its arguments, cut after 200 characters.'),
  name: z.string().optional().describe('Given by a person.'),
  title: z.string().optional().describe('Given by the program to its terminal, fit to be shown.'),
  recording: z.string().optional().describe('The id of the recording that is made of it.'),
  hasWriter: z.boolean(),
  attached: count(),
  outputBytes: count(),
  exitCode: z.number().nullish(),
}).describe('The description of one shell.')

export const killAnswer = object({ left: z.array(z.number()) }).describe(
  'What became of a shell that was to end: the process ids that are left.',
)

export const renameAnswer = object({ renamed: z.boolean() }).describe(
  'What became of a shell that was to have a name: false where there is none.',
)

export const shellChangeBody = object({
  name: z.string().nullable().describe('`null` takes it away.'),
}).describe('Body of `PATCH /shells/{shellId}`.')

export const storedRecording = object({
  version: z.literal(1),
  id: text,
  shellId: text,
  sessionId: text,
  owner: z.string().describe('The principal whose shell it is.'),
  name: z.string().optional(),
  program: z.string(),
  startedAt: count().describe('Milliseconds since 1970.'),
  endedAt: count().optional().describe('Absent while it is being made, and where its process ended first.'),
  exitCode: z.number().nullish(),
  input: z.boolean().describe('It contains the input, too.'),
}).describe(
  'What is known of a recording, in `recording.json` of its folder. Its parts are beside it: `0001.cast` and so on.',
)
