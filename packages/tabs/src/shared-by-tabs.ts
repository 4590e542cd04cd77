import type { SseEvent, WebSocketFrame } from '@holdfast/core'
import { FRAMES, jsonMessages, type MessageCodec } from './codecs.ts'
import { TabHost } from './host/tab-host.ts'
import { assertOptions, type TabsOptions } from './options.ts'
import { Leadership } from './page/leadership.ts'
import { alone, type HostPlace } from './page/meeting.ts'
import {
  connectionParts,
  type EventsSharedByTabs,
  eventParts,
  type SharedByTabs,
  type SocketSharedByTabs,
  type TabParts,
  tabParts,
} from './page/tab-parts.ts'
import type { TabsPageOptions } from './page/tabs-page.ts'
import { inWorker } from './page/worker-meeting.ts'
import { boundsOf, canShare, newPair, surroundingsOf } from './surroundings.ts'

/** Options of a page beside those of its worker. */
export interface SharedByTabsOptions<In, Out> extends TabsOptions<In, Out> {
  /**
   * Makes the worker that has the connection, whose script calls `serveTabs()`: `(generation) => new SharedWorker(
   * new URL('./worker.js', import.meta.url), { type: 'module', name: 'news ' + generation })`. The generation is 1, and grows where a
   * worker hangs: under the same name the browser returns the same worker, which then is waited for.
   * @defaultValue none: one of the tabs has the connection
   */
  readonly worker?: ((generation: number) => SharedWorker) | undefined
}

/**
 * One connection for all tabs of an origin. `connect` is called in one place at a time: in the worker, where one is given, else in
 * the tab that leads. Each tab has a `Connection` of its own over it, with its own queue, acknowledgements and gaps; when the place
 * is gone, another takes over. Messages are JSON. Where a page has no Web Locks, it has a connection of its own.
 * @throws `tabs/invalid_option`
 */
export function sharedByTabs<In = unknown, Out = unknown>(
  options: SharedByTabsOptions<In, Out>,
): SharedByTabs<In, Out> {
  return connectionParts(options.name, share(options, jsonMessages<In, Out>(), jsonMessages<Out, In>()))
}

/** As {@link sharedByTabs}, for programs that have a WebSocket: messages are the frames as they are. */
export function socketSharedByTabs(options: SharedByTabsOptions<WebSocketFrame, WebSocketFrame>): SocketSharedByTabs {
  return share(options, FRAMES, FRAMES)
}

/** As {@link sharedByTabs}, for programs that have an `EventSource`. */
export function eventsSharedByTabs(options: SharedByTabsOptions<SseEvent, never>): EventsSharedByTabs {
  return eventParts(share(options, jsonMessages<SseEvent, never>(), jsonMessages<never, SseEvent>()))
}

function share<In, Out>(
  options: SharedByTabsOptions<In, Out>,
  codec: MessageCodec<In, Out>,
  hostCodec: MessageCodec<Out, In>,
): TabParts<In, Out> {
  assertOptions(options)
  const { worker, connect } = options
  const surroundings = surroundingsOf(options)
  const newHost = (place: HostPlace): TabHost<In, Out> =>
    new TabHost<In, Out>({ ...place, connect, codec: hostCodec, bounds: boundsOf(options) })
  const pair = (): ReturnType<typeof newPair> => newPair(surroundings.clock)
  const parts = (where: string, meet: TabsPageOptions['meet']): TabParts<In, Out> =>
    tabParts({ options, surroundings, codec, where, meet })
  if (!canShare(surroundings)) return parts('in this page alone', () => alone(newHost, pair))
  if (worker) return parts('in a shared worker', (page) => inWorker(worker, surroundings, page))
  return parts('in the tab that leads', (page) => new Leadership({ ...page, surroundings, newHost, newPair: pair }))
}
