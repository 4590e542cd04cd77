/** The meaning of an error code that all endpoints share, what the caller can do, and its HTTP status. */
export interface ServerErrorRow {
  readonly sentence: string
  readonly action: string
  readonly status: number
}

/** The codes with which every endpoint refuses a request before it looks at its content. */
export type ServerErrorCode =
  | 'server/bad_request'
  | 'server/unauthorized'
  | 'server/forbidden'
  | 'server/not_found'
  | 'server/channel_gone'
  | 'server/method_not_allowed'
  | 'server/too_large'
  | 'server/rate_limited'
  | 'server/unavailable'
  | 'server/bad_peer'
  | 'server/invalid_option'
  | 'server/internal'

/** The error codes that all endpoints share. The hub, shells and the tracker map them to codes of their own. */
export const SERVER_ERRORS: Readonly<Record<ServerErrorCode, ServerErrorRow>> = {
  'server/bad_request': {
    sentence: 'The request is malformed.',
    action: 'Correct what the message names.',
    status: 400,
  },
  'server/unauthorized': {
    sentence: 'Credentials are missing or wrong.',
    action: 'Connect again with valid ones.',
    status: 401,
  },
  'server/forbidden': {
    sentence: 'The origin, the name that was dialed or the principal is not allowed.',
    action: 'Ask the operator for the scope, or to allow the origin that the message names.',
    status: 403,
  },
  'server/not_found': {
    sentence: 'There is nothing at this path.',
    action: 'Check the path.',
    status: 404,
  },
  'server/channel_gone': {
    sentence: 'The request belongs to a channel over HTTP that has ended, or that another process has open.',
    action: 'Connect again. If it happens at once, let the load balancer send all requests of a client to one server.',
    status: 404,
  },
  'server/method_not_allowed': {
    sentence: 'The path does not accept this method.',
    action: 'Use one that the header Allow lists.',
    status: 405,
  },
  'server/too_large': {
    sentence: 'The body is larger than allowed.',
    action: 'Send less, or store the content elsewhere and send a reference.',
    status: 413,
  },
  'server/rate_limited': {
    sentence: 'Too many wrong tokens came from one address.',
    action: 'Correct the token. A valid token is never delayed.',
    status: 429,
  },
  'server/unavailable': {
    sentence: 'The server accepts no more connections now.',
    action: 'Connect again after the time in Retry-After.',
    status: 503,
  },
  'server/bad_peer': {
    sentence: 'The value for a trusted proxy is not an address.',
    action: 'Give an address, a network such as 10.0.0.0/8, loopback or unix.',
    status: 500,
  },
  'server/invalid_option': {
    sentence: 'An option of an endpoint has a value that is not allowed.',
    action: 'Correct what the message names; nothing was started.',
    status: 500,
  },
  'server/internal': {
    sentence: 'The server failed.',
    action: 'Connect again later. The cause is in the log of the server.',
    status: 500,
  },
}

/** The HTTP status of a shared code; 500 for any other. */
export function serverStatusOf(code: string): number {
  const rows: Readonly<Record<string, ServerErrorRow>> = SERVER_ERRORS
  return rows[code]?.status ?? 500
}
