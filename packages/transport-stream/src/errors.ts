import { type ChannelErrorCode, type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** A code that this package throws or reports. */
export type TransportStreamErrorCode =
  | ChannelErrorCode
  | 'channel/child_exited'
  | 'channel/peer_violation'
  | 'channel/message_too_large'

/** What this package throws or reports beside `CHANNEL_ERRORS`: what it means, and what the caller can do. */
export const TRANSPORT_STREAM_ERRORS: Readonly<
  Record<Exclude<TransportStreamErrorCode, ChannelErrorCode>, { readonly sentence: string; readonly action: string }>
> = {
  'channel/child_exited': {
    sentence: 'The program ended with an exit code other than 0, or by a signal.',
    action: 'Read details.exitCode, details.signal and details.stderr, its last output; start it by hand to see more.',
  },
  'channel/peer_violation': {
    sentence: 'The peer sent something that is not a frame of framed().',
    action: 'Read details.reason. Both ends need framed() and acceptFramed() of the same version.',
  },
  'channel/message_too_large': {
    sentence: 'The peer sent a message that is larger than maxMessageBytes allows, and the channel ended.',
    action: 'Raise maxMessageBytes if such messages are expected; otherwise the message comes again at every connect.',
  },
}

export function streamError(
  code: TransportStreamErrorCode,
  text: string,
  details?: ErrorDetails,
  cause?: unknown,
): HoldfastError {
  return new HoldfastError(code, text, { details, cause })
}
