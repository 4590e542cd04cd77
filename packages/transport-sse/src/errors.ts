import { HoldfastError } from '@holdfast/contract'

/** A code that this package throws or reports. */
export type TransportSseErrorCode =
  | 'channel/open_failed'
  | 'channel/invalid_option'
  | 'channel/already_started'
  | 'channel/unsupported'
  | 'channel/stalled'
  | 'channel/event_too_large'
  | 'channel/connection_lost'

/** Every code that this package throws or reports: what it means, and what the caller can do. */
export const TRANSPORT_SSE_ERRORS: Readonly<
  Record<TransportSseErrorCode, { readonly sentence: string; readonly action: string }>
> = {
  'channel/open_failed': {
    sentence: 'The request did not become an event stream.',
    action: 'Read details.status and details.retryAfterMs; a status of 200 means that the answer was no event stream.',
  },
  'channel/invalid_option': {
    sentence: 'An option of the transport is not usable.',
    action: 'Correct the option that the message names.',
  },
  'channel/already_started': {
    sentence: 'start() was called a second time on one channel.',
    action: 'Start a channel once; share its events above it.',
  },
  'channel/unsupported': {
    sentence: 'An event stream only receives.',
    action: 'Send by other requests, or use a WebSocket transport.',
  },
  'channel/stalled': {
    sentence: 'Nothing arrived for stallTimeoutMs, not even a comment.',
    action: 'Dial again; raise stallTimeoutMs where the server sends keep-alives more seldom.',
  },
  'channel/event_too_large': {
    sentence: 'An event, or a line, was longer than maxEventChars.',
    action: 'Raise maxEventChars where such events are expected.',
  },
  'channel/connection_lost': {
    sentence: 'The connection failed under an open stream.',
    action: 'Dial again with Last-Event-ID.',
  },
}

/** What the error says is short on purpose: the code counts, and {@link TRANSPORT_SSE_ERRORS} explains it. */
export function errorOf(code: TransportSseErrorCode, cause?: unknown): HoldfastError {
  return new HoldfastError(code, `event stream: ${code}`, { cause })
}
