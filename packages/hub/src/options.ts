import type {
  AttemptContext,
  Clock,
  Connection,
  ConnectionOptions,
  Gap,
  Logger,
  SseEvent,
  Transport,
  WakeSignals,
} from '@holdfast/core'
import type { Random } from '@holdfast/core/contract'
import type {
  HubAction,
  HubBroadcastMessage,
  HubConnectionParameters,
  HubConversationEntry,
  HubHydrationMessage,
  HubInitMessage,
  HubPresenceMessage,
  HubRequest,
  HubServerMessage,
} from '@holdfast/protocol/hub'
import type {
  HubRpcUiRequestMessage,
  HubSnapshotMessage,
  HubSseHistoryMessage,
  HubSseHydrationMessage,
} from '@holdfast/protocol/hub/messages'
import { HubError } from './errors.ts'
import type { HubOutgoing, HubReady } from './handshake.ts'
import type { HubSseEvent } from './observer-protocol.ts'

/** Where a client stands, in the words of hub §8. `closed` before `connect()` too. */
export type HubState = 'connecting' | 'authenticating' | 'connected' | 'reconnecting' | 'closed'

/** A text, or a function that is asked anew for every attempt. */
export type Fresh = string | ((context: AttemptContext) => string | Promise<string>)

/** The engine's own options, for those who need more than hub §8's. */
export interface HubEngineOptions {
  /** How an outage is retried. @defaultValue the preset `eager`, for ever */
  readonly retry?: ConnectionOptions<unknown, unknown, unknown, unknown, HubReady>['retry']
  /** URL lookup, opening, handshake: 10 s each. */
  readonly deadlines?: ConnectionOptions<unknown, unknown, unknown, unknown, HubReady>['deadlines']
  /** Open this long, attempts count from 1 again. In milliseconds. @defaultValue 10000 */
  readonly stableAfterMs?: number | undefined
  /** Hints that the network may have changed (`browserWakeSignals()`). */
  readonly signals?: WakeSignals | undefined
  /** Aborting it closes the client. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/** What WebSocket and SSE clients share. Defaults: {@link HUB_DEFAULTS}. */
export interface HubCommonOptions extends HubEngineOptions {
  /** Base of the hub (hub §1). A function is asked anew for every attempt. */
  readonly url: Fresh
  /** A function is asked anew for every attempt, and once more when the hub answers 401 or 4401. */
  readonly apiKey?: Fresh | undefined
  readonly orgId?: string | undefined
  /** Event filters: a category, an exact name, a prefix with `*`, or `*` (hub §4). @defaultValue everything */
  readonly subscribe?: readonly string[] | undefined
  /** A position to go on from, as `position` told it earlier. */
  readonly after?: string | undefined
  /** Asks for the resume extension (hub §11). @defaultValue true */
  readonly resume?: boolean | undefined
  /**
   * Of a hub that speaks the resume extension: a hydration carries the newest entries only, about 256 KiB of them. The
   * rest comes page by page: over WebSocket as `history()` asks for it, over server-sent events by itself (`onHistory`).
   * @defaultValue false: the newest 8 MiB in one message
   */
  readonly pagedHydration?: boolean | undefined
  /** Retries of one outage before `max_reconnects_exceeded`. @defaultValue Infinity: a limit has to be asked for */
  readonly maxReconnectAttempts?: number | undefined
  /** The first window of the backoff, which doubles. In milliseconds. @defaultValue that of `retry.preset` */
  readonly reconnectDelayMs?: number | undefined
  /** No wait is longer. In milliseconds. @defaultValue that of `retry.preset` */
  readonly maxReconnectDelayMs?: number | undefined
  /**
   * Messages that async callbacks are at work with at once: with 1 each waits for the one before it. `Infinity`: they are
   * called at once and not waited for. @defaultValue 1
   */
  readonly concurrency?: number | undefined
  /** Usable, at first and again after every outage. */
  readonly onOpen?: (() => unknown) | undefined
  /** A failure that ended everything, a message that was lost or unreadable, a callback that threw. */
  readonly onError?: ((error: HubError) => unknown) | undefined
  readonly onStateChange?: ((state: HubState) => unknown) | undefined
  /** Events are missing here. */
  readonly onGap?: ((gap: Gap) => unknown) | undefined
}

/** Options of a {@link HubClient} (hub §8). Only `transport` and `url` are needed. */
export interface HubOptions extends HubCommonOptions {
  /** `nodeWebSocket()`, `browserWebSocket()`, or any other. */
  readonly transport: Transport
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
  /** Where the key goes: the bootstrap frame, an `Authorization: Bearer` header, or the URL, which ends up in logs. @defaultValue 'frame' */
  readonly apiKeyIn?: 'frame' | 'header' | 'url' | undefined
  /** @defaultValue true */
  readonly autoReconnect?: boolean | undefined
  /** Silence after which a `ping` is sent. In milliseconds. @defaultValue 10000 */
  readonly heartbeatIntervalMs?: number | undefined
  /** Silence after which the link is dead. In milliseconds. @defaultValue 30000 */
  readonly heartbeatTimeoutMs?: number | undefined
  /** Messages that wait or are unconfirmed. @defaultValue none: bytes decide */
  readonly maxMessageQueueSize?: number | undefined
  /** Their bytes, and 256 for each. @defaultValue 8388608 (8 MiB) */
  readonly maxMessageQueueBytes?: number | undefined
  /** `false`: messages of a trusted hub are not checked field by field. @defaultValue true */
  readonly validate?: boolean | undefined
  readonly onInit?: ((init: HubInitMessage) => unknown) | undefined
  /** Every message after `init`. A returned promise says when it is processed (hub §11). */
  readonly onMessage?: ((message: HubServerMessage) => unknown) | undefined
  /** `fresh` are the entries that no earlier hydration carried, told by their `sequence`. */
  readonly onHydration?:
    | ((hydration: HubHydrationMessage, fresh: readonly HubConversationEntry[]) => unknown)
    | undefined
  /** For a lead: what was asked of it. Its actions are the response; a throw becomes one that says so. */
  readonly onRequest?: ((request: HubRequest) => readonly HubAction[] | Promise<readonly HubAction[]>) | undefined
  /** For a controller: the driver asks the person. What it returns is the `result`. */
  readonly onUiRequest?: ((request: HubRpcUiRequestMessage) => unknown) | undefined
  /** A connection ended, with what the close frame said, if one came. */
  readonly onClose?: ((code: number | undefined, reason: string) => unknown) | undefined
}

/** Options of a {@link HubObserver}. */
export interface HubObserverOptions extends HubCommonOptions {
  /** `eventStream()`. */
  readonly transport: Transport<SseEvent, never>
  readonly sessionId: string
  /** Where the key goes. @defaultValue 'header' (`Authorization: Bearer`) */
  readonly apiKeyIn?: 'header' | 'url' | undefined
  /** @defaultValue true */
  readonly reconnect?: boolean | undefined
  readonly onSnapshot?: ((snapshot: HubSnapshotMessage) => unknown) | undefined
  readonly onHydration?:
    | ((hydration: HubSseHydrationMessage, fresh: readonly HubConversationEntry[]) => unknown)
    | undefined
  /** With `pagedHydration`: entries before those that came so far, the newest page first, until one has no `earlier`. */
  readonly onHistory?: ((page: HubSseHistoryMessage) => unknown) | undefined
  readonly onPresence?: ((presence: HubPresenceMessage) => unknown) | undefined
  readonly onBroadcast?: ((broadcast: HubBroadcastMessage) => unknown) | undefined
  /** Every event, the typed ones too. */
  readonly onEvent?: ((event: HubSseEvent) => unknown) | undefined
  readonly onClose?: (() => unknown) | undefined
}

/** Every default number and word of hub §8. Milliseconds and bytes. */
export const HUB_DEFAULTS = {
  role: 'observer',
  origin: 'sdk',
  heartbeatIntervalMs: 10_000,
  heartbeatTimeoutMs: 30_000,
  maxMessageQueueBytes: 8_388_608,
  responseTimeoutMs: 30_000,
} as const

/** The engine's retry options, and in them hub §8's three numbers where they are given. */
export function retryOptions(options: HubCommonOptions, reconnect: boolean): NonNullable<HubEngineOptions['retry']> {
  const { reconnectDelayMs, maxReconnectDelayMs, maxReconnectAttempts = Number.POSITIVE_INFINITY } = options
  return {
    baseMs: reconnectDelayMs,
    firstMs: reconnectDelayMs,
    capMs: maxReconnectDelayMs,
    maxAttempts: reconnect ? maxReconnectAttempts : 0,
    ...options.retry,
    onExhausted: 'close',
  }
}

/** The options that go to the engine as they are. */
export function engineOptions(options: HubEngineOptions): HubEngineOptions {
  const { deadlines, stableAfterMs, signals, signal, clock, random, logger } = options
  return { deadlines, stableAfterMs, signals, signal, clock, random, logger }
}

/** The application has a callback for messages; otherwise they wait for one who reads. */
export function takesMessages(options: HubOptions): boolean {
  return options.onMessage !== undefined || options.onHydration !== undefined
}

/** As {@link takesMessages}, of an observer. */
export function takesEvents(options: HubObserverOptions): boolean {
  const { onEvent, onSnapshot, onHydration, onHistory, onPresence, onBroadcast } = options
  return [onEvent, onSnapshot, onHydration, onHistory, onPresence, onBroadcast].some((one) => one !== undefined)
}

/** @throws connection_failed (a {@link HubError}) naming what is missing. */
export function assertUrl(url: unknown): void {
  if (typeof url === 'function' || (typeof url === 'string' && url !== '')) return
  throw new HubError('connection_failed', 'Option url: expected the base of the hub, or a function that returns it')
}

/** Asks for a text that may be a function. */
export async function ask(fresh: Fresh | undefined, context: AttemptContext): Promise<string> {
  return (typeof fresh === 'function' ? await fresh(context) : fresh) ?? ''
}

export type HubConnection = Connection<
  HubServerMessage,
  HubOutgoing,
  string | Uint8Array,
  string | Uint8Array,
  HubReady
>
