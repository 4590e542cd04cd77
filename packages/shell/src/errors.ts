import { type ErrorDetails, HoldfastError } from '@holdfast/core'
import type { ProblemKind } from '@holdfast/core/client'

/** Every error code of the shell client: what happened, and what the caller can do. */
export const SHELL_SESSION_ERRORS = {
  'shell/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'shell/invalid_checkpoint': 'The checkpoint is not one of this version. Attach without it.',
  'shell/not_connected': 'The session was not connected yet. Call connect() first.',
  'shell/connected': 'The session is connected, or connects already. Wait for it, or close it.',
  'shell/ended': 'The session has ended. `result` says how; make a new session to attach again.',
  'shell/input_rejected': 'The shell that the input was meant for is gone. It was not typed into the new one.',
  'shell/input_in_doubt': 'The link was lost before the server confirmed the input. It may have been typed.',
  'shell/input_overflow': 'Too many send() calls wait at once. Await them.',
  'shell/read_only': 'This connection only observes. Call takeover(), or attach as a writer.',
  'shell/unsupported': 'The server does not have the resume extension that this needs.',
  'shell/taken': 'The session is being iterated already. One session has one reader.',
  'shell/kicked': 'Another client took the shell.',
  'shell/closed': 'The server ended the connection without saying how the program ended.',
  'shell/refused': 'The server refused for good. Retrying does not help until the cause is removed.',
  'shell/unauthorized': 'The credentials were refused. Fresh ones may help, once; then sign in again.',
  'shell/forbidden':
    'These credentials, or this origin, may not do that. Ask the operator for the scope, or to allow the origin.',
  'shell/not_found': 'There is no such shell for these credentials. Check the id; shells of others are not visible.',
  'shell/conflict': 'Another client writes to the shell. Attach as an observer, or take it over.',
  'shell/expired': 'The shell was detached for too long, or its connection has expired.',
  'shell/too_slow': 'This client read too slowly and was disconnected. Read faster.',
  'shell/unreachable':
    'The server cannot be reached. As a problem: it is tried again, and nothing has to be done unless it names a mistake. As an ending: the time or the attempts allowed are spent.',
  'shell/invalid_message': 'A frame could not be read. It was skipped and the stream goes on.',
  'shell/message_refused': 'The server refused a message of this client. The message says why; the session goes on.',
  'shell/callback_failed': 'A callback of the application threw. Nothing else was harmed.',
  'shell/protocol_error': 'The two sides do not understand each other. Check that both speak the same version.',
} as const

/** A code of {@link SHELL_SESSION_ERRORS}. */
export type ShellSessionErrorCode = keyof typeof SHELL_SESSION_ERRORS

/** An error of this package. */
export class ShellSessionError extends HoldfastError {
  override readonly name = 'ShellSessionError'
  declare readonly code: ShellSessionErrorCode

  constructor(
    code: ShellSessionErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly details?: ErrorDetails | undefined },
  ) {
    super(code, message, options)
  }
}

/** What harms one frame, callback or attempt alone. */
export function shellProblem(kind: ProblemKind, message: string, cause: unknown): ShellSessionError {
  return new ShellSessionError(`shell/${kind}`, message, { cause })
}
