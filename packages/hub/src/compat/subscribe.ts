import type { HubServerMessage } from '@holdfast/protocol/hub'
import { asSocketError } from './error.ts'
import { publishedIterator } from './iterator.ts'
import { CoderHubWebSocketClient, type CoderHubWebSocketOptions } from './web-socket.ts'

/**
 * The published iterator form: connects at the first `next()` and yields the hub's messages. Ends where the published
 * one ends (a final close of a usable connection, or any with `autoReconnect: false`) and throws what else is final.
 */
export function subscribeToCoderHub(
  options: CoderHubWebSocketOptions,
): AsyncGenerator<HubServerMessage, void, unknown> {
  let hub: CoderHubWebSocketClient | undefined
  return publishedIterator({
    open: () => {
      const opened = new CoderHubWebSocketClient({ ...options, onMessage: undefined })
      hub = opened
      const stream = opened.client.messages({}, () => void opened.client.close({ flushMs: 0 }))
      opened.connect()
      return stream
    },
    failure: (error) => {
      const failure = asSocketError(error, hub?.sessionId)
      const isSpent = failure.code === 'max_reconnects_exceeded' && options.autoReconnect === false
      const isClose = failure.closeCode !== undefined && failure.code === 'connection_error'
      return isSpent || (isClose && hub?.wasReady === true) ? undefined : failure
    },
  })
}
