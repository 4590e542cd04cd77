import type {
  AttemptContext,
  ClientProtocol,
  HandshakeResult,
  RetryChoice,
  SseEvent,
  Transport,
  WebSocketFrame,
} from '@holdfast/core'
import {
  type ClientEvents,
  type ClientOptions,
  type Fresh,
  freshOf,
  isGiven,
  type ListenersOf,
} from '@holdfast/core/client'
import type { HandshakeConnection } from '@holdfast/core/protocol'
import { SENTENCES } from '@holdfast/core/words'
import type {
  HubConnectionParameters,
  HubConversationEntry,
  HubHydrationMessage,
  HubInitMessage,
  HubServerMessage,
} from '@holdfast/protocol/hub'
import type { HubSseHydrationMessage } from '@holdfast/protocol/hub/messages'
import type { HubRequestHandler, HubUiRequestHandler } from './answering.ts'
import { HubError } from './errors.ts'
import type { HubOutgoing, HubReady } from './handshake.ts'
import type { HubSseEvent } from './observer-protocol.ts'

/** Speaks with the other end of a transport, in the messages of the hub. */
export type HubWire<In, Out, Wire, Ready extends object | undefined> = ClientProtocol<
  In,
  Out,
  Wire,
  Wire extends SseEvent ? never : Wire,
  Ready
> & {
  /** Up to where the application is done with what came. @defaultValue undefined */
  readonly position?: (() => string | undefined) | undefined
}

/** The conversation so far, or its newest part, has arrived. */
export interface HubHydrationEvent<Hydration = HubHydrationMessage> {
  readonly hydration: Hydration
  /** The entries that no earlier hydration carried, recognised by their `sequence`. */
  readonly fresh: readonly HubConversationEntry[]
}

/** The events of `hub.on(name, …)`. */
export interface HubEvents extends ClientEvents<HubServerMessage, HubError> {
  /** The `init` of a connection, before its first message. */
  readonly init: HubInitMessage
  /** Before its `message`. One that listens counts as a reader. */
  readonly hydration: HubHydrationEvent
}

/** The events of `observer.on(name, …)`. */
export interface HubObserverEvents extends ClientEvents<HubSseEvent, HubError> {
  /** Before its `message`. One that listens counts as a reader. */
  readonly hydration: HubHydrationEvent<HubSseHydrationMessage>
}

/** What WebSocket and SSE clients share beside the options of all clients. Defaults: {@link HUB_DEFAULTS}. */
export interface HubCommonOptions {
  /** Base URL of the hub (hub §1). A function is called again for every attempt. */
  readonly url: Fresh
  /** The bearer token. A function is called again for every attempt, and once more when the hub answers 401 or 4401. */
  readonly token?: Fresh | undefined
  readonly orgId?: string | undefined
  /** Event filters: a category, an exact name, a prefix with `*`, or `*` (hub §4). @defaultValue everything */
  readonly subscribe?: readonly string[] | undefined
  /** A position to continue from: an earlier value of `position`. */
  readonly after?: string | undefined
  /** Asks for the resume extension (hub §11). @defaultValue true */
  readonly resume?: boolean | undefined
  /**
   * With a hub that supports the resume extension: a hydration carries only the newest entries, about 256 KiB of them.
   * The rest comes page by page: over WebSocket through `history()`, over server-sent events without a request
   * (messages of type `history`).
   * @defaultValue false: the newest 8 MiB in one message
   */
  readonly pagedHydration?: boolean | undefined
}

