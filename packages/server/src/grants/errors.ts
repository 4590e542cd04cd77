import { HoldfastError } from '@holdfast/contract'
import { type ErrorTable, errorTable } from '@holdfast/gate/internals'

/** The meaning of an error code of grants, what the caller can do, and its HTTP status. */
export interface GrantErrorRow {
  readonly sentence: string
  readonly action: string
  readonly status: number
}

/** The codes that grants refuse with. */
export type GrantErrorCode =
  | 'grants/bad_request'
  | 'grants/unauthorized'
  | 'grants/forbidden'
  | 'grants/off'
  | 'grants/not_found'
  | 'grants/method_not_allowed'
  | 'grants/too_many'
  | 'grants/rate_limited'
  | 'grants/unavailable'
  | 'grants/internal'

/** Every error code of grants. */
export const GRANT_ERRORS: Readonly<Record<GrantErrorCode, GrantErrorRow>> = {
  'grants/bad_request': row('The request is malformed.', 'Correct what the message names.', 400),
  'grants/unauthorized': row('Credentials are missing or wrong.', 'Send the request with valid ones.', 401),
  'grants/forbidden': row('The principal may not grant this.', 'Grant no more than you may do yourself.', 403),
  'grants/off': row('The operator has switched grants off.', 'Ask the operator of the gateway.', 403),
  'grants/not_found': row('There is no such grant or session.', 'Look at the list of grants.', 404),
  'grants/method_not_allowed': row(
    'The path does not accept this method.',
    'Use one that the header Allow lists.',
    405,
  ),
  'grants/too_many': row('The limit of grants is reached.', 'Revoke those that are not needed.', 429),
  'grants/rate_limited': row('Too many wrong tokens came from one address.', 'Correct the token.', 429),
  'grants/unavailable': row('The log cannot store it now.', 'Try again shortly.', 503),
  'grants/internal': row('The server failed.', 'Try again later; the cause is in its log.', 500),
}

/** An error of grants. */
export function grantError(code: GrantErrorCode, message: string, cause?: unknown): HoldfastError {
  return new HoldfastError(code, message, { cause })
}

/** The error table of grants. */
export const GRANT_ERROR_TABLE: ErrorTable = errorTable({
  area: 'grants',
  rows: GRANT_ERRORS,
  others: {
    'server/too_large': 'grants/bad_request',
    'hub/not_found': 'grants/not_found',
    'hub/forbidden': 'grants/forbidden',
    'hub/unavailable': 'grants/unavailable',
    'log/unavailable': 'grants/unavailable',
  },
})

function row(sentence: string, action: string, status: number): GrantErrorRow {
  return { sentence, action, status }
}
