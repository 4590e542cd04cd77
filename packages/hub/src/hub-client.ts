import type {
  CloseOptions,
  ConnectionMetrics,
  ConnectOptions,
  Delivery,
  Guarantees,
  InboxOptions,
  SendOptions,
  Status,
} from '@holdfast/core'
import { connectClient, isConnected } from '@holdfast/core/client'
import { SENTENCES } from '@holdfast/core/words'
import type { HubInitMessage, HubRequest, HubResponse, HubServerMessage } from '@holdfast/protocol/hub'
import type { HubHistoryPage } from '@holdfast/protocol/hub/messages'
import type { HubRequestHandler, HubUiRequestHandler } from './answering.ts'
import { HubError } from './errors.ts'
import type { HubOutgoing } from './handshake.ts'
import { type HistoryHost, type HubHistoryOptions, historyPages } from './history.ts'
import { type HubAskOptions, HubLink } from './hub-link.ts'
import { type HubGap, HubStream } from './hub-stream.ts'
import { assertUrl, type HubConnection, type HubEvents, type HubOptions } from './options.ts'

/** A request without its id, which the client gives. */
export type HubQuestion = {
  [K in HubRequest['type']]: Omit<Extract<HubRequest, { type: K }>, 'id' | 'mid'>
}[HubRequest['type']]

/**
 * One connection to a session of a hub, as lead, controller, observer or sub-agent (hub §1–§5, §11). `connect()` starts
 * it, `close()` ends it; in between it reconnects, resumes, keeps order and reports the outcome of every message.
 */
export class HubClient implements AsyncIterable<HubServerMessage | HubGap> {
  readonly #link: HubLink

  /** Nothing is dialed before `connect()`. @throws `hub/invalid_option`, `connection/invalid_option` */
  constructor(options: HubOptions) {
    assertUrl(options.url)
    this.#link = new HubLink(options)
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** The present state, its cause, and what comes next. */
  get status(): Status {
    return this.#link.connection.status
  }

  /** What is sent now is written now. */
  get isConnected(): boolean {
    return isConnected(this.status)
  }

  get metrics(): ConnectionMetrics {
    return this.#link.connection.metrics
  }

  /** The state, its cause and the next step: a sentence or two for a person. */
  explain(): string {
    return this.#link.connection.explain()
  }

  /** The id that the hub assigned; before that, the one given in the options. */
  get sessionId(): string | undefined {
    return this.#link.sessionId
  }

  /** The `init` of the current or last connection. */
  get initMessage(): HubInitMessage | undefined {
    return this.#link.init
  }

  /** Everything up to here is processed: store it, and give it as `after` to go on from there. Opaque. */
  get position(): string | undefined {
    const { position, read, options } = this.#link
    if (options.wire !== undefined) return options.wire.position?.()
    return position.active ? read.format() : undefined
  }

  /** What is promised with this hub, as it is now. */
  get guarantees(): Guarantees {
    return this.#link.connection.guarantees
  }

  /** The engine below, for its events and history. */
  get connection(): HubConnection {
    return this.#link.connection
  }

  // ---- what all clients do ----------------------------------------------------------------------

  /**
   * Resolves with the client when it is usable; until then it keeps trying, for at most `timeoutMs`.
   * @throws a {@link HubError} when it is over before that, or the signal's reason
   */
  connect(options?: ConnectOptions): Promise<this> {
    return connectClient(this, this.#link.connection, options, (error) => this.#link.failure(error))
  }

  /** Drops the connection and dials at once. */
  reconnect(): void {
    this.#link.connection.reconnect()
  }

  /**
   * Ends the connection for good; queued messages get `flushMs` to leave. The session continues. Never rejects.
   * `connect()` may be called again.
   */
  close(options?: CloseOptions): Promise<void> {
    return this.#link.connection.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Adds a listener. Returns a function that removes it. */
  on<Name extends keyof HubEvents>(name: Name, listener: (event: HubEvents[Name]) => unknown): () => void {
    return this.#link.events.on(name, listener)
  }

  /**
   * Messages that arrived before a first reader, and messages and gaps from here on. Bounded; `break` frees it. `left`
   * is called when it is over.
   */
  messages(options?: InboxOptions, left?: () => void): HubStream<HubServerMessage> {
    return new HubStream<HubServerMessage>(this.#link.connection, options, left)
  }

  [Symbol.asyncIterator](): HubStream<HubServerMessage> {
    return this.messages()
  }

  // ---- what it says -----------------------------------------------------------------------------

  /**
   * Queues a message in order, or writes it at once. Never throws: the delivery reports the outcome, and awaiting it
   * waits until the hub has the message. `ping`, `ack` and `bootstrap_ready` are written now or dropped.
   */
  send(message: HubOutgoing, options?: SendOptions): Delivery {
    return this.#link.send(message, options)
  }

  /** Sends a request and resolves with its response. @throws `hub/response_timeout`, `hub/connection_error`, `hub/send_while_disconnected`, or the signal's reason. */
  async request(question: HubQuestion, options: HubAskOptions = {}): Promise<HubResponse> {
    const answer = await this.#link.ask((id) => ({ ...question, id }), options)
    if (answer.type === undefined && 'actions' in answer) return answer
    const issue = 'issue' in answer ? `: ${String(answer.issue)}` : ' actions.'
    throw new HubError('hub/invalid_response', SENTENCES ? `The response has no readable${issue}` : issue, {
      sessionId: this.#link.sessionId,
    })
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
    this.#link.patterns = patterns
    if (this.isConnected) this.send({ type: 'subscribe', patterns })
  }

  /**
   * The conversation before the newest hydration (its `earlier`), page by page, the newest page first; a page that did
   * not arrive before a drop is requested again. Yields nothing where the hydration was complete.
   * @throws `hub/response_timeout`, `hub/connection_error` where the session started over, or the signal's reason.
   */
  history(options: HubHistoryOptions = {}): AsyncGenerator<HubHistoryPage, undefined> {
    const host: HistoryHost = {
      ask: (build, signal) => this.#link.ask(build, { onDrop: 'carry', signal }),
      epoch: () => this.#link.position.current?.epoch,
    }
    return historyPages(host, { before: this.#link.earlier, ...options })
  }

  /**
   * Answers requests, for a lead that did not give `onRequest`: new ones, and earlier ones that are still open. There
   * is one handler: a second call replaces it. Returns a function that removes it.
   */
  handleRequests(handler: HubRequestHandler): () => void {
    return this.#link.questions.handleRequests(handler)
  }

  /** As {@link HubClient.handleRequests}, for a controller that did not give `onUiRequest`. */
  handleUiRequests(handler: HubUiRequestHandler): () => void {
    return this.#link.questions.handleUiRequests(handler)
  }
}
