import type {
  ClientProtocol,
  Connection,
  HandshakeResult,
  RetryChoice,
  Transport,
  WebSocketFrame,
} from '@holdfast/core'
import { formatHubPosition } from '@holdfast/protocol/hub'

/** A place in the history of a session. */
export interface SharedHubPosition {
  readonly epoch: string
  readonly seq: number
}

/** A tab that sends something. */
export interface HubTab<In, Out> {
  readonly id: string
  /** The message may be written once only. */
  readonly once: boolean
  /** Sends this as its message; settles when the hub has it. */
  send(message: Out): PromiseLike<unknown>
  give(message: In, to: 'it' | 'others'): void
}

/** Who gets a message that came, and what of it. */
export interface HubRoute<In> {
  readonly message: In
  readonly isFor: (tab: string) => boolean
}

/** What `connect` of `@holdfast/tabs` returns for a session of a hub. */
export interface SharedHub<In, Out> {
  readonly connection: Connection<In, Out>
  positionOf(message: In): SharedHubPosition | undefined
  start(): SharedHubPosition | undefined
  about(): unknown
  readonly reportsGaps?: boolean
  readonly snapshots: {
    partOf(message: In): 'part' | 'end' | undefined
    load(
      signal: AbortSignal,
    ): Promise<{ readonly messages: readonly In[]; readonly at: SharedHubPosition | undefined } | undefined>
  }
  take(message: Out, tab: HubTab<In, Out>): PromiseLike<unknown> | undefined
  route?(message: In): HubRoute<In> | undefined
  waiting?(): readonly In[]
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
  > & {
    /** How far the app is. */
    readonly position: () => SharedHubPosition | undefined
    readonly startAfter: (position: SharedHubPosition) => void
  }
  readonly target: string
  readonly retry: RetryChoice
}

/** How far the app of a tab is, as the client of the tab says it. */
export function positionText({
  position,
}: Pick<HubTabsLink<never, never>['protocol'], 'position'>): string | undefined {
  const at = position()
  return at && formatHubPosition(at)
}
