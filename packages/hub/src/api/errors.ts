import { type ErrorDetails, HoldfastError } from '@holdfast/core'

/** Every code of {@link HubApi}: what happened, and what the caller can do. */
export const HUB_API_ERRORS = {
  'api/invalid_option': 'An option or argument has a value that is not allowed. Correct it; nothing was sent.',
  'api/unreachable':
    'No answer came. Repeat a request that only reads; for others, check first whether the change was made.',
  'api/timeout': 'The answer took longer than timeoutMs. A change may have been made: check before you repeat it.',
  'api/redirected':
    'The server answered with a redirect. Redirects are not followed with credentials: give the final URL.',
  'api/bad_request': 'The hub does not accept the request. Correct what the message names.',
  'api/unauthorized': 'The hub refused the key. Get a new one.',
  'api/forbidden': 'This key does not allow the request. Ask the operator for the scope.',
  'api/not_found': 'There is no such session for this key. Check the id.',
  'api/conflict': 'The session is in a state that does not allow it. Read it again, then decide.',
  'api/too_large': 'The request or the answer is larger than details.maxBytes. Send or ask for less at once.',
  'api/rate_limited': 'Too many requests. Wait details.retryAfterMs, then try again.',
  'api/unavailable':
    'The hub, or a proxy in front of it, cannot answer now. Try again, after details.retryAfterMs if it is set.',
  'api/refused': 'The server answered with another error. Read details.status and details.serverMessage.',
  'api/invalid_response': 'The answer did not come from a hub. Check the URL.',
} as const

/** A code of {@link HUB_API_ERRORS}. */
export type HubApiErrorCode = keyof typeof HUB_API_ERRORS

/** What is known beside the code. All of it is safe to log. */
export interface HubApiErrorDetails extends ErrorDetails {
  /** HTTP status of the answer. */
  readonly status?: number | undefined
  /** The hub's own code, such as `hub/not_found`. */
  readonly serverCode?: string | undefined
  /** The hub's own sentence. */
  readonly serverMessage?: string | undefined
  /** The delay that the server asks for. In milliseconds. */
  readonly retryAfterMs?: number | undefined
  readonly sessionId?: string | undefined
}

/** An error of {@link HubApi}. Branch on `code`. */
export class HubApiError extends HoldfastError {
  override readonly name = 'HubApiError'
  declare readonly code: HubApiErrorCode
  declare readonly details: HubApiErrorDetails

  constructor(code: HubApiErrorCode, message: string, details: HubApiErrorDetails = {}, cause?: unknown) {
    super(code, message, { details, cause })
  }
}
