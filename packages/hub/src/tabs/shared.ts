import type {
  ClientProtocol,
  Connection,
  HandshakeResult,
  RetryChoice,
  Transport,
  WebSocketFrame,
} from '@holdfast/core'

/** A place in the history of a session. */
export interface SharedHubPosition {
  readonly epoch: string
  readonly seq: number
}

/** A tab that sends something. */
export interface HubTab<In> {
  readonly id: string
  /** The message may be written once only. */
  readonly once: boolean
  give(message: In, to: 'it' | 'others'): void
}

/** What `connect` of `@holdfast/tabs` returns for a session of a hub. */
export interface SharedHub<In, Out> {
  readonly connection: Connection<In, Out>
  positionOf(message: In): SharedHubPosition | undefined
  start(): SharedHubPosition | undefined
  about(): unknown
  readonly tellsGaps?: boolean
  readonly snapshots: {
    partOf(message: In): 'part' | 'end' | undefined
    load(
      signal: AbortSignal,
    ): Promise<{ readonly messages: readonly In[]; readonly at: SharedHubPosition | undefined } | undefined>
  }
  take(message: Out, tab: HubTab<In>): Promise<unknown> | undefined
  left(tab: string): void
}

/** Where the tab is that is furthest behind, when another place had the connection before. */
export interface SharedHubContext {
  readonly after: SharedHubPosition | undefined
}

/** What `sharedByTabs()` returns. */
export interface HubTabsLink<In, Out> {
  readonly transport: Transport
  readonly protocol: ClientProtocol<
    In,
    Out,
    WebSocketFrame,
    WebSocketFrame,
    HandshakeResult & { readonly about?: unknown }
  >
  readonly target: string
  readonly retry: RetryChoice
}
