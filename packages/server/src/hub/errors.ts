import { HoldfastError } from '@holdfast/contract'
import type { AppendResult } from '@holdfast/log'
import { HUB_CLOSE, type HubCloseName } from '@holdfast/protocol/hub'

/** The meaning of an error code, what the caller can do, and its close code and HTTP status. */
export interface HubErrorRow {
  readonly sentence: string
  readonly action: string
  /** The close code on a WebSocket (hub §5). */
  readonly close: HubCloseName
  /** The HTTP status. */
  readonly status: number
}

/** The codes that the hub throws or refuses with. */
export type HubErrorCode =
  | 'hub/bad_request'
  | 'hub/unauthorized'
  | 'hub/forbidden'
  | 'hub/disconnected'
  | 'hub/not_found'
  | 'hub/method_not_allowed'
  | 'hub/unavailable'
  | 'hub/has_lead'
  | 'hub/stale_driver'
  | 'hub/rate_limited'
  | 'hub/too_large'
  | 'hub/timeout'
  | 'hub/conflict'
  | 'hub/not_offered'
  | 'hub/damaged'
  | 'hub/internal'

/** Every error code of the hub. */
export const HUB_ERRORS: Readonly<Record<HubErrorCode, HubErrorRow>> = {
  'hub/bad_request': row('The request is malformed.', 'Correct what the message names.', 'badRequest', 400),
  'hub/unauthorized': row('Credentials are missing or wrong.', 'Connect again with valid ones.', 'authRequired', 401),
  'hub/forbidden': row('The principal may not do this.', 'Ask the operator for the scope.', 'forbidden', 403),
  'hub/disconnected': row(
    'An operator ended the connection.',
    'Ask the operator before you connect again.',
    'forbidden',
    403,
  ),
  'hub/not_found': row('There is no such session.', 'Check the id, or create it.', 'sessionNotFound', 404),
  'hub/method_not_allowed': row(
    'The path does not accept this method.',
    'Use one that the header Allow lists.',
    'badRequest',
    405,
  ),
  'hub/unavailable': row(
    'The hub is shutting down, or its log does not answer.',
    'Try again shortly.',
    'unavailable',
    503,
  ),
  'hub/has_lead': row('The session already has a lead.', 'Observe it, or end the other lead.', 'sessionHasLead', 409),
  'hub/stale_driver': row('A newer driver took over.', 'Stop; start as a new driver.', 'staleDriver', 409),
  'hub/rate_limited': row('Too many requests at once.', 'Wait, then try again.', 'rateLimited', 429),
  'hub/too_large': row(
    'The message or body is larger than allowed.',
    'Send less, or store the content elsewhere and send a reference.',
    'badRequest',
    413,
  ),
  'hub/timeout': row('The lead did not answer in time.', 'Ask again, or check the lead.', 'unavailable', 504),
  'hub/conflict': row(
    'The name is taken, or the state does not allow it.',
    'Read the session, then decide.',
    'badRequest',
    409,
  ),
  'hub/not_offered': row(
    'Other hubs have this resource; this one does not.',
    'Store it elsewhere; the documentation of the hub lists what is served.',
    'badRequest',
    501,
  ),
  'hub/damaged': row(
    'The stored data of this session is damaged; other sessions are served.',
    'Restore a backup, or remove the session.',
    'internalError',
    500,
  ),
  'hub/internal': row('The hub failed.', 'Try again later; the cause is in its log.', 'internalError', 500),
}

/** An error of the hub. */
export class HubError extends HoldfastError {
  override readonly name = 'HubError'
  declare readonly code: HubErrorCode

  constructor(code: HubErrorCode, message: string, options: ConstructorParameters<typeof HoldfastError>[2] = {}) {
    super(code, message, options)
  }

  get closeCode(): number {
    return HUB_CLOSE[HUB_ERRORS[this.code].close]
  }

  get status(): number {
    return HUB_ERRORS[this.code].status
  }
}

/** Codes that all endpoints share, in the hub's words. */
const OF_GATE: Readonly<Record<string, HubErrorCode>> = {
  'server/bad_request': 'hub/bad_request',
  'server/unauthorized': 'hub/unauthorized',
  'server/forbidden': 'hub/forbidden',
  'server/not_found': 'hub/not_found',
  'server/method_not_allowed': 'hub/method_not_allowed',
  'server/too_large': 'hub/too_large',
  'server/rate_limited': 'hub/rate_limited',
  'server/unavailable': 'hub/unavailable',
}

/** The reason for a session that is closed off; a close frame has room for it. */
const DAMAGED = 'What is stored of this session is damaged; others are served. See the log of the server.'

/** A sentence with the store's own reason, which may be shown to anybody. */
function withReason(sentence: string, reason: unknown): string {
  return typeof reason === 'string' && reason !== '' ? `${sentence}: ${reason}.` : `${sentence}.`
}

/** The error as a `HubError`; any other error becomes the closest one. */
export function asHubError(error: unknown): HubError {
  if (error instanceof HubError) return error
  const code = error instanceof HoldfastError ? error.code : ''
  const own = OF_GATE[code]
  if (own !== undefined && error instanceof HoldfastError) {
    return new HubError(own, error.message, { cause: error, details: error.details })
  }
  if (code === 'log/unknown_session')
    return new HubError('hub/not_found', 'There is no such session.', { cause: error })
  if (code === 'log/damaged') return new HubError('hub/damaged', DAMAGED, { cause: error })
  if (code === 'log/unavailable' || code === 'log/closed' || code === 'log/quota') {
    const reason = error instanceof HoldfastError ? error.details['reason'] : undefined
    return new HubError('hub/unavailable', withReason('The log cannot answer at the moment', reason), { cause: error })
  }
  if (code === 'log/bad_request' || code === 'log/too_large' || code === 'log/bad_event') {
    return new HubError('hub/bad_request', 'The log does not take this.', { cause: error })
  }
  return new HubError('hub/internal', 'The hub failed.', { cause: error })
}

/** The error for an append that did not succeed; undefined where it did. */
export function refusalOf(result: AppendResult): HubError | undefined {
  switch (result.outcome) {
    case 'appended':
    case 'duplicate':
      return undefined
    case 'fenced':
      return new HubError('hub/stale_driver', 'A newer driver leads this session.')
    case 'refused':
      if (result.reason === 'too-large') return new HubError('hub/too_large', 'The message is too large for the log.')
      if (result.reason === 'passed-over') return new HubError('hub/bad_request', 'It was refused before.')
      if (result.reason === 'unknown-session') return new HubError('hub/not_found', 'There is no such session.')
      if (result.reason === 'damaged') return new HubError('hub/damaged', DAMAGED)
      return new HubError('hub/unavailable', 'The session is full.')
    case 'unavailable':
      return new HubError('hub/unavailable', withReason('The log cannot take this now', result.reason))
    default:
      return new HubError('hub/unavailable', 'The log cannot take this now.')
  }
}

function row(sentence: string, action: string, close: HubCloseName, status: number): HubErrorRow {
  return { sentence, action, close, status }
}
