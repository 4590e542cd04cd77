import { callBack } from '@holdfast/core/internals'
import type { HubInitMessage, HubResponse } from '@holdfast/protocol/hub'
import { defaultTransport } from '#default-transport'
import type { HubError } from '../errors.ts'
import type { HubOutgoing } from '../handshake.ts'
import { HubClient, type HubQuestion } from '../hub-client.ts'
import { hubFromEnvironment } from '../node/environment.ts'
import { HUB_DEFAULTS } from '../options.ts'
import { asSocketError, CoderHubWebSocketError } from './error.ts'
import { OfflineQueue } from './offline-queue.ts'
import type { PublishedSocketOptions } from './options.ts'
import { type HubState, PublishedEvents } from './published-events.ts'
import { PUBLISHED_QUEUE, publishedRetry } from './retry.ts'
import { type SocketCallbacks, SocketOrder } from './socket-callbacks.ts'

/** The published options, and further options of Holdfast's own client. */
export interface CoderHubWebSocketOptions extends PublishedSocketOptions {
  readonly onError?: ((error: Error) => void) | undefined
  /** A link that broke without a close frame is reported as 1006. */
  readonly onClose?: ((code: number, reason: string) => void) | undefined
}

export type CoderHubWebSocketState = HubState

/** The published class (hub §8) on our client: same names, options, order of callbacks; environment and URL lookup too. */
export class CoderHubWebSocketClient {
  readonly #options: CoderHubWebSocketOptions
  readonly #client: HubClient
  readonly #events: PublishedEvents
  readonly #order: SocketOrder
  readonly #queue: OfflineQueue
  /** The callback of the options; may be set later. */
  onInit: ((init: HubInitMessage) => void) | undefined

  constructor(options: CoderHubWebSocketOptions = {}) {
    this.#options = options
    this.onInit = options.onInit
    const callbacks: SocketCallbacks = {
      init: (init) => this.onInit?.(init),
      open: () => options.onOpen?.(),
      message: (message) => options.onMessage?.(message),
      state: (state) => options.onStateChange?.(state),
      error: (error) => this.#failed(error),
      close: (code, reason) => options.onClose?.(code, reason),
    }
    this.#order = new SocketOrder(callbacks, options.autoReconnect !== false)
    this.#client = clientOf(options)
    const { onGap, logger } = options
    this.#events = new PublishedEvents({ ...this.#order.callbacks, onGap, logger }, this.#order.hooks)
    this.#listen()
    this.#queue = new OfflineQueue({
      maxCount: options.maxMessageQueueSize ?? PUBLISHED_QUEUE,
      send: (message) => this.#client.send(message),
      full: (message) => this.#full(message),
    })
  }

  get state(): CoderHubWebSocketState {
    return this.#events.state
  }

  /** The session's id; empty until the hub has assigned one, where none was given. */
  get sessionId(): string {
    return this.#client.sessionId ?? ''
  }

  get initMessage(): HubInitMessage | null {
    return this.#client.initMessage ?? null
  }

  get isConnected(): boolean {
    return this.state === 'connected'
  }

  /** Our client, for what the published one has not. */
  get client(): HubClient {
    return this.#client
  }

  /** The last connection was usable when it ended. */
  get wasReady(): boolean {
    return this.#order.wasReady
  }

  connect(): void {
    void this.#client.connect()
    this.#queue.sendQueued()
  }

  /** What was not written yet waits for the next `connect()`. */
  close(code?: number, reason: string = 'Client closed'): void {
    this.#order.closedByUs()
    void this.#client.close({ code, reason, flushMs: 0 })
  }

  send(message: HubOutgoing): void {
    this.#queue.send(message)
  }

  async sendAndWait(message: HubQuestion, timeoutMs: number = HUB_DEFAULTS.responseTimeoutMs): Promise<HubResponse> {
    try {
      return await this.#client.request(message, { timeoutMs })
    } catch (error) {
      throw asSocketError(error, this.sessionId)
    }
  }

  #listen(): void {
    const { onHydration } = this.#options
    this.#events.listen(this.#client)
    this.#client.on('init', (init) => this.#order.init(init))
    if (onHydration !== undefined) {
      this.#client.on('hydration', ({ hydration, fresh }) =>
        this.#events.call('onHydration', () => onHydration(hydration, fresh)),
      )
    }
    this.#client.on('message', (message) => this.#order.message(message))
  }

  #failed(error: HubError): void {
    const { ids = [], reason } = error.details
    // Kept for the next connection, or reported to the waiting caller.
    if (reason === 'delivery/notSent') return
    const spent = error.code === 'hub/max_reconnects_exceeded' && this.#options.autoReconnect === false
    if (!spent) return this.#report(asSocketError(error, this.sessionId, this.#queue.take(ids)))
    // There were no retries to spend. The end of a connection is reported by its close alone.
    if (this.wasReady) return
    const { sessionId } = this
    const message = 'WebSocket connection error'
    this.#report(new CoderHubWebSocketError({ code: 'connection_error', message, sessionId, cause: error }))
  }

  #full(message: HubOutgoing): void {
    const { sessionId } = this
    const args = { code: 'send_while_disconnected', message: 'The queue is full', sessionId } as const
    this.#report(new CoderHubWebSocketError(args, { lostMessages: [message] }))
  }

  #report(error: CoderHubWebSocketError): void {
    callBack(
      () => this.#options.onError?.(error),
      () => this.#options.logger?.warn('onError threw'),
    )
  }
}

function clientOf(options: CoderHubWebSocketOptions): HubClient {
  const { heartbeatIntervalMs: intervalMs, heartbeatTimeoutMs: timeoutMs, maxMessageQueueBytes: maxBytes } = options
  return new HubClient({
    transport: defaultTransport(),
    // The published class calls its callbacks at once and waits for none of them.
    concurrency: Number.POSITIVE_INFINITY,
    ...options,
    // They are called in the published order.
    onInit: undefined,
    onMessage: undefined,
    onHydration: undefined,
    onGap: undefined,
    ...hubFromEnvironment({ ...options, token: options.apiKey }),
    tokenIn: options.apiKeyIn,
    liveness: { intervalMs, timeoutMs },
    queue: { maxCount: options.maxMessageQueueSize ?? PUBLISHED_QUEUE, maxBytes: maxBytes ?? HUB_DEFAULTS.queueBytes },
    retry: publishedRetry(options, options.autoReconnect !== false),
  })
}
