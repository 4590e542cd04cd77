import type { ChannelErrorCode } from '@holdfast/contract'

/** A code that this package throws or reports. */
export type TransportNodeErrorCode = ChannelErrorCode | 'channel/peer_violation' | 'channel/message_too_large'

/** What an error code means, and what the caller can do. */
export interface ErrorRow {
  readonly sentence: string
  readonly action: string
}

/** What this package throws or reports beside `CHANNEL_ERRORS`, with what the caller can do. */
export const TRANSPORT_NODE_ERRORS: Readonly<Record<Exclude<TransportNodeErrorCode, ChannelErrorCode>, ErrorRow>> = {
  'channel/peer_violation': {
    sentence: 'The peer broke the WebSocket protocol, and the channel ended.',
    action: 'Read details.reason; if a proxy is in between, check it.',
  },
  'channel/message_too_large': {
    sentence: 'The peer sent a message that is larger than maxPayloadBytes allows, and the channel ended.',
    action:
      'Raise maxPayloadBytes of the transport if such messages are expected; otherwise the message comes again at every connect.',
  },
}
