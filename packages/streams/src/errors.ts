import { HoldfastError } from '@holdfast/contract'
import { type ErrorTable, errorTable } from '@holdfast/gate/internals'

/** What an error code of streams means, what the caller can do, and the status that tells it. */
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
  'streams/unauthorized': row('Credentials are missing or wrong.', 'Ask with valid ones.', 401),
  'streams/forbidden': row(
    'The principal may not do this, or a newer epoch of the producer has written.',
    'Ask the operator for the scope; a producer that was replaced stops.',
    403,
  ),
  'streams/not_found': row('There is no such stream, or it has expired.', 'Create it, or check the path.', 404),
  'streams/method_not_allowed': row('The stream takes other methods.', 'Look at Allow.', 405),
  'streams/conflict': row(
    'The stream is another one than the request takes it for: closed, of another content type, or further on.',
    'Look at the headers of the answer, and ask for the stream with HEAD.',
    409,
  ),
  'streams/gone': row(
    'What is at this offset cannot be had any more.',
    'Begin anew: with no offset, or with the state of the session.',
    410,
  ),
  'streams/too_large': row('The body is larger than allowed.', 'Send it in several requests.', 413),
  'streams/rate_limited': row('Too much in a short time.', 'Ask again after Retry-After.', 429),
  'streams/full': row('The stream holds as much as it may.', 'Go on in another stream.', 507),
  'streams/unavailable': row(
    'The log cannot answer now, or there are as many readers as there may be.',
    'Ask again after Retry-After: nothing was written.',
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
