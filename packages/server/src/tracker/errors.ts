/** The meaning of an error code of the tracker, what the caller can do, and its HTTP status. */
export interface TrackerServerErrorRow {
  readonly sentence: string
  readonly action: string
  readonly status: number
}

/** The codes that the tracker's server refuses with. */
export type TrackerServerErrorCode =
  | 'tracker/bad_request'
  | 'tracker/unauthorized'
  | 'tracker/forbidden'
  | 'tracker/not_found'
  | 'tracker/method_not_allowed'
  | 'tracker/too_large'
  | 'tracker/rate_limited'
  | 'tracker/unavailable'
  | 'tracker/internal'

/** Every error code of the tracker's server. */
export const TRACKER_SERVER_ERRORS: Readonly<Record<TrackerServerErrorCode, TrackerServerErrorRow>> = {
  'tracker/bad_request': row('The request is malformed.', 'Correct what the message names.', 400),
  'tracker/unauthorized': row('Credentials are missing or wrong.', 'Send the request with valid ones.', 401),
  'tracker/forbidden': row('The principal may not do this.', 'Ask the operator for the scope `track`.', 403),
  'tracker/not_found': row('There is no such task, chat or path.', 'Check the id.', 404),
  'tracker/method_not_allowed': row(
    'The path does not accept this method.',
    'Use one that the header Allow lists.',
    405,
  ),
  'tracker/too_large': row(
    'The body is larger than allowed.',
    'Send less, or store the content elsewhere and send a reference.',
    413,
  ),
  'tracker/rate_limited': row('Too many wrong tokens came from one address.', 'Correct the token.', 429),
  'tracker/unavailable': row('The log cannot store it now.', 'Try again shortly.', 503),
  'tracker/internal': row('The server failed.', 'Try again later; the cause is in its log.', 500),
}

function row(sentence: string, action: string, status: number): TrackerServerErrorRow {
  return { sentence, action, status }
}
