import {
  type AskOptions,
  Connection,
  type ConnectionMetrics,
  type ConnectOptions,
  type Delivery,
  type Guarantees,
  type InboxOptions,
  Requests,
  type SendOptions,
  type Status,
  systemClock,
} from '@holdfast/core'
import { randomId, systemRandom } from '@holdfast/core/contract'
import type { HubInitMessage, HubRequest, HubResponse, HubServerMessage } from '@holdfast/protocol/hub'
import type { HubHistoryPage } from '@holdfast/protocol/hub/messages'
import { Acknowledger } from './acknowledger.ts'
import { ClientEvents } from './client-events.ts'
import { type DialState, KeyHolder, socketTarget } from './dial-target.ts'
import { HubError, toHubError } from './errors.ts'
import type { HubOutgoing } from './handshake.ts'
import { type HistoryHost, type HubHistoryOptions, historyPages } from './history.ts'
import { HubProtocol } from './hub-protocol.ts'
import { HubStream } from './hub-stream.ts'
import { type HubRequestHandler, type HubUiRequestHandler, Intake } from './intake.ts'
import { answeredId, classOf, isHydration, ownId, sessionOf } from './message-kinds.ts'
import { Numbering } from './numbering.ts'
import {
  assertUrl,
  engineOptions,
  HUB_DEFAULTS,
  type HubConnection,
  type HubOptions,
  type HubState,
  retryOptions,
  takesMessages,
} from './options.ts'
import { ReadPosition } from './read-position.ts'
import { SessionPosition } from './session-position.ts'

/** A request without its id, which the client gives. */
export type HubQuestion = {
  [K in HubRequest['type']]: Omit<Extract<HubRequest, { type: K }>, 'id' | 'mid'>
}[HubRequest['type']]

/** How a request is asked. */
export type HubAskOptions = Pick<AskOptions, 'timeoutMs' | 'signal' | 'onDrop' | 'id'>

/**
 * One connection to a session of a hub, as lead, controller, observer or sub-agent (hub §1–§5, §11). `connect()` starts
 * it, `close()` ends it; in between it reconnects, resumes, keeps order and says what became of every message.
 */
export class HubClient {
  readonly #options: HubOptions
  readonly #connection: HubConnection
  readonly #protocol: HubProtocol
  readonly #requests: Requests<HubServerMessage, HubOutgoing>
  readonly #position: SessionPosition
  readonly #read: ReadPosition
  readonly #acks: Acknowledger
  readonly #events: ClientEvents
  readonly #intake: Intake
  readonly #numbering = new Numbering()
  readonly #instance: string
  #patterns: readonly string[]
  #init: HubInitMessage | undefined
  #sessionId: string | undefined
  /** Entries of events before this one are not in the newest hydration. */
  #earlier: number | undefined
  #announced = false

