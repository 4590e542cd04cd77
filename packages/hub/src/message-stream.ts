import type { InboxOptions } from '@holdfast/core'
import type { HubServerMessage } from '@holdfast/protocol/hub'
import { HubClient } from './hub-client.ts'
import type { HubStream } from './hub-stream.ts'
import type { HubOptions } from './options.ts'

/**
 * A session as one loop over WebSocket: connects at the call, ends with the loop. `break`, `return()` and the signal
 * end it at once and free everything.
 * @throws a `HubError`, out of the loop, when it is over for good.
 */
export function subscribeToHub(options: HubOptions & InboxOptions): HubStream<HubServerMessage> {
  const client = new HubClient(options)
  const stream = client.messages(options, () => void client.close({ flushMs: 0 }))
  void client.connect()
  return stream
}
