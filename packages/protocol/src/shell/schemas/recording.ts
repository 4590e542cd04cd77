import * as z from 'zod'
import { count, object } from '../../schema-kit.ts'

export const recordingListing = object({
  id: z.string().describe('Of this recording alone.'),
  shellId: z.string(),
  sessionId: z.string(),
  name: z.string().optional().describe('The title of the shell when the recording began.'),
  program: z.string(),
  startedAt: count().describe('Milliseconds since 1970.'),
  endedAt: count().optional().describe('Absent while it is being recorded, and if it is not known.'),
  exitCode: z.number().nullish().describe('Exit code of the program; `null` if it is not known.'),
  input: z.boolean().describe('It contains the input, too.'),
  bytes: count().describe('As a file.'),
  may: z.array(z.enum(['delete'])),
}).describe('A recording of a shell that the principal may see.')

export const recordingList = object({
  recordings: z.array(recordingListing).describe('The newest first.'),
  more: z.boolean().optional().describe('There are more than the answer has room for. Absent where there are not.'),
}).describe('The answer to `GET /recordings`: an addition to the protocol.')
