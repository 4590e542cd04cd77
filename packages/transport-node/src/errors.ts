/** A code that this package throws or reports. */
export type TransportNodeErrorCode =
  | 'channel/open_failed'
  | 'channel/invalid_option'
  | 'channel/already_started'
  | 'channel/invalid_close_code'
  | 'channel/peer_violation'
  | 'channel/connection_lost'
  | 'channel/close_timeout'

/** What an error code means, and what the caller can do. */
export interface ErrorRow {
  readonly sentence: string
  readonly action: string
}

/** Every error code that this package throws or reports, with what the caller can do. */
export const TRANSPORT_NODE_ERRORS: Readonly<Record<TransportNodeErrorCode, ErrorRow>> = {
  'channel/open_failed': {
    sentence: 'The dial did not become a channel.',
    action: 'Read details.status, details.retryAfterMs and details.syscallCode; dial again where they allow it.',
  },
  'channel/invalid_option': {
    sentence: 'An option of the transport is not usable.',
    action: 'Correct the option that details.option names.',
  },
  'channel/already_started': {
    sentence: 'start() was called a second time on one channel.',
    action: 'Start a channel once; share its frames above it.',
  },
  'channel/invalid_close_code': {
    sentence: 'The close code may not be sent (RFC 6455 section 7.4).',
    action: 'Use 1000 to 1003, 1007 to 1014, or 3000 to 4999.',
  },
  'channel/peer_violation': {
    sentence: 'The peer broke the WebSocket protocol or a limit, and the channel ended.',
    action: 'See details.reason; raise maxPayloadBytes where larger messages are expected.',
  },
  'channel/connection_lost': {
    sentence: 'The connection failed under an open channel.',
    action: 'Dial again; details.syscallCode has the system error.',
  },
  'channel/close_timeout': {
    sentence: 'The peer did not finish closing in time, and the socket was terminated.',
    action: 'Nothing; raise closeTimeoutMs where the peer is known to be slow.',
  },
}
