import { type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** The error codes of a session log: what each means, and what the caller can do. */
export const LOG_ERRORS = {
  'log/unknown_session': 'The session does not exist, or no longer exists. Create it, or report this to the client.',
  'log/unavailable':
    'The store cannot answer at the moment. Nothing was changed; try again after details.retryAfterMs.',
  'log/damaged':
    'The stored data of this session cannot be read; other sessions are served. Restore a backup, or remove the session.',
  'log/too_large': 'A snapshot or description is larger than its limit. Store the content elsewhere and refer to it.',
  'log/quota': 'The log has reached its limit of sessions. Remove some, or raise the limit.',
  'log/bad_event': 'An event has no JSON form, or its id, kind or time is not valid. Correct the event.',
  'log/bad_request': 'An argument is out of its range. Correct the call.',
  'log/closed': 'The log was closed. Open another one.',
} as const

export type LogErrorCode = keyof typeof LOG_ERRORS

/** An error of a session log. */
export class LogError extends HoldfastError {
  override readonly name = 'LogError'

  constructor(code: LogErrorCode, message: string, details?: ErrorDetails, cause?: unknown) {
    super(code, message, { details, cause })
  }
}

/** Whether an error is a log's, with one of these codes. */
export function isLogError(error: unknown, ...codes: readonly LogErrorCode[]): boolean {
  return error instanceof HoldfastError && codes.some((code) => code === error.code)
}
