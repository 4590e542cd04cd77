import type { ChannelErrorCode } from '@holdfast/contract'

/** A code that this package throws or reports. */
export type TransportNodeErrorCode = ChannelErrorCode | 'channel/peer_violation'

/** What an error code means, and what the caller can do. */
export interface ErrorRow {
  readonly sentence: string
  readonly action: string
}

/** What this package throws or reports beside `CHANNEL_ERRORS`, with what the caller can do. */
export const TRANSPORT_NODE_ERRORS: Readonly<Record<Exclude<TransportNodeErrorCode, ChannelErrorCode>, ErrorRow>> = {
  'channel/peer_violation': {
    sentence: 'The peer broke the WebSocket protocol or a limit, and the channel ended.',
    action: 'See details.reason; raise maxPayloadBytes where larger messages are expected.',
  },
}
