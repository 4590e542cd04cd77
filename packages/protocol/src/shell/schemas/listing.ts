import * as z from 'zod'
import { count, object } from '../../schema-kit.ts'

export const shellPermission = z
  .enum(['write', 'takeover', 'kill'])
  .describe('The rights for a shell, in addition to observing.')

export const shellListing = object({
  shellId: z.string(),
  sessionId: z.string(),
  program: z.string().describe('The program and its arguments, cut after 200 characters; empty where it is not known.'),
  name: z
    .string()
    .optional()
    .describe('Given by a person: at creation, or later with PATCH. 1 to 100 visible characters.'),
  title: z
    .string()
    .optional()
    .describe('The title that the program gave to its terminal (OSC 0, OSC 2): cut after 200 visible characters.'),
  startedAt: count().describe('Milliseconds since 1970.'),
  running: z.boolean(),
  exitCode: z.number().nullish().describe('Absent while it runs; `null` if it is not known.'),
  hasWriter: z.boolean().describe('It has a writer.'),
  attached: count().describe('Its clients, the writer among them.'),
  outputBytes: count().describe('Everything that it has printed.'),
  recording: z.string().optional().describe('The id of the recording that is made of it. Absent where none is.'),
  may: z.array(shellPermission),
}).describe('A shell that the principal may see.')

export const shellList = object({
  shells: z.array(shellListing).describe('The newest first.'),
  unreachable: count()
    .optional()
    .describe('Servers of a cluster that did not answer: their shells are missing here. Absent where all did.'),
  more: z
    .boolean()
    .optional()
    .describe('There are more shells than the answer has room for. Absent where there are not.'),
  full: z
    .string()
    .optional()
    .describe(
      'Why a new shell of this client would be refused for want of room, in a sentence. Absent where there is room.',
    ),
}).describe('The answer to `GET /shells` without a `shellId`: an addition to the protocol.')
