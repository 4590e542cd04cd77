import { HoldfastError } from '@holdfast/core'

/** Every code of this package: what happened, and what the caller can do. Those of the connection itself are in `@holdfast/core`. */
export const WEBSOCKET_ERRORS = {
  'websocket/closed': {
    sentence: 'The message was sent while the socket was closing or closed.',
    action: 'Send before close(), or open it again with reconnect().',
  },
  'websocket/queue_full': {
    sentence: 'The queue has reached maxEnqueuedMessages.',
    action: 'Raise or omit maxEnqueuedMessages (maxQueuedBytes still applies), or send less while disconnected.',
  },
  'websocket/too_much_waits': {
    sentence: 'The queue has reached maxQueuedBytes.',
    action: 'Wait until bufferedAmount falls, or raise maxQueuedBytes.',
  },
  'websocket/unreadable_blob': {
    sentence: 'The bytes of a blob could not be read.',
    action: 'Read the cause: its file may have changed or been deleted. Send it again.',
  },
  'websocket/link_lost': {
    sentence: 'The link ended, or could not be opened.',
    action: 'Nothing for a ReconnectingWebSocket, which connects again by itself; create another LinkWebSocket.',
  },
  'websocket/open_timeout': {
    sentence: 'The link was not open in time.',
    action: 'Check the network and the server, or raise connectionTimeout if the network is slow.',
  },
} as const

export type WebSocketErrorCode = keyof typeof WEBSOCKET_ERRORS

/** An error of this package. `what`: more than its sentence says. */
export function socketError(code: WebSocketErrorCode, what: string = '', cause?: unknown): HoldfastError {
  const { sentence } = WEBSOCKET_ERRORS[code]
  return new HoldfastError(code, [sentence, what].filter((text) => text !== '').join(' '), { cause })
}