/** Options of a {@link HubClient} (hub §8). Only `transport` and `url` are needed. */
export interface HubOptions
  extends HubCommonOptions,
    Omit<ClientOptions, keyof HubCommonOptions>,
    ListenersOf<HubEvents> {
  /** Session to join. Absent: the hub creates one, and it is kept across reconnects. */
  readonly sessionId?: string | undefined
  /** @defaultValue 'observer' */
  readonly role?: 'lead' | 'controller' | 'observer' | undefined
  /** Name of a sub-agent; with `parentSessionId` the hub gives the role `sub_agent`. */
  readonly agent?: string | undefined
  readonly parentSessionId?: string | undefined
  readonly task?: string | undefined
  readonly label?: string | undefined
  readonly userId?: string | undefined
  /** @defaultValue 'sdk' */
  readonly origin?: HubConnectionParameters['origin']
  readonly driverMode?: 'rpc' | undefined
  readonly driverInstanceId?: string | undefined
  readonly driverVersion?: string | undefined
  readonly coordJobId?: string | undefined
  readonly coordRole?: string | undefined
  /** Where the token goes: the bootstrap frame, an `Authorization: Bearer` header, or the URL, which ends up in logs. @defaultValue 'frame' */
  readonly tokenIn?: 'frame' | 'header' | 'url' | undefined
  /** A `ping` after `intervalMs` of silence; dead after `timeoutMs` of it. @defaultValue 10 and 30 s */
  readonly liveness?: ClientOptions['liveness']
  /** @defaultValue 8 MiB */
  readonly queue?: ClientOptions['queue']
  /** `false`: messages of a trusted hub are not checked field by field. @defaultValue true */
  readonly validate?: boolean | undefined
  /**
   * What is spoken over the transport in place of the hub's own protocol, such as that of tabs which share one connection
   * (`hubOverTabs()` of `@holdfast/hub/tabs`). `liveness`, `token`, `resume` and `validate` are then up to the other end.
   * @defaultValue the hub's protocol
   */
  readonly wire?: HubWire<HubServerMessage, HubOutgoing, WebSocketFrame, HubReady> | undefined
  /** For a lead: handles its requests. The returned actions are the response; an error becomes a response that reports it. */
  readonly onRequest?: HubRequestHandler | undefined
  /**
   * For a controller: handles the driver's questions to the person. The returned value is the `result`; its `signal` is
   * aborted when the question is over.
   */
  readonly onUiRequest?: HubUiRequestHandler | undefined
}

/** Options of a {@link HubObserver}. It sends nothing, so that it has no `queue`. */
export interface HubObserverOptions
  extends HubCommonOptions,
    Omit<ClientOptions<SseEvent, never>, keyof HubCommonOptions | 'queue'>,
    ListenersOf<HubObserverEvents> {
  /** `eventStream()`. */
  readonly transport: Transport<SseEvent, never>
  readonly sessionId: string
  /** Where the token goes. @defaultValue 'header' (`Authorization: Bearer`) */
  readonly tokenIn?: 'header' | 'url' | undefined
  /** Dead after `timeoutMs` of silence. @defaultValue the rule of the transport */
  readonly liveness?: ClientOptions['liveness']
  /** As that of a {@link HubOptions}: `observerOverTabs()`. @defaultValue the hub's event stream */
  readonly wire?: HubWire<HubSseEvent, never, SseEvent, HandshakeResult | undefined> | undefined
}

/** The defaults of hub §8. Milliseconds and bytes. */
export const HUB_DEFAULTS = {
  role: 'observer',
  origin: 'sdk',
  livenessIntervalMs: 10_000,
  livenessTimeoutMs: 30_000,
  queueBytes: 8_388_608,
  responseTimeoutMs: 30_000,
} as const

/** An outage that is given up is over here. */
export function retryOptions(retry: RetryChoice | undefined): RetryChoice {
  return { ...retry, onExhausted: 'close' }
}

/** Checks the URL. @throws `hub/invalid_option` with what is missing */
export function assertUrl(url: unknown): void {
  if (isGiven(url)) return
  throw new HubError(
    'hub/invalid_option',
    SENTENCES ? 'Option url: expected the base of the hub, or a function that returns it' : 'url',
  )
}

/** Asks for a text that may be a function. */
export async function ask(fresh: Fresh | undefined, context: AttemptContext): Promise<string> {
  return fresh === undefined ? '' : ((await freshOf(fresh, context)) ?? '')
}

/** The engine, speaking the hub's protocol. */
export interface HubConnection extends HandshakeConnection<HubServerMessage, HubOutgoing, HubReady> {}
