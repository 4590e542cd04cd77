import { HoldfastError } from '@holdfast/core'

/** Every code of this package: what happened, and what the caller can do. Those of the connection itself are in `@holdfast/core`. */
export const WEBSOCKET_ERRORS = {
  'websocket/closed': {
    sentence: 'It was sent while the socket was closing or closed.',
    action: 'Send before close(), or open it again with reconnect().',
  },
  'websocket/queue_full': {
    sentence: 'As many messages wait as maxEnqueuedMessages allows.',
    action: 'Raise maxEnqueuedMessages, leave it out (bytes are bounded all the same), or send less while away.',
  },
  'websocket/too_much_waits': {
    sentence: 'More bytes wait than maxQueuedBytes allows.',
    action: 'Watch bufferedAmount, or raise maxQueuedBytes.',
  },
  'websocket/unreadable_blob': {
    sentence: 'The bytes of a blob could not be read.',
    action: 'See the cause: the file behind it may have changed or gone. Send it again.',
  },
  'websocket/link_lost': {
    sentence: 'The link ended, or none was opened.',
    action: 'Nothing: a ReconnectingWebSocket dials again by itself; a LinkWebSocket is for whoever does that.',
  },
  'websocket/open_timeout': {
    sentence: 'The link was not open in time.',
    action: 'Look at the network and the server; raise connectionTimeout where the way is slow.',
  },
} as const

export type WebSocketErrorCode = keyof typeof WEBSOCKET_ERRORS

/** An error of this package. `what`: more than its sentence says. */
export function socketError(code: WebSocketErrorCode, what: string = '', cause?: unknown): HoldfastError {
  const { sentence } = WEBSOCKET_ERRORS[code]
  return new HoldfastError(code, [sentence, what].filter((text) => text !== '').join(' '), { cause })
}
