import { type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** A code that this package throws or reports. */
export type TransportBrowserErrorCode =
  | 'channel/open_failed'
  | 'channel/unsupported'
  | 'channel/invalid_option'
  | 'channel/already_started'
  | 'channel/invalid_close_code'
  | 'channel/connection_lost'
  | 'channel/close_timeout'
  | 'channel/reader_too_slow'

/** Every code that this package throws or reports: what it means, and what the caller can do. */
export const TRANSPORT_BROWSER_ERRORS: Readonly<
  Record<TransportBrowserErrorCode, { readonly sentence: string; readonly action: string }>
> = {
  'channel/open_failed': {
    sentence: 'The dial did not become a channel.',
    action: 'Dial again. Browsers hide why; classifyDials() finds out more.',
  },
  'channel/unsupported': {
    sentence: 'The runtime cannot do this: request headers, pings, or WebSockets at all.',
    action: 'Carry credentials in the first frame, a subprotocol or the query; in Node.js use transport-node.',
  },
  'channel/invalid_option': {
    sentence: 'An option of the transport is not usable.',
    action: 'Correct the option that the message names.',
  },
  'channel/already_started': {
    sentence: 'start() was called a second time on one channel.',
    action: 'Start a channel once; share its frames above it.',
  },
  'channel/invalid_close_code': {
    sentence: 'The close code may not be sent (RFC 6455 section 7.4).',
    action: 'Use 1000, or 3000 to 4999.',
  },
  'channel/connection_lost': {
    sentence: 'The connection failed under an open channel.',
    action: 'Dial again.',
  },
  'channel/close_timeout': {
    sentence: 'The peer did not finish closing in time, and the socket was given up.',
    action: 'Nothing; raise closeTimeoutMs where the peer is known to be slow.',
  },
  'channel/reader_too_slow': {
    sentence: 'More than maxHeldBytes waited while the channel was paused or not started.',
    action: 'Read faster, or raise maxHeldBytes. What was held is still delivered.',
  },
}

/** An error of this package. The code counts; {@link TRANSPORT_BROWSER_ERRORS} explains it. */
export function errorOf(
  code: TransportBrowserErrorCode,
  message: string,
  options?: { readonly cause?: unknown; readonly details?: ErrorDetails | undefined },
): HoldfastError {
  return new HoldfastError(code, message, options)
}