  /** Nothing is dialed before `connect()`. @throws connection_failed, `connection/invalid_option` */
  constructor(options: HubOptions) {
    assertUrl(options.url)
    this.#options = options
    this.#patterns = options.subscribe ?? []
    this.#sessionId = options.sessionId || undefined
    this.#position = new SessionPosition(options.after)
    const clock = options.clock ?? systemClock
    this.#read = new ReadPosition(this.#position, () => this.#connection.unread)
    this.#instance = randomId(options.random ?? systemRandom, 16)
    this.#acks = new Acknowledger(
      clock,
      () => this.#read.seq,
      (seq) => this.#protocol.confirm(seq),
    )
    const { apiKeyIn = 'frame', transport } = options
    // Browsers send no headers: there the key goes where it went before there were any.
    const key = new KeyHolder(options, apiKeyIn === 'header' && !transport.traits.requestHeaders ? 'frame' : apiKeyIn)
    this.#protocol = this.#newProtocol(key)
    this.#connection = this.#newConnection(key)
    this.#events = new ClientEvents(
      options,
      {
        ready: () => this.#announce(),
        dropped: () => this.#dropped(),
        closed: (code, reason) => this.#events.call('onClose', () => options.onClose?.(code, reason)),
      },
      'invalid_response',
    )
    this.#events.listen(this.#connection)
    this.#connection.tap((message) => {
      // The answer to a request is done with as soon as it is there.
      if (answeredId(message) !== undefined) this.#acks.progress()
      return false
    })
    this.#requests = new Requests(this.#connection, { answers: answeredId, clock })
    this.#intake = new Intake({
      options,
      events: this.#events,
      read: this.#read,
      progress: () => this.#acks.progress(),
      active: () => this.#position.active,
      send: (message) => void this.send(message),
    })
    this.#connection.tap((message) => this.#sees(message) || this.#intake.asksUs(message))
    this.#connection.on('status', ({ status }) => {
      if (status.state === 'closed') this.#intake.ended()
    })
  }

  get state(): HubState {
    return this.#events.state
  }

  /** Where it stands, why, and what comes next. */
  get status(): Status {
    return this.#connection.status
  }

  get isConnected(): boolean {
    return this.state === 'connected'
  }

  /** The hub's, once it told one; until then the one that was given. */
  get sessionId(): string | undefined {
    return this.#sessionId
  }

  /** The `init` of the current or last connection. */
  get initMessage(): HubInitMessage | undefined {
    return this.#init
  }

  /** Everything up to here is processed: store it, and give it as `after` to go on from there. Opaque. */
  get position(): string | undefined {
    return this.#position.active ? this.#read.format() : undefined
  }

  /** What is promised with this hub, as it is now. */
  get guarantees(): Guarantees {
    return this.#connection.guarantees
  }

  get metrics(): ConnectionMetrics {
    return this.#connection.metrics
  }

  /** The engine below, for its events and history. */
  get connection(): HubConnection {
    return this.#connection
  }

  /** Where it stands, why, and what happens next: a sentence or two for a person. */
  explain(): string {
    return this.#connection.explain()
  }

  /**
   * Resolves when usable; until then it is tried, for as long as `timeoutMs` says. @throws a {@link HubError} when it is
   * over before that, or the signal's reason.
   */
  connect(options: ConnectOptions = {}): Promise<void> {
    const opened = this.#connection.connect(options).catch((error: unknown) => {
      throw options.signal?.aborted === true && error === (options.signal.reason ?? error)
        ? error
        : toHubError(error, this.#sessionId)
    })
    opened.catch(() => {})
    return opened
  }

  /** Ends for good; what is queued gets `flushMs` (1000) to leave. Never rejects. `connect()` may follow. */
  close(code?: number, reason?: string, flushMs?: number): Promise<void> {
    return this.#connection.close({ code, reason, flushMs })
  }

  /** Ends at once: nothing is flushed. */
  terminate(): void {
    void this.#connection.close({ flushMs: 0 })
  }

  /** Drops the connection and dials at once. */
  reconnect(): void {
    this.#connection.reconnect()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Queues a message in order, or writes it at once. Never throws: the delivery says what became of it, and awaiting
   * it waits until the hub has it. `ping`, `ack` and `bootstrap_ready` are for now or never.
   */
  send(message: HubOutgoing, options: SendOptions = {}): Delivery {
    if (message.type === 'subscribe' && Array.isArray(message.patterns)) this.#patterns = message.patterns
    this.#intake.said(message)
    return this.#connection.send(message, { id: ownId(message), delivery: classOf(message), ...options })
  }

  /** Sends a request and resolves with its response. @throws response_timeout, connection_error, send_while_disconnected, or the signal's reason. */
  async request(question: HubQuestion, options: HubAskOptions = {}): Promise<HubResponse> {
    const answer = await this.#ask((id) => ({ ...question, id }), options)
    if (answer.type === undefined && 'actions' in answer) return answer
    const issue = 'issue' in answer ? `: ${String(answer.issue)}` : ' actions.'
    throw new HubError('invalid_response', `The response has no readable${issue}`, { sessionId: this.#sessionId })
  }

  async #ask(build: (id: string) => HubOutgoing, options: HubAskOptions): Promise<HubServerMessage> {
    const delivery = options.onDrop === 'carry' ? 'ordered' : 'once'
    let asked = ''
    const named = (id: string): HubOutgoing => {
      asked = id
      this.#numbering.asks(id)
      return build(id)
    }
    try {
      return await this.#requests.ask(named, { ...options, delivery })
    } catch (error) {
      throw options.signal?.aborted === true && error === (options.signal.reason ?? error)
        ? error
        : toHubError(error, this.#sessionId)
    } finally {
      this.#numbering.answered(asked)
    }
  }

  /** As {@link HubClient.request}, in hub §8's form. */
  sendAndWait(question: HubQuestion, timeoutMs: number = HUB_DEFAULTS.responseTimeoutMs): Promise<HubResponse> {
    return this.request(question, { timeoutMs })
  }

  /** An event of the session, answered (hub §3). */
  event(event: string, data: Readonly<Record<string, unknown>> = {}, options?: HubAskOptions): Promise<HubResponse> {
    return this.request({ type: 'event', event, data }, options)
  }

  /** A call of a hub tool, answered (hub §3). */
  tool(
    call: { readonly name: string; readonly toolCallId: string; readonly params: Readonly<Record<string, unknown>> },
    options?: HubAskOptions,
  ): Promise<HubResponse> {
    return this.request({ type: 'tool', ...call }, options)
  }

  /** A command that a person typed, answered (hub §3). */
  command(name: string, args: string = '', options?: HubAskOptions): Promise<HubResponse> {
    return this.request({ type: 'command', name, args }, options)
  }

  /** For the RPC driver (hub §3). What it answers comes as an `rpc_response`. */
  rpcCommand(command: Readonly<Record<string, unknown>>): Delivery {
    return this.send({ type: 'rpc_command', command })
  }

  /** Appends one line to a session file (hub §3). */
  sessionEntry(path: string, line: string): Delivery {
    return this.send({ type: 'session_entry', path, line })
  }

  /** Writes a whole session file (hub §3). */
  sessionWrite(path: string, content: string): Delivery {
    return this.send({ type: 'session_write', path, content })
  }

  /** Replaces the event filter, now and on every later connection. */
  subscribe(patterns: readonly string[]): void {
    this.#patterns = patterns
    if (this.isConnected) this.send({ type: 'subscribe', patterns })
  }

  /**
   * The conversation before what the newest hydration carried (its `earlier`), page by page, the newest page first; a
   * page that is waited for is asked for again after a drop. Nothing where the hydration had it all.
   * @throws response_timeout, connection_error where the session began anew, or the signal's reason.
   */
  history(options: HubHistoryOptions = {}): AsyncGenerator<HubHistoryPage, undefined> {
    const host: HistoryHost = {
      ask: (build, signal) => this.#ask(build, { onDrop: 'carry', signal }),
      epoch: () => this.#position.current?.epoch,
    }
    return historyPages(host, { before: this.#earlier, ...options })
  }

  /**
   * For a lead that did not give `onRequest`: answers what is asked of it from here on, and what was asked and is still open.
   * One handler: a second call replaces it. Returns its own undo.
   */
  handleRequests(handler: HubRequestHandler): () => void {
    return this.#intake.handleRequests(handler)
  }

  /** As {@link HubClient.handleRequests}, for a controller that did not give `onUiRequest`. */
  handleUiRequests(handler: HubUiRequestHandler): () => void {
    return this.#intake.handleUiRequests(handler)
  }

  /** What waited for a first reader, and messages and gaps from here on: `for await (const message of hub.messages())`. Bounded; `break` frees it. */
  messages(options?: InboxOptions, left?: () => void): HubStream<HubServerMessage> {
    return new HubStream<HubServerMessage>(this.#connection, options, left)
  }

  [Symbol.asyncIterator](): HubStream<HubServerMessage> {
    return this.messages()
  }

  // ---- the connection ---------------------------------------------------------------------------

  #newProtocol(holder: KeyHolder): HubProtocol {
    const { role = HUB_DEFAULTS.role, validate = true, apiKey, clock = systemClock } = this.#options
    return new HubProtocol({
      role,
      validate,
      clock,
      heartbeatIntervalMs: this.#options.heartbeatIntervalMs ?? HUB_DEFAULTS.heartbeatIntervalMs,
      heartbeatTimeoutMs: this.#options.heartbeatTimeoutMs ?? HUB_DEFAULTS.heartbeatTimeoutMs,
      refreshable: typeof apiKey === 'function',
      key: () => holder.key,
      position: this.#position,
      filtered: () => role !== 'observer' || this.#patterns.some((pattern) => pattern !== '*'),
      numbering: this.#numbering,
      doubts: (which) => this.#requests.doubt(which),
      accepted: () => this.#announce(),
      read: this.#read,
      progress: () => this.#acks.progress(),
      refused: (error) => this.#events.report(error),
    })
  }

  #newConnection(key: KeyHolder): HubConnection {
    const options = this.#options
    return new Connection({
      ...engineOptions(options),
      transport: options.transport,
      protocol: this.#protocol,
      credentials: (context) => key.credentials(context),
      target: (context) => socketTarget(options, context, this.#dialState(), key),
      retry: retryOptions(options, options.autoReconnect !== false),
      outbox: {
        maxCount: options.maxMessageQueueSize,
        maxBytes: options.maxMessageQueueBytes ?? HUB_DEFAULTS.maxMessageQueueBytes,
      },
      onMessage: takesMessages(options) ? (message) => this.#intake.message(message) : undefined,
      concurrency: options.concurrency,
    })
  }

  #sees(message: HubServerMessage): boolean {
    this.#sessionId ??= sessionOf(message)
    if (isHydration(message)) this.#earlier = message.earlier
    return false
  }

  #dialState(): DialState {
    return {
      sessionId: this.#sessionId,
      patterns: this.#patterns,
      after: this.#position.format(),
      instance: this.#instance,
      isFresh: !this.#numbering.hasNumbered,
    }
  }

  /** Once for every connection, before its first message. */
  #announce(): void {
    if (this.#announced) return
    this.#announced = true
    this.#protocol.opened()
    this.#acks.restart()
    const init = this.#connection.ready?.init
    this.#init = init
    if (init?.sessionId !== undefined) this.#sessionId = init.sessionId
    if (init !== undefined) this.#events.call('onInit', () => this.#options.onInit?.(init))
  }

  #dropped(): void {
    this.#announced = false
    this.#acks.stop()
    this.#protocol.dropped()
  }
}
