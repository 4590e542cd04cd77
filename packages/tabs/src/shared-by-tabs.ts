import type { ClientProtocol, RetryChoice, SseEvent, Transport, WebSocketFrame } from '@holdfast/core'
import { FRAMES, jsonMessages, type MessageCodec } from './codecs.ts'
import { TabHost } from './host/tab-host.ts'
import { assertOptions, type TabsOptions } from './options.ts'
import { PORT_TRAITS } from './page/page-link.ts'
import { type TabProtocol, type TabReady, tabProtocol } from './page/tab-protocol.ts'
import { TabsPage } from './page/tabs-page.ts'
import { boundsOf, surroundingsOf } from './surroundings.ts'

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

/** What a `Connection` of a tab is made of: `new Connection({ ...sharedByTabs(…), onMessage })`. For one connection. */
export interface SharedByTabs<In, Out> {
  readonly transport: Transport
  readonly protocol: TabProtocol<In, Out>
  readonly target: string
  /** Dials to a host in the same browser are not limited in number. */
  readonly retry: RetryChoice
}

/** The same for a `ReconnectingWebSocket`: `new ReconnectingWebSocket(url, [], socketSharedByTabs(…))`. */
export interface SocketSharedByTabs {
  readonly transport: Transport
  readonly wire: ClientProtocol<WebSocketFrame, WebSocketFrame, WebSocketFrame, WebSocketFrame, TabReady>
  readonly retry: RetryChoice
}

/** A host in the same browser is not spared; how soon it is dialed again says the protocol. */
const UNLIMITED: RetryChoice = { limits: [], flapLimits: [] }

/**
 * One connection for all tabs of an origin. `connect` is called in one place at a time: in the worker, where one is given, else in
 * the tab that leads. Each tab has a `Connection` of its own over it, with its own queue, acknowledgements and gaps; when the place
 * is gone, another takes over. Messages are JSON. Where a page has no Web Locks, it has a connection of its own.
 * @throws `tabs/invalid_option`
 */
export function sharedByTabs<In = unknown, Out = unknown>(
  options: SharedByTabsOptions<In, Out>,
): SharedByTabs<In, Out> {
  const { transport, wire } = share(options, jsonMessages<In, Out>(), jsonMessages<Out, In>())
  return { transport, protocol: wire, retry: UNLIMITED, target: `tabs:${encodeURIComponent(options.name)}` }
}

/** As {@link sharedByTabs}, for programs that have a WebSocket: messages are the frames as they are. */
export function socketSharedByTabs(options: SharedByTabsOptions<WebSocketFrame, WebSocketFrame>): SocketSharedByTabs {
  return { ...share(options, FRAMES, FRAMES), retry: UNLIMITED }
}

/** The same for a `ReconnectingEventSource`: `new ReconnectingEventSource(url, eventsSharedByTabs(…))`. */
export interface EventsSharedByTabs {
  readonly transport: Transport<SseEvent, never>
  readonly wire: ClientProtocol<SseEvent, never, SseEvent, never>
  readonly retry: RetryChoice
}

/** As {@link sharedByTabs}, for programs that have an `EventSource`. */
export function eventsSharedByTabs(options: SharedByTabsOptions<SseEvent, never>): EventsSharedByTabs {
  // To an event source what its transport carries are events; both ends are of this package, and write frames.
  const asEvents: unknown = share(options, jsonMessages<SseEvent, never>(), jsonMessages<never, SseEvent>())
  return { ...(asEvents as EventsSharedByTabs), retry: UNLIMITED }
}

function share<In, Out>(
  options: SharedByTabsOptions<In, Out>,
  tabCodec: MessageCodec<In, Out>,
  hostCodec: MessageCodec<Out, In>,
): { transport: Transport; wire: SharedByTabs<In, Out>['protocol'] } {
  assertOptions(options)
  const surroundings = surroundingsOf(options)
  const bounds = boundsOf(options)
  const page = new TabsPage({
    ...{ name: options.name, surroundings, worker: options.worker },
    newHost: (place) => new TabHost<In, Out>({ ...place, connect: options.connect, codec: hostCodec, bounds }),
  })
  return {
    transport: {
      name: `shared by tabs, ${page.where}`,
      traits: PORT_TRAITS,
      liveness: 'none',
      open: (_target, { signal }) => page.open(signal),
    },
    wire: tabProtocol({ tab: page.tab, codec: tabCodec, clock: surroundings.clock, windowBytes: bounds.windowBytes }),
  }
}
