import * as z from 'zod'
import { count, object } from '../../schema-kit.ts'
import { SHELL_SIGNALS } from '../signals.ts'
import { terminalSize } from './status.ts'

const lease = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .meta({ title: 'lease', description: 'The opaque id of one writing client. It identifies, it authorises nothing.' })

const hello = object({
  type: z.literal('hello'),
  lease,
  in: count().describe("The offset at which the client's unacknowledged input begins."),
  instance: lease.optional(),
}).describe('Comes first, and switches the extension on for this connection.')

export const shellSignal = z.enum(SHELL_SIGNALS).describe('A signal for the foreground program.')

export const clientControl = z
  .discriminatedUnion('type', [
    hello,
    object({ type: z.literal('takeover') }).describe('Become the writer.'),
    object({ type: z.literal('detach') }).describe('Leave at once; the shell lives on.'),
    object({ type: z.literal('signal'), name: shellSignal }).describe(
      'To the program in the foreground, past everything that waits on STDIN.',
    ),
    object({ type: z.literal('snapshot') }).describe(
      'Attach again on this connection, from the beginning of the ring: a confirmation and the replay follow.',
    ),
  ])
  .describe('client → server on CTRL. Shell §5.')

export const serverControl = z
  .discriminatedUnion('type', [
    object({ type: z.literal('gap'), from: count(), to: count() }).describe(
      'STDOUT continues at `to`; the bytes from `from` are lost.',
    ),
    object({ type: z.literal('resized'), size: terminalSize }).describe('The size of the terminal was changed.'),
    object({ type: z.literal('screen'), at: count(), bytes: count(), size: terminalSize }).describe(
      'STDOUT continues at `at`. So many bytes on SCREEN come first: they paint what the terminal shows there.',
    ),
    object({ type: z.literal('role'), role: z.enum(['writer', 'observer']) }).describe(
      "This connection's role from now on.",
    ),
    object({
      type: z.literal('exit'),
      code: count().nullable(),
      signal: z.string().nullable(),
      at: z.number(),
    }).describe('How and when (ms since 1970) the program ended; `code` as in STATUS.'),
    object({ type: z.literal('error'), code: z.string(), message: z.string() }).describe('Something went wrong.'),
  ])
  .describe('server → client on CTRL, only after `hello`. Shell §5.')
