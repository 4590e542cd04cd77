import type { InboxOptions } from '@holdfast/core'
import type { HubStream } from './hub-stream.ts'
import { HubObserver } from './observer.ts'
import type { HubSseEvent } from './observer-protocol.ts'
import type { HubObserverOptions } from './options.ts'

/**
 * A session as one loop over server-sent events: connects at the call, ends with the loop. `break`, `return()` and the
 * signal end it at once and free everything.
 * @throws a `HubError`, out of the loop, when the stream is over for good.
 */
export function observeHub(options: HubObserverOptions & InboxOptions): HubStream<HubSseEvent> {
  const observer = new HubObserver(options)
  const stream = observer.messages(options, () => void observer.close())
  void observer.connect()
  return stream
}
