import {
  type CloseOptions,
  Connection,
  type ConnectionMetrics,
  type ConnectOptions,
  type Delivery,
  HoldfastError,
  type InboxOptions,
  items,
  type MessagesOptions,
  messages,
  type SendOptions,
  type Status,
  type StreamItem,
  systemClock,
} from '@holdfast/core'
import { ClientLifecycle, connectClient, engineOptions, isConnected } from '@holdfast/core/client'
import { randomId, systemRandom } from '@holdfast/core/contract'
import type { Inbox } from '@holdfast/core/protocol'
import {
  type Fields,
  isSessionPermissionRequest,
  type SessionControlInner,
  type SessionControlResult,
  type SessionMessage,
  type SessionPermissionAnswer,
  type SessionPermissionRequest,
} from '@holdfast/protocol/sessions'
import { type ControlContext, type ControlHandler, ControlIn } from './control-in.ts'
import { ControlOut, type ControlRequestOptions } from './control-out.ts'
import { asSessionsError, SessionsError, sessionsProblem } from './errors.ts'
import {
  assertOptions,
  retryOf,
  SESSIONS_DEFAULTS,
  type SessionEvents,
  type SessionSubscriptionOptions,
  sessionsCredentials,
  subscribeUrl,
} from './options.ts'
import { SessionsProtocol } from './sessions-protocol.ts'

/**
 * Follows one remote agent session: its messages in order and once each, control requests in both directions, over any
 * number of connections. `connect()` starts it, `close()` ends it.
 */
export class SessionSubscription implements AsyncIterable<SessionMessage> {
  readonly sessionId: string
  readonly #protocol: SessionsProtocol
  readonly #connection: Connection<SessionMessage, SessionMessage>
  readonly #events: ClientLifecycle<SessionMessage, SessionsError>
  readonly #out: ControlOut
  readonly #in: ControlIn

