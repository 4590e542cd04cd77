import { type ErrorDetails, HoldfastError } from '@holdfast/core'
import type { ProblemKind } from '@holdfast/core/client'
import { messageOf } from '@holdfast/core/words'

/** Every error code of the shell client: what happened, and what the caller can do. */
export const SHELL_SESSION_ERRORS = {
  'shell/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'shell/invalid_checkpoint': 'The checkpoint is not one of this version. Attach without it.',
  'shell/not_connected': 'The session is not connected yet. Call connect() first.',
  'shell/connected': 'The session is connected or connecting. Wait for it, or close it first.',
  'shell/ended': 'The session has ended. `result` says how; create a new session to attach again.',
  'shell/input_rejected':
    'The shell that the input was for has ended. The input was not sent to the new one; send it again if it fits there.',
  'shell/input_in_doubt':
    'The link was lost before the server confirmed the input. It may have arrived: look at the screen before you repeat it.',
  'shell/input_overflow': 'Too many calls of send() are waiting. Await each before the next.',
  'shell/read_only': 'This connection only observes. Call takeover(), or attach as a writer.',
  'shell/unsupported': 'The server does not support the resume extension, which this needs. Use a server that does.',
  'shell/taken': 'The session already has a reader, and a session has only one. End that loop first.',
  'shell/kicked': 'Another client took over the shell. Attach again, then call takeover() to take it back.',
  'shell/closed':
    'The server ended the connection without an exit code of the program. Attach again to see whether the shell still runs.',
  'shell/refused':
    'The server refused, and retrying does not help. Remove the cause that the message names, then attach again.',
  'shell/unauthorized': 'The credentials were refused. Try once with new credentials, then sign in again.',
  'shell/forbidden':
    'These credentials, or this origin, do not allow this. Ask the operator for the scope, or to allow the origin.',
  'shell/not_found': 'There is no such shell for these credentials. Check the id; shells of others are not visible.',
  'shell/conflict': 'Another client writes to the shell. Attach as an observer, or take it over.',
  'shell/expired':
    'The shell was detached for longer than the server keeps it, or the connection has expired. Start a new shell.',
  'shell/too_slow': 'This client read too slowly and was disconnected. Read faster.',
  'shell/unreachable':
    'The server cannot be reached. As a problem: retries continue; act only if the message names a mistake. As an ending: the allowed time or attempts are used up; attach again later.',
  'shell/invalid_message':
    'A frame could not be read. It was skipped, and the client goes on. Check that both sides have the same version.',
  'shell/message_refused':
    'The server refused a message of this client, and the session goes on. The text says why; correct what it names.',
  'shell/callback_failed':
    'A callback of the application threw an error, which is the cause. The client goes on; mend the callback.',
  'shell/protocol_error': 'Client and server do not understand each other. Check that both have the same version.',
} as const

/** A code of {@link SHELL_SESSION_ERRORS}. */
export type ShellSessionErrorCode = keyof typeof SHELL_SESSION_ERRORS

/** An error of this package. */
export class ShellSessionError extends HoldfastError {
  override readonly name = 'ShellSessionError'
  declare readonly code: ShellSessionErrorCode

  constructor(
    code: ShellSessionErrorCode,
    /** A sentence, or what is known beside the code. */
    message: string | false,
    options?: { readonly cause?: unknown; readonly details?: ErrorDetails | undefined },
  ) {
    super(code, messageOf(code, message), options)
  }
}

/** What harms one frame, callback or attempt alone. */
export function shellProblem(kind: ProblemKind, message: string, cause: unknown): ShellSessionError {
  return new ShellSessionError(`shell/${kind}`, message, { cause })
}
