import { follow } from '@holdfast/core/internals'
import type { HubInitMessage, HubResponse } from '@holdfast/protocol/hub'
import { defaultTransport } from '#default-transport'
import type { HubError } from '../errors.ts'
import type { HubOutgoing } from '../handshake.ts'
import { HubClient, type HubQuestion } from '../hub-client.ts'
import { hubFromEnvironment } from '../node/environment.ts'
import type { Fresh, HubOptions, HubState } from '../options.ts'
import { asSocketError, CoderHubWebSocketError } from './error.ts'
import { KeptMessages } from './kept-messages.ts'
import { PUBLISHED_QUEUE, publishedNumbers, publishedRetry } from './patience.ts'
import { type SocketCallbacks, SocketOrder } from './socket-callbacks.ts'

/** The published options; all of ours may be given too. */
export type CoderHubWebSocketOptions = Omit<Partial<HubOptions>, 'url' | 'onError' | 'onClose'> & {
  /** The environment's, or looked up, where it is left out. */
  readonly url?: Fresh | undefined
  /** For the lookup of the URL. */
  readonly region?: string | undefined
  readonly onError?: ((error: Error) => void) | undefined
  /** A link that broke without a close frame is told as 1006. */
  readonly onClose?: ((code: number, reason: string) => void) | undefined
}

export type CoderHubWebSocketState = HubState

/** The published class (hub §8) on our client: same names, options, order of callbacks; environment and URL lookup too. */
export class CoderHubWebSocketClient {
  readonly #options: CoderHubWebSocketOptions
  readonly #client: HubClient
  readonly #order: SocketOrder
  readonly #kept: KeptMessages
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
    this.#client = new HubClient({
      transport: defaultTransport(),
      // The published class calls its callbacks at once and waits for none of them.
      concurrency: Number.POSITIVE_INFINITY,
      ...options,
      ...publishedNumbers(options),
      maxMessageQueueSize: options.maxMessageQueueSize ?? PUBLISHED_QUEUE.maxMessageQueueSize,
      ...hubFromEnvironment(options),
      ...this.#order.options(),
      retry: publishedRetry(options),
    })
    this.#kept = new KeptMessages({
      maxCount: options.maxMessageQueueSize ?? PUBLISHED_QUEUE.maxMessageQueueSize,
      send: (message) => this.#client.send(message),
      full: (message) => this.#full(message),
    })
  }

  get state(): CoderHubWebSocketState {
    return this.#client.state
  }

  /** Empty until the hub has given one, where none was asked for. */
  get sessionId(): string {
    return this.#client.sessionId ?? ''
  }

  get initMessage(): HubInitMessage | null {
    return this.#client.initMessage ?? null
  }

  get isConnected(): boolean {
    return this.#client.isConnected
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
    this.#kept.sendKept()
  }

  /** What was not written yet waits for the next `connect()`. */
  close(code?: number, reason: string = 'Client closed'): void {
    this.#order.closedByUs()
    void this.#client.close(code, reason, 0)
  }

  send(message: HubOutgoing): void {
    this.#kept.send(message)
  }

  async sendAndWait(message: HubQuestion, timeoutMs?: number): Promise<HubResponse> {
    try {
      return await this.#client.sendAndWait(message, timeoutMs)
    } catch (error) {
      throw asSocketError(error, this.sessionId)
    }
  }

  #failed(error: HubError): void {
    const { ids = [], reason } = error.details
    // Kept for the next connection, or told to who waits for the answer.
    if (reason === 'delivery/notSent') return
    const spent = error.code === 'max_reconnects_exceeded' && this.#options.autoReconnect === false
    if (!spent) return this.#tell(asSocketError(error, this.sessionId, this.#kept.take(ids)))
    // There were no retries to spend. A connection that ended is told by its close alone.
    if (this.wasReady) return
    const { sessionId } = this
    const message = 'WebSocket connection error'
    this.#tell(new CoderHubWebSocketError({ code: 'connection_error', message, sessionId, cause: error }))
  }

  #full(message: HubOutgoing): void {
    const { sessionId } = this
    const args = { code: 'send_while_disconnected', message: 'The queue is full', sessionId } as const
    this.#tell(new CoderHubWebSocketError(args, { lostMessages: [message] }))
  }

  #tell(error: CoderHubWebSocketError): void {
    const threw = (): void => this.#options.logger?.warn('onError threw')
    try {
      follow(this.#options.onError?.(error), threw)
    } catch {
      threw()
    }
  }
}
