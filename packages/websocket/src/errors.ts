import { HoldfastError } from '@holdfast/core'
import { messageOf } from '@holdfast/core/words'

/** What happened. Apart from what to do about it, which stays out of bundles that do not ask for the table below. */
const SENTENCE_OF = {
  'websocket/closed': 'The message was sent while the socket was closing or closed.',
  'websocket/queue_full': 'The queue has reached maxEnqueuedMessages.',
  'websocket/too_much_waits': 'The queue has reached maxQueuedBytes.',
  'websocket/unreadable_blob': 'The bytes of a blob could not be read.',
  'websocket/link_lost': 'The link ended, or could not be opened.',
  'websocket/open_timeout': 'The link was not open in time.',
} as const

export type WebSocketErrorCode = keyof typeof SENTENCE_OF

interface Explanation {
  readonly sentence: string
  readonly action: string
}

/** Every code of this package: what happened, and what the caller can do. Those of the connection itself are in `@holdfast/core`. */
export const WEBSOCKET_ERRORS: Readonly<Record<WebSocketErrorCode, Explanation>> = /* @__PURE__ */ withActions({
  'websocket/closed': 'Send before close(), or open it again with reconnect().',
  'websocket/queue_full':
    'Raise or omit maxEnqueuedMessages (maxQueuedBytes still applies), or send less while disconnected.',
  'websocket/too_much_waits': 'Wait until bufferedAmount falls, or raise maxQueuedBytes.',
  'websocket/unreadable_blob': 'Read the cause: its file may have changed or been deleted. Send it again.',
  'websocket/link_lost':
    'Nothing for a ReconnectingWebSocket, which connects again by itself; create another LinkWebSocket.',
  'websocket/open_timeout': 'Check the network and the server, or raise connectionTimeout if the network is slow.',
})

function withActions(actions: Readonly<Record<WebSocketErrorCode, string>>): Record<WebSocketErrorCode, Explanation> {
  const row = (code: WebSocketErrorCode): Explanation => ({ sentence: SENTENCE_OF[code], action: actions[code] })
  return {
    'websocket/closed': row('websocket/closed'),
    'websocket/queue_full': row('websocket/queue_full'),
    'websocket/too_much_waits': row('websocket/too_much_waits'),
    'websocket/unreadable_blob': row('websocket/unreadable_blob'),
    'websocket/link_lost': row('websocket/link_lost'),
    'websocket/open_timeout': row('websocket/open_timeout'),
  }
}

/** An error of this package. `what`: more than its sentence says. */
export function socketError(code: WebSocketErrorCode, what: string = '', cause?: unknown): HoldfastError {
  return new HoldfastError(code, messageOf(code, [SENTENCE_OF[code], what].filter((text) => text !== '').join(' ')), {
    cause,
  })
}
