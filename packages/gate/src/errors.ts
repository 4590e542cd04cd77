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
    action: 'Dial with valid ones.',
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
    sentence: 'The request is for a channel over HTTP that is over, or is open at another process.',
    action: 'Dial again. Where it happens at once, have the balancer send all requests of a client to one server.',
    status: 404,
  },
  'server/method_not_allowed': {
    sentence: 'The path takes other methods.',
    action: 'Look at Allow.',
    status: 405,
  },
  'server/too_large': {
    sentence: 'The body is larger than allowed.',
    action: 'Keep the content elsewhere.',
    status: 413,
  },
  'server/rate_limited': {
    sentence: 'Too many wrong tokens from one address.',
    action: 'Correct the token. A right one is never held up.',
    status: 429,
  },
  'server/unavailable': {
    sentence: 'The server takes no more connections now.',
    action: 'Dial again after Retry-After.',
    status: 503,
  },
  'server/bad_peer': {
    sentence: 'What is to be trusted as a proxy is no address.',
    action: 'Give an address, a network such as 10.0.0.0/8, loopback or unix.',
    status: 500,
  },
  'server/internal': {
    sentence: 'The server failed.',
    action: 'Dial again later; the cause is in the log of the server.',
    status: 500,
  },
}

/** The HTTP status of a shared code; 500 for any other. */
export function serverStatusOf(code: string): number {
  const rows: Readonly<Record<string, ServerErrorRow>> = SERVER_ERRORS
  return rows[code]?.status ?? 500
}
