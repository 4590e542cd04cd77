import { type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** Every error code of the engine: what happened, and what the caller can do. */
export const CORE_ERRORS = {
  'connection/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'connection/closed': 'The connection is closed. Call connect() to start again.',
  'connection/suspended': 'suspend() was called before it was open. Call connect() to go on.',
  'connection/connect_timeout':
    'It was not open in the time that connect() was given. It goes on trying; close() ends it. Read what the message says of the last failure.',
  'connection/unreachable':
    'There is no connection for a while, and it is tried again. The message says why and when; nothing has to be done unless it names a mistake.',
  'connection/refused': 'The server refused for good. Retrying does not help until the cause is removed.',
  'connection/exhausted': 'The allowed number or time of retries is spent. Call connect() for a fresh start.',
  'connection/not_repeated':
    'A request that may have an effect was cut, and it may have arrived. Look at the server whether it did; connect() makes it again.',
  'connection/credentials_refused': 'The server refused the credentials. Obtain new ones, then call reauthenticate().',
  'connection/credentials_late':
    'The function for credentials or target took longer than deadlines.prepareMs. Make it faster, or raise the deadline.',
  'delivery/overflow': 'The outbox is full. Slow down, await deliveries, or raise the bound.',
  'delivery/expired': 'The message was not written before it expired.',
  'delivery/cancelled': 'The message was cancelled before it was written.',
  'delivery/not_sent': 'The message was never written. Sending it again is safe.',
  'delivery/in_doubt': 'The message was written but not confirmed before the link was lost. It may have arrived.',
  'delivery/fenced': 'The session changed while the message was waiting. It was not sent into the new one.',
  'delivery/poison': 'The peer ended the connection three times over this message. It is not sent again.',
  'delivery/too_large':
    'The message is larger than the peer takes (details.maxBytes, which it told). Send less at once, or raise its limit.',
  'delivery/encode_failed': 'The codec could not encode the message.',
  'request/timeout': 'No answer came in time.',
  'request/dropped': 'The link was lost before the answer came.',
  'request/answer_invalid':
    'The answer came and does not fit the schema that the request was given. Compare the two; asking again gives the same.',
  'subscription/too_many':
    'More subscriptions are open than the rules allow (maxCount, 1000). Leave those that are not read, or raise it.',
  'inbox/overflow': 'The consumer is too slow for its bound. Read faster, raise the bound, or choose another policy.',
  'request/reader_blocked':
    'The answer lies behind 8 MiB of messages that nobody reads. Read while you wait, or ask outside the handler.',
  'inbox/slow_handler':
    'A handler has been at work for 30 s and messages wait for it. Return sooner, or raise option concurrency.',
  'inbox/taken': 'The stream is being read already. One stream has one consumer; ask for another stream.',
} as const

export type CoreErrorCode = keyof typeof CORE_ERRORS

/** An error of the engine. The table above stays out of bundles that do not ask for it, so the message is short. */
export function coreError(
  code: CoreErrorCode,
  what: string,
  options?: { cause?: unknown; details?: ErrorDetails | undefined },
): HoldfastError {
  return new HoldfastError(code, what, options)
}

/**
 * Throw it from a credentials or target function to report that credentials were refused, rather than that the call
 * failed: the connection parks in `authRequired`.
 */
export class CredentialsRefused extends HoldfastError {
  override readonly name = 'CredentialsRefused'

  constructor(message: string = 'The server refused the credentials.', options: { cause?: unknown } = {}) {
    super('connection/credentials_refused', message, options)
  }
}
