import { type ErrorDetails, HoldfastError } from '@holdfast/core'
import type { ProblemKind } from '@holdfast/core/client'

/** Every code of this package: what happened, and what the caller can do. Engine codes (`delivery/*`, `request/*`) pass as they are. */
export const SESSIONS_ERRORS = {
  'sessions/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'sessions/unauthorized': 'The server refused the token. Obtain another one, then call connect().',
  'sessions/not_found': 'The session does not exist, or did not come back in time. Check the id, then call connect().',
  'sessions/refused':
    'The server refused permanently. Read details.status or details.closeCode, and correct what they name.',
  'sessions/gave_up': 'The retries of this outage are used up. Call connect() or reconnect() to start again.',
  'sessions/unreachable':
    'There has been no connection for a while; retries continue. The message has the cause and the next attempt. Act only if it names a mistake.',
  'sessions/control_failed':
    'The session answered the control request with an error. The message says why; correct the request.',
  'sessions/invalid_message':
    'A frame or message could not be read. It was skipped, and the client goes on. Check that both sides have the same version.',
  'sessions/callback_failed':
    'A callback of the application threw an error, which is the cause. The client goes on; mend the callback.',
} as const

export type SessionsErrorCode = keyof typeof SESSIONS_ERRORS

/** What is known beside the code. All of it is safe to log. */
export interface SessionsErrorDetails extends ErrorDetails {
  readonly sessionId?: string | undefined
  readonly closeCode?: number | undefined
  readonly closeReason?: string | undefined
  /** HTTP status of a refused dial. */
  readonly status?: number | undefined
  /** The control request concerned. */
  readonly requestId?: string | undefined
}

/** An error of a session subscription. Branch on `code`; the engine's error is the `cause`. */
export class SessionsError extends HoldfastError {
  override readonly name = 'SessionsError'
  declare readonly code: SessionsErrorCode
  declare readonly details: SessionsErrorDetails

  constructor(code: SessionsErrorCode, message: string, details: SessionsErrorDetails = {}, cause?: unknown) {
    super(code, message, { details, cause })
  }
}

/** The error that ended a subscription, as a `SessionsError`. */
export function asSessionsError(error: unknown): SessionsError {
  if (error instanceof SessionsError) return error
  const message = error instanceof Error ? error.message : 'The subscription failed.'
  const isSpent = error instanceof HoldfastError && error.code === 'connection/exhausted'
  const code = isSpent ? 'sessions/gave_up' : 'sessions/refused'
  return new SessionsError(code, message, error instanceof HoldfastError ? error.details : {}, error)
}

/** What harms one message, callback or attempt alone. */
export function sessionsProblem(kind: ProblemKind, message: string, cause: unknown): SessionsError {
  return new SessionsError(`sessions/${kind}`, message, {}, cause)
}
