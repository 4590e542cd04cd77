import {
  type CloseOptions,
  Connection,
  type ConnectionMetrics,
  type ConnectOptions,
  type InboxOptions,
  type SseEvent,
  type Status,
} from '@holdfast/core'
import { ClientLifecycle, connectClient, engineOptions, isConnected } from '@holdfast/core/client'
import { isKnownHubSseMessage } from '@holdfast/protocol/hub'
import { KeyHolder, streamTarget } from './dial-target.ts'
import { type HubError, hubProblem, toHubError } from './errors.ts'
import { FreshEntries } from './fresh-entries.ts'
import { type HubGap, HubStream } from './hub-stream.ts'
import { type HubSseEvent, ObserverProtocol } from './observer-protocol.ts'
import { assertUrl, type HubObserverEvents, type HubObserverOptions, retryOptions } from './options.ts'
import { ReadPosition } from './read-position.ts'
import { SessionPosition } from './session-position.ts'

/**
 * Watches a session over server-sent events (hub §6, §11): read only, over any transport that carries them. Events
 * between two connections are delivered where the hub still has them; otherwise a gap reports that they are missing.
 */
export class HubObserver implements AsyncIterable<HubSseEvent | HubGap> {
  readonly #options: Pick<HubObserverOptions, 'wire'>
  readonly #connection: Connection<HubSseEvent, never>
  readonly #protocol: ObserverProtocol
  readonly #events: ClientLifecycle<HubSseEvent, HubError, HubObserverEvents>
  readonly #entries = new FreshEntries()
  readonly #failure: (error: unknown) => HubError
  /** Pages of history before this event are still to come. */
  #earlier: number | undefined

  /** Nothing is dialed before `connect()`. @throws `hub/invalid_option`, `connection/invalid_option` */
  constructor(options: HubObserverOptions) {
    assertUrl(options.url)
    this.#options = options
    this.#failure = (error) => toHubError(error, options.sessionId)
    const position = new SessionPosition(options.after)
    const unread = (): number => this.#connection.unread
    const source = {
      get unread() {
        return unread()
      },
    }
    this.#protocol = new ObserverProtocol({
      position,
      read: new ReadPosition(position, source),
      unread,
      filtered: (options.subscribe ?? []).some((pattern) => pattern !== '*'),
      refreshable: typeof options.token === 'function',
      silenceMs: options.liveness?.timeoutMs,
    })
    this.#connection = this.#newConnection(options)
    this.#events = this.#newEvents(options)
    this.#connection.intercept(({ data }) => {
      // For the next dial, whether or not the application has read it.
      if (isKnownHubSseMessage(data) && (data.type === 'hydration' || data.type === 'history'))
        this.#earlier = data.earlier
      return false
    })
    this.#events.listen(options)
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** The present state, its cause, and what comes next. */
  get status(): Status {
    return this.#connection.status
  }

  get isConnected(): boolean {
    return isConnected(this.status)
  }

  get metrics(): ConnectionMetrics {
    return this.#connection.metrics
  }

  /** The state, its cause and the next step: a sentence or two for a person. */
  explain(): string {
    return this.#connection.explain()
  }

  /** The position after the last event: store it, and pass it as `after` to continue there. Opaque. */
  get position(): string | undefined {
    const { wire } = this.#options
    return wire === undefined ? this.#protocol.readEventId : wire.position?.()
  }

  /** The engine below, for its events and history. */
  get connection(): Connection<HubSseEvent, never> {
    return this.#connection
  }

  // ---- what all clients do ----------------------------------------------------------------------

  /**
   * Resolves with the observer when the stream is open; until then it keeps trying, for at most `timeoutMs`.
   * @throws a `HubError` when it is over before that, or the signal's reason
   */
  connect(options?: ConnectOptions): Promise<this> {
    return connectClient(this, this.#connection, options, this.#failure)
  }

  /** Drops the connection and dials at once. */
  reconnect(): void {
    this.#connection.reconnect()
  }

  /** Ends for good. Never rejects. `connect()` may follow. */
  close(options?: CloseOptions): Promise<void> {
    return this.#connection.close({ flushMs: 0, ...options })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Adds a listener. Returns a function that removes it. */
  on<Name extends keyof HubObserverEvents>(
    name: Name,
    listener: (event: HubObserverEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(name, listener)
  }

  /**
   * Events that arrived before a first reader, and events and gaps from here on. Bounded; `break` frees it. `left` is
   * called when it is over.
   */
  messages(options?: InboxOptions, left?: () => void): HubStream<HubSseEvent> {
    return new HubStream<HubSseEvent>(this.#connection, options, left)
  }

  [Symbol.asyncIterator](): HubStream<HubSseEvent> {
    return this.messages()
  }

  // ---- the parts --------------------------------------------------------------------------------

  #newConnection(options: HubObserverOptions): Connection<HubSseEvent, never> {
    const key = new KeyHolder(options, options.tokenIn ?? 'header')
    return new Connection<HubSseEvent, never, SseEvent, never>({
      ...engineOptions(options),
      protocol: options.wire ?? this.#protocol,
      credentials: async (context) => ({ headers: (await key.credentials(context)).headers }),
      target: (context) =>
        streamTarget(options, context, { lastEventId: this.#protocol.lastEventId, earlier: this.#earlier }, key.inUrl),
      retry: retryOptions(options.retry),
    })
  }

  #newEvents({ logger }: HubObserverOptions): ClientLifecycle<HubSseEvent, HubError, HubObserverEvents> {
    const connection = this.#connection
    return new ClientLifecycle<HubSseEvent, HubError, HubObserverEvents>(
      {
        listen: (listener) => connection.listen(listener),
        handle: (handler) => connection.handle(handler && ((event) => this.#give(event, handler))),
      },
      {
        logger,
        alsoReads: 'hydration',
        problem: hubProblem,
        failure: this.#failure,
      },
    )
  }

  /** Returns when async listeners are done with it. */
  #give(event: HubSseEvent, handler: (event: HubSseEvent) => unknown): unknown {
    const { data } = event
    if (!isKnownHubSseMessage(data) || data.type !== 'hydration') return handler(event)
    const hydrated = this.#events.emit('hydration', { hydration: data, fresh: this.#entries.of(data.entries) })
    const given = handler(event)
    return hydrated === undefined ? given : Promise.all([hydrated, given])
  }
}