  /** @throws `sessions/invalid_option`, `connection/invalid_option` */
  constructor(options: SessionSubscriptionOptions) {
    assertOptions(options)
    this.sessionId = options.sessionId
    const { transport, clock = systemClock, random = systemRandom } = options
    const { liveness = {}, retry } = options
    const protocol = new SessionsProtocol({
      missingRetries: options.missingRetries ?? SESSIONS_DEFAULTS.missingRetries,
      missingDelayMs: options.missingDelayMs ?? SESSIONS_DEFAULTS.missingDelayMs,
      retries: retry?.maxAttempts ?? Number.POSITIVE_INFINITY,
      pingIntervalMs: liveness.intervalMs ?? SESSIONS_DEFAULTS.livenessIntervalMs,
      pongTimeoutMs: liveness.timeoutMs ?? SESSIONS_DEFAULTS.livenessTimeoutMs,
      silenceMs: liveness.silenceMs ?? SESSIONS_DEFAULTS.silenceMs,
      maxRememberedIds: options.maxRememberedIds ?? SESSIONS_DEFAULTS.maxRememberedIds,
      after: options.after,
      refreshable: typeof options.token === 'function',
    })
    this.#protocol = protocol
    this.#connection = new Connection<SessionMessage, SessionMessage>({
      ...engineOptions(options),
      retry: retryOf(options),
      protocol,
      target: async (context) => ({
        url: await subscribeUrl(options, protocol.position, context),
        headers: options.headers,
      }),
      credentials: (context) => sessionsCredentials(options.token, transport.traits, context),
    })
    this.#events = new ClientLifecycle<SessionMessage, SessionsError>(this.#connection, {
      logger: options.logger,
      problem: sessionsProblem,
      failure: asSessionsError,
    })
    this.#out = new ControlOut(this.#connection, {
      clock,
      instance: randomId(random, 10),
      timeoutMs: options.requestTimeoutMs ?? SESSIONS_DEFAULTS.requestTimeoutMs,
    })
    this.#in = new ControlIn(this.#connection, {
      clock,
      maxHandlers: SESSIONS_DEFAULTS.maxHandlers,
      maxWaiting: SESSIONS_DEFAULTS.maxWaiting,
      maxAnswers: SESSIONS_DEFAULTS.maxAnswers,
      failed: (error) => this.#events.report(sessionsProblem('callback_failed', 'A control handler threw.', error)),
    })
    this.#events.listen(options)
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** The present state of the connection, its cause, and what comes next. */
  get status(): Status {
    return this.#connection.status
  }

  get metrics(): ConnectionMetrics {
    return this.#connection.metrics
  }

  /** Messages that a server replayed although they had been delivered before. */
  get duplicates(): number {
    return this.#protocol.duplicates
  }

  /**
   * The position after the last message that was read, or reported as missing, for `options.after` of another process;
   * undefined where the server has none.
   */
  get position(): string | undefined {
    return this.#protocol.read
  }

  get isConnected(): boolean {
    return isConnected(this.status)
  }

  // ---- what it does -----------------------------------------------------------------------------

  /**
   * Starts, or does nothing while it is starting or open. Resolves with the subscription when connected; until then it
   * keeps trying, for at most `timeoutMs`. Awaiting it is optional.
   * @throws `sessions/unauthorized`, `sessions/not_found`, `sessions/gave_up`, `connection/closed`,
   * `connection/connect_timeout`, or the signal's reason
   */
  connect(options?: ConnectOptions): Promise<this> {
    return connectClient(this, this.#connection, options, (error) =>
      error instanceof HoldfastError ? error : asSessionsError(error),
    )
  }

  /** The state, its cause and the next step: a sentence or two for a person. */
  explain(): string {
    return this.#connection.explain()
  }

  /** Drops the connection, forgets the counters and dials again after 500 ms, from any state. What is queued is kept. */
  reconnect(): void {
    this.#connection.reconnect({ afterMs: SESSIONS_DEFAULTS.reconnectDelayMs })
  }

  /** Ends for good. What is queued gets a second to leave. */
  close(options?: CloseOptions): Promise<void> {
    return this.#connection.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // ---- control ----------------------------------------------------------------------------------

  /**
   * Sends a control request to the session and resolves with the `response` of its answer. Queued while disconnected.
   * @throws `sessions/control_failed` when the answer is an error, `request/timeout`, `delivery/overflow`,
   * `connection/closed`, or the signal's reason (then `control_cancel_request` is sent)
   */
  sendControlRequest(request: SessionControlInner, options?: ControlRequestOptions): Promise<Fields> {
    return this.#out.ask(request, options)
  }

  /** Answers a control request by hand. The answer survives drops: it is kept and sent again until it arrived. */
  sendControlResponse(response: SessionControlResult): Delivery {
    return this.#in.respond(response)
  }

  /** Stops the running turn. */
  async interrupt(options?: ControlRequestOptions): Promise<void> {
    await this.sendControlRequest({ subtype: 'interrupt' }, options)
  }

  async setPermissionMode(mode: string, options?: ControlRequestOptions): Promise<void> {
    await this.sendControlRequest({ subtype: 'set_permission_mode', mode }, options)
  }

  /**
   * Answers incoming requests of a subtype; `*` stands for all others. The returned value becomes the response, a
   * thrown error the error; a cancel aborts its signal. Each request is handled once, however often it arrives; earlier
   * ones that are still open are handled too. Returns a function that removes the handler.
   */
  handle(subtype: string, handler: ControlHandler): () => void {
    return this.#in.handle(subtype, handler)
  }

  /**
   * Answers permission prompts (`can_use_tool`). As {@link handle}, with the prompt validated. Returns a function that
   * removes the handler.
   */
  handlePermissions(
    handler: (
      request: SessionPermissionRequest,
      context: ControlContext,
    ) => SessionPermissionAnswer | Promise<SessionPermissionAnswer>,
  ): () => void {
    return this.#in.handle('can_use_tool', (request, context) => {
      if (isSessionPermissionRequest(request)) return handler(request, context)
      throw new SessionsError('sessions/invalid_message', 'can_use_tool: expected tool_name and input')
    })
  }

  /** Sends any message, at most once. For messages that no other method sends. */
  send(message: SessionMessage, options?: SendOptions): Delivery {
    return this.#connection.send(message, options)
  }

  // ---- reading ----------------------------------------------------------------------------------

  /**
   * Messages that arrived before a first reader, and the messages from here on, in order, bounded. Ends with the
   * subscription; throws its final error.
   */
  messages(options?: MessagesOptions): Inbox<SessionMessage> {
    return messages(this.#connection, options)
  }

  /** Messages, and a gap in place of missing ones. */
  items(options?: InboxOptions): Inbox<StreamItem<SessionMessage>> {
    return items(this.#connection, options)
  }

  [Symbol.asyncIterator](): Inbox<SessionMessage> {
    return this.messages()
  }

  /** Adds a listener. Returns a function that removes it. */
  on<Name extends keyof SessionEvents>(name: Name, listener: (event: SessionEvents[Name]) => unknown): () => void {
    return this.#events.on(name, listener)
  }
}
