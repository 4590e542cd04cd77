import type { ClientProtocol, RetryChoice, SseEvent, Transport, WebSocketFrame } from '@holdfast/core'
import type { MessageCodec } from '../codecs.ts'
import type { TabsBounds } from '../options.ts'
import { boundsOf } from '../surroundings.ts'
import { PORT_TRAITS } from './page-link.ts'
import { type TabProtocol, type TabReady, tabProtocol } from './tab-protocol.ts'
import { TabsPage, type TabsPageOptions } from './tabs-page.ts'

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

/** The same for a `ReconnectingEventSource`: `new ReconnectingEventSource(url, eventsSharedByTabs(…))`. */
export interface EventsSharedByTabs {
  readonly transport: Transport<SseEvent, never>
  readonly wire: ClientProtocol<SseEvent, never, SseEvent, never>
  readonly retry: RetryChoice
}

/** What a tab is made of, whatever it is for. */
export interface TabParts<In, Out> {
  readonly transport: Transport
  readonly wire: TabProtocol<In, Out>
  readonly retry: RetryChoice
}

/** What the parts are made of. */
export interface TabPartsOptions<In, Out> extends Pick<TabsPageOptions, 'surroundings' | 'meet'> {
  readonly options: { readonly name: string } & { readonly [K in keyof TabsBounds]?: number | undefined }
  readonly codec: MessageCodec<In, Out>
  /** Where the connection is, in words. */
  readonly where: string
}

export function tabParts<In, Out>({
  options,
  surroundings,
  codec,
  where,
  meet,
}: TabPartsOptions<In, Out>): TabParts<In, Out> {
  const page = new TabsPage({ name: options.name, surroundings, meet })
  const { windowBytes } = boundsOf(options)
  return {
    transport: {
      name: `shared by tabs, ${where}`,
      traits: PORT_TRAITS,
      liveness: 'none',
      open: (_target, { signal }) => page.open(signal),
    },
    wire: tabProtocol({ tab: page.tab, codec, clock: surroundings.clock, windowBytes }),
    // A host in the same browser is not spared; how soon it is dialed again says the protocol.
    retry: { limits: [], flapLimits: [] },
  }
}

/** For a `Connection`. */
export function connectionParts<In, Out>(
  name: string,
  { transport, wire, retry }: TabParts<In, Out>,
): SharedByTabs<In, Out> {
  return { transport, protocol: wire, retry, target: `tabs:${encodeURIComponent(name)}` }
}

/** For an event source: to it what its transport carries are events; both ends are of this package, and write frames. */
export function eventParts(parts: TabParts<SseEvent, never>): EventsSharedByTabs {
  const asEvents: unknown = parts
  return asEvents as EventsSharedByTabs
}
