import {
  Connection,
  type ConnectionMetrics,
  type ConnectOptions,
  type InboxOptions,
  type SseEvent,
  type Status,
} from '@holdfast/core'
import { type HubSseMessage, isKnownHubSseMessage } from '@holdfast/protocol/hub'
import { ClientEvents } from './client-events.ts'
import { KeyHolder, streamTarget } from './dial-target.ts'
import { toHubError } from './errors.ts'
import { FreshEntries } from './fresh-entries.ts'
import { HubStream } from './hub-stream.ts'
import { type HubSseEvent, ObserverProtocol } from './observer-protocol.ts'
import {
  assertUrl,
  engineOptions,
  type HubObserverOptions,
  type HubState,
  retryOptions,
  takesEvents,
} from './options.ts'
import { ReadPosition } from './read-position.ts'
import { SessionPosition } from './session-position.ts'

/**
 * Watches a session over server-sent events (hub §6, §11): read only, over any transport that carries them. What
 * happens between two connections is not lost where the hub keeps it; where it does not, a gap says so.
 */
export class HubObserver {
  readonly #options: HubObserverOptions
  readonly #connection: Connection<HubSseEvent, never, SseEvent, never>
  readonly #protocol: ObserverProtocol
  readonly #position: SessionPosition
  readonly #events: ClientEvents
  readonly #entries = new FreshEntries()
  /** Pages of history before this event are still to come. */
  #earlier: number | undefined

  /** Nothing is dialed before `connect()`. @throws connection_failed, `connection/invalid_option` */
  constructor(options: HubObserverOptions) {
    assertUrl(options.url)
    this.#options = options
    this.#position = new SessionPosition(options.after)
    this.#events = new ClientEvents(
      options,
      {
        ready: () => {},
        dropped: () => {},
        closed: () => void this.#events.call('onClose', () => options.onClose?.()),
      },
      'parse_error',
    )
    this.#protocol = new ObserverProtocol({
      position: this.#position,
      read: new ReadPosition(this.#position, () => this.#connection.unread),
      unread: () => this.#connection.unread,
      filtered: (options.subscribe ?? []).some((pattern) => pattern !== '*'),
      refreshable: typeof options.apiKey === 'function',
    })
    this.#connection = this.#newConnection()
    this.#events.listen(this.#connection)
    this.#connection.tap(({ data }) => {
      // For the next dial, whether or not the application has read it.
      if (isKnownHubSseMessage(data) && (data.type === 'hydration' || data.type === 'history'))
        this.#earlier = data.earlier
      return false
    })
  }

  get state(): HubState {
    return this.#events.state
  }

  get status(): Status {
    return this.#connection.status
  }

  get isConnected(): boolean {
    return this.state === 'connected'
  }

  /** Where the stream stands: store it, and give it as `after` to go on from there. Opaque. */
  get position(): string | undefined {
    return this.#protocol.readEventId
  }

  get metrics(): ConnectionMetrics {
    return this.#connection.metrics
  }

  /** Where it stands, why, and what happens next: a sentence or two for a person. */
  explain(): string {
    return this.#connection.explain()
  }

  /**
   * Resolves when the stream is open; until then it is tried, for as long as `timeoutMs` says. @throws a `HubError` when it
   * is over before that, or the signal's reason.
   */
  connect(options: ConnectOptions = {}): Promise<void> {
    const opened = this.#connection.connect(options).catch((error: unknown) => {
      throw options.signal?.aborted === true && error === (options.signal.reason ?? error) ? error : this.#ours(error)
    })
    opened.catch(() => {})
    return opened
  }

  /** Ends for good. Never rejects. `connect()` may follow. */
  close(): Promise<void> {
    return this.#connection.close({ flushMs: 0 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Events and gaps from here on: `for await (const event of observer.events())`. Bounded; `break` frees it. */
  events(options?: InboxOptions, left?: () => void): HubStream<HubSseEvent> {
    return new HubStream<HubSseEvent>(this.#connection, options, left)
  }

  [Symbol.asyncIterator](): HubStream<HubSseEvent> {
    return this.events()
  }

  #newConnection(): Connection<HubSseEvent, never, SseEvent, never> {
    const options = this.#options
    const key = new KeyHolder(options, options.apiKeyIn ?? 'header')
    return new Connection<HubSseEvent, never, SseEvent, never>({
      ...engineOptions(options),
      transport: options.transport,
      protocol: this.#protocol,
      credentials: async (context) => ({ headers: (await key.credentials(context)).headers }),
      target: (context) =>
        streamTarget(options, context, { lastEventId: this.#protocol.lastEventId, earlier: this.#earlier }, key.inUrl),
      retry: retryOptions(options, options.reconnect !== false),
      onMessage: takesEvents(options) ? (event) => this.#message(event) : undefined,
      concurrency: options.concurrency,
    })
  }

  #message(event: HubSseEvent): PromiseLike<unknown> | undefined {
    const { onEvent } = this.#options
    const given = onEvent === undefined ? undefined : this.#events.call('onEvent', () => onEvent(event))
    const typed = this.#typed(event.data)
    return typed === undefined || given === undefined ? (typed ?? given) : Promise.all([typed, given])
  }

  #typed(data: HubSseMessage): PromiseLike<unknown> | undefined {
    const { onSnapshot, onHydration, onHistory, onPresence, onBroadcast } = this.#options
    if (!isKnownHubSseMessage(data)) return undefined
    return this.#events.call(data.type, () => {
      if (data.type === 'snapshot') return onSnapshot?.(data)
      if (data.type === 'hydration') return onHydration?.(data, this.#entries.of(data.entries))
      if (data.type === 'history') return onHistory?.(data)
      if (data.type === 'presence') return onPresence?.(data)
      return data.type === 'broadcast' ? onBroadcast?.(data) : undefined
    })
  }

  #ours(error: unknown): Error {
    return toHubError(error, this.#options.sessionId)
  }
}
