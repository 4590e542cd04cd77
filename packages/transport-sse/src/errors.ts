import { type ChannelErrorCode, HoldfastError } from '@holdfast/contract'

/** A code that this package throws or reports. */
export type TransportSseErrorCode =
  | Exclude<ChannelErrorCode, 'channel/invalid_close_code' | 'channel/close_timeout'>
  | 'channel/stalled'
  | 'channel/event_too_large'
  | 'channel/peer_violation'

/** What this package throws or reports beside `CHANNEL_ERRORS`: what it means, and what the caller can do. */
export const TRANSPORT_SSE_ERRORS: Readonly<
  Record<Exclude<TransportSseErrorCode, ChannelErrorCode>, { readonly sentence: string; readonly action: string }>
> = {
  'channel/stalled': {
    sentence: 'Nothing arrived for stallTimeoutMs, not even a comment.',
    action: 'Dial again; raise stallTimeoutMs if the server sends keep-alives less often.',
  },
  'channel/event_too_large': {
    sentence: 'An event, or a line, was longer than maxEventChars.',
    action: 'Raise maxEventChars if such events are expected.',
  },
  'channel/peer_violation': {
    sentence: 'The answer of the server does not carry a WebSocket over HTTP.',
    action: 'Check that overHttp() of the server has the same version, and that no proxy changes its answers.',
  },
}

/** What most errors say is short on purpose: the code counts, and the tables explain it. */
export function errorOf(code: TransportSseErrorCode, cause?: unknown): HoldfastError {
  // This one may be final: it says what to change.
  const what = code === 'channel/event_too_large' ? 'an event is longer than maxEventChars allows' : code
  return new HoldfastError(code, `event stream: ${what}`, { cause })
}
