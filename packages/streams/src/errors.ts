import { HoldfastError } from '@holdfast/contract'
import { type ErrorTable, errorTable } from '@holdfast/gate/internals'

/** What an error code of streams means, what the caller can do, and the status of the answer. */
export interface StreamErrorRow {
  readonly sentence: string
  readonly action: string
  readonly status: number
}

/** The codes that streams refuse with. */
export type StreamErrorCode =
  | 'streams/bad_request'
  | 'streams/unauthorized'
  | 'streams/forbidden'
  | 'streams/not_found'
  | 'streams/method_not_allowed'
  | 'streams/conflict'
  | 'streams/gone'
  | 'streams/too_large'
  | 'streams/rate_limited'
  | 'streams/full'
  | 'streams/unavailable'
  | 'streams/internal'

/** Every error code of streams. The statuses are those of the Durable Streams protocol where it names one. */
export const STREAM_ERRORS: Readonly<Record<StreamErrorCode, StreamErrorRow>> = {
  'streams/bad_request': row('The request is malformed.', 'Correct what the message names.', 400),
  'streams/unauthorized': row('Credentials are missing or wrong.', 'Send the request with valid ones.', 401),
  'streams/forbidden': row(
    'The principal may not do this, or a newer epoch of the producer has written.',
    'Ask the operator for the scope. If the producer was replaced, stop it.',
    403,
  ),
  'streams/not_found': row('There is no such stream, or it has expired.', 'Create it, or check the path.', 404),
  'streams/method_not_allowed': row(
    'The stream does not accept this method.',
    'Use one that the header Allow lists.',
    405,
  ),
  'streams/conflict': row(
    'The request does not match the stream: it is closed, has another content type, or has newer data.',
    'Read the headers of the answer, or ask for the state of the stream with HEAD.',
    409,
  ),
  'streams/gone': row(
    'The data at this offset is no longer available.',
    'Start again without an offset, or from the state of the session.',
    410,
  ),
  'streams/too_large': row('The body is larger than allowed.', 'Send it in several requests.', 413),
  'streams/rate_limited': row('Too many requests in a short time.', 'Ask again after the time in Retry-After.', 429),
  'streams/full': row('The stream has reached its limit.', 'Continue in another stream.', 507),
  'streams/unavailable': row(
    'The log does not answer now, or the limit of readers is reached.',
    'Nothing was written. Ask again after the time in Retry-After.',
    503,
  ),
  'streams/internal': row('The server failed.', 'Try again later; the cause is in its log.', 500),
}

/** An error of streams, with the headers that its answer has. */
export class StreamError extends HoldfastError {
  override readonly name = 'StreamError'
  /** What the answer says beside the error. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: StreamErrorCode,
    message: string,
    options: {
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly details?: Readonly<Record<string, unknown>> | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(code, message, options)
    this.headers = options.headers ?? {}
  }
}

const WORDS: ErrorTable = errorTable({
  area: 'streams',
  rows: STREAM_ERRORS,
  others: {
    'log/unknown_session': 'streams/not_found',
    'log/quota': 'streams/unavailable',
    'log/too_large': 'streams/too_large',
    'log/bad_request': 'streams/bad_request',
    'log/unavailable': 'streams/unavailable',
    'log/closed': 'streams/unavailable',
    'hub/not_found': 'streams/not_found',
    'hub/forbidden': 'streams/forbidden',
    'hub/unavailable': 'streams/unavailable',
    'hub/rate_limited': 'streams/rate_limited',
  },
})

/** What went wrong, in the words of streams. */
export const STREAM_ERROR_TABLE: ErrorTable = {
  ...WORDS,
  headers: (error) => (error instanceof StreamError ? error.headers : {}),
}

function row(sentence: string, action: string, status: number): StreamErrorRow {
  return { sentence, action, status }
}
