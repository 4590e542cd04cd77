import { type ErrorDetails, HoldfastError } from '@holdfast/contract'
import { messageOf } from '@holdfast/contract/words'

/** Every error code of the engine: what happened, and what the caller can do. */
export const CORE_ERRORS = {
  'connection/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'connection/closed': 'The connection is closed. Call connect() to start again.',
  'connection/suspended': 'suspend() was called before the connection was open. Call connect() to continue.',
  'connection/connect_timeout':
    'The connection was not open within timeoutMs of connect(). Attempts continue until close(). The message names the last failure.',
  'connection/unreachable':
    'There has been no connection for a while; retries continue. The message has the cause and the next attempt. Act only if it names a mistake.',
  'connection/refused':
    'The server refused, and retrying does not help. Remove the cause that the message names, then call connect().',
  'connection/exhausted': 'The allowed number or time of retries is used up. Call connect() to start again.',
  'connection/not_repeated':
    'A request that may have an effect was interrupted and may have arrived. Check at the server; connect() sends it again.',
  'connection/credentials_refused': 'The server refused the credentials. Obtain new ones, then call reauthenticate().',
  'connection/credentials_late':
    'The function for credentials or target took longer than deadlines.prepareMs. Make it faster, or raise the deadline.',
  'delivery/overflow': 'The outbox is full. Slow down, await deliveries, or raise the bound.',
  'delivery/expired':
    'The message expired before it was written. Send it again, with a longer time to live if it should wait.',
  'delivery/cancelled': 'The message was cancelled before it was written. Nothing is needed; sending it again is safe.',
  'delivery/not_sent': 'The message was never written. Sending it again is safe.',
  'delivery/in_doubt':
    'The message was written but not confirmed before the link was lost. It may have arrived: check before you send it again.',
  'delivery/fenced':
    'The session changed while the message was waiting. It was not sent into the new one; send it again if it still applies.',
  'delivery/poison':
    'The peer ended the connection three times because of this message, so it is not sent again. Correct the message.',
  'delivery/too_large':
    'The message is larger than the peer accepts (details.maxBytes). Send less at once, or raise the limit of the peer.',
  'delivery/encode_failed': 'The codec could not encode the message. The cause says why; correct the message.',
  'request/timeout': 'No answer came in time. Ask again, or raise the timeout of the request.',
  'request/dropped':
    'The link was lost before the answer came. Check whether the request had an effect before you ask again.',
  'request/answer_invalid':
    'The answer does not match the schema of the request. Compare the two; asking again gives the same answer.',
  'subscription/too_many':
    'More subscriptions are open than maxCount allows (1000). Close those that are not read, or raise maxCount.',
  'inbox/overflow': 'The consumer is too slow for its bound. Read faster, raise the bound, or choose another policy.',
  'request/reader_blocked':
    'The answer is queued behind 8 MiB of unread messages. Read while you wait, or ask outside the handler.',
  'inbox/slow_handler':
    'A handler has been running for 30 s while messages wait for it. Return sooner, or raise the option concurrency.',
  'inbox/taken': 'The stream already has a consumer, and a stream has only one. Create another stream.',
} as const

export type CoreErrorCode = keyof typeof CORE_ERRORS

/**
 * An error of the engine. The table above stays out of bundles that do not ask for it, so the message is short. `what`: the
 * sentence, or `SENTENCES && sentence`; what is known beside the code is said in every build.
 */
export function coreError(
  code: CoreErrorCode,
  what: string | false,
  options?: { cause?: unknown; details?: ErrorDetails | undefined },
): HoldfastError {
  return new HoldfastError(code, messageOf(code, what), options)
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
