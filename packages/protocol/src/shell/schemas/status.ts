import * as z from 'zod'
import { count, fields, object } from '../../schema-kit.ts'

const cells = z.int().min(1).max(65_535)
const someText = z.string().min(1)

export const terminalSize = object({ width: cells, height: cells }).describe(
  'The size of a terminal in character cells, each from 1 to 65535. Shell §1.',
)

export const terminalSizing = z
  .enum(['writer', 'smallest'])
  .describe("Whose window decides the size of the terminal: the writer's, or the smallest of all that are attached.")

export const resumeOffer = object({
  v: z.literal(1),
  epoch: someText.describe('Random per shell process. Another epoch under the same id is another shell.'),
  role: z.enum(['writer', 'observer']),
  out: count().describe('Absolute offset of the first STDOUT byte that follows.'),
  live: count().describe(
    'Offset at which the replay ends and live output begins. Bytes below it may have been shown before.',
  ),
  in: count().describe('Stdin bytes of this lease that the server has accepted.'),
  lease: someText.describe('The id of this writing client. Give it again on reconnect.'),
  window: count().describe('How many bytes the client may leave unconsumed before the program is paused.'),
  maxFrame: z.int().min(2).describe('Largest message, the channel byte included.'),
  ring: count().describe('How many bytes of output the server keeps.'),
  size: terminalSize,
  sizing: terminalSizing.optional(),
  stopped: z.boolean().optional().describe('The output was stopped with Ctrl+S, as far as the server can see.'),
  screen: object({ bytes: count() })
    .optional()
    .describe(
      'So many bytes on SCREEN come first. They paint what the terminal shows after the STDOUT byte before `out`.',
    ),
  retainMs: count().describe('For how long the server keeps a detached or ended shell.'),
}).describe("The server's announcement in every confirmation that it supports the resume extension. Shell §5.")

export const shellStatusFrame = object({
  metadata: fields().nullish(),
  status: z.enum(['Success', 'Failure']),
  reason: z.unknown().optional(),
  message: z.unknown().optional(),
  details: object({ causes: z.array(fields()).nullish() }).nullish(),
}).describe('The required members of a STATUS. Other members with a wrong type count as absent. Shell §3.')
