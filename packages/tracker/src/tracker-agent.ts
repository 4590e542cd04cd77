import {
  type CloseOptions,
  Connection,
  type ConnectionMetrics,
  type ConnectOptions,
  type Delivery,
  HoldfastError,
  type Status,
  systemClock,
} from '@holdfast/core'
import { ClientLifecycle, isConnected } from '@holdfast/core/client'
import { throwIfAborted } from '@holdfast/core/contract'
import type { HandshakeConnection } from '@holdfast/core/protocol'
import type {
  TrackerChatSend,
  TrackerClientMessage,
  TrackerProject,
  TrackerServerMessage,
} from '@holdfast/protocol/tracker'
import { ChatSender, type SayOptions } from './chat-sender.ts'
import { TrackerError, trackerProblem } from './errors.ts'
import { EventIntake, type TrackerEvent, type TrackerEventHandler } from './event-intake.ts'
import { eventLoop } from './event-loop.ts'
import type { TrackerReady } from './handshake.ts'
import { MessageListeners } from './message-listeners.ts'
import {
  assertOptions,
  TRACKER_DEFAULTS,
  type TrackerAgentOptions,
  type TrackerEvents,
  targetOf,
  trackerEngine,
} from './options.ts'
import { Presence } from './presence.ts'
import { StreamCoalescer, undelivered } from './stream-coalescer.ts'
import { TrackerProtocol } from './tracker-protocol.ts'

/**
 * An agent connected to a task tracker: it reports whether it is busy, handles events once each and acknowledges them,
 * sends chat messages in order and streams its work, over any number of connections. Tracker §2.
 */
export class TrackerAgent implements AsyncIterable<TrackerEvent> {
  readonly #options: TrackerAgentOptions
  readonly #connection: HandshakeConnection<TrackerServerMessage, TrackerClientMessage, TrackerReady>
  readonly #events: ClientLifecycle<TrackerEvent, TrackerError>
  readonly #listeners = new MessageListeners()
  readonly #presence: Presence
  readonly #intake: EventIntake
  readonly #stream: StreamCoalescer
  readonly #chat: ChatSender

  /** @throws `tracker/invalid_option`, `connection/invalid_option` */
  constructor(options: TrackerAgentOptions) {
    this.#options = options
    assertOptions(options)
    const { clock = systemClock } = options
    const d = TRACKER_DEFAULTS
    this.#presence = new Presence({
      clock,
      intervalMs: options.liveness?.intervalMs ?? d.livenessIntervalMs,
      ackTimeoutMs: options.liveness?.timeoutMs ?? d.livenessTimeoutMs,
    })
    this.#connection = new Connection({
      ...trackerEngine(options),
      target: (context) => targetOf(options, context),
      protocol: new TrackerProtocol(this.#presence, typeof options.token === 'function'),
    })
    this.#chat = new ChatSender(this.#connection, options.whenInDoubt === 'report' ? 'once' : 'retry')
    this.#intake = new EventIntake(this.#connection, {
      clock,
      maxRememberedIds: options.maxRememberedIds ?? d.maxRememberedIds,
      maxPending: options.maxPendingEvents ?? d.maxPendingEvents,
      maxPendingBytes: d.maxPendingBytes,
      concurrency: options.concurrency ?? d.concurrency,
      failure: { ...d.failure, ...options.failure },
      report: (error) => this.#events.report(error),
    })
    this.#stream = new StreamCoalescer({
      clock,
      gatherMs: options.streamGatherMs ?? d.streamGatherMs,
      maxCount: options.maxStreamEvents ?? d.maxStreamEvents,
      maxBytes: d.maxStreamBytes,
      connection: this.#connection,
      dropped: (count) => void this.#events.emit('delivery', { kind: 'dropped', count, ids: [] }),
    })
    this.#events = this.#newEvents()
    this.#watch()
    this.#events.listen(this.#listeners.inOptions(options))
    if (options.onEvent !== undefined) this.#intake.handle(options.onEvent)
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** The present state of the connection, its cause, and what comes next. */
  get status(): Status {
    return this.#connection.status
  }

  get isConnected(): boolean {
    return isConnected(this.status)
  }

  /** The state, its cause and the next step: a sentence or two for a person. */
  explain(): string {
    return this.#connection.explain()
  }

  get metrics(): ConnectionMetrics & {
    readonly pendingEvents: number
    readonly duplicateEvents: number
    readonly leftOutEvents: number
    readonly rememberedIds: number
  } {
    const { pending, duplicates, leftOut, remembered } = this.#intake
    return {
      ...this.#connection.metrics,
      pendingEvents: pending,
      duplicateEvents: duplicates,
      leftOutEvents: leftOut,
      rememberedIds: remembered,
    }
  }

  /** Received at the last auth; undefined before the first. */
  get lobbyChatId(): string | undefined {
    return this.#connection.ready?.welcome.lobbyChatId
  }

  get projects(): readonly TrackerProject[] {
    return this.#connection.ready?.welcome.projects ?? []
  }

  /** Who was online at the last authentication, as the tracker sent it. */
  get online(): readonly unknown[] {
    return this.#connection.ready?.welcome.online ?? []
  }

  /** `busy` while there are tasks. */
  get presence(): 'busy' | 'online' {
    return this.#presence.status
  }

  // ---- what it does -----------------------------------------------------------------------------

  /**
   * Resolves with the agent once authenticated. Until then it keeps trying, until `timeoutMs` (if given) or an abort.
   * @throws `tracker/token_refused`, `tracker/refused`, `tracker/connect_timeout`, or the signal's reason; then it is over
   */
  async connect(options: ConnectOptions = {}): Promise<this> {
    const { timeoutMs = this.#options.connectTimeoutMs, signal } = options
    throwIfAborted(signal)
    try {
      const opened = this.#connection.connect({ signal, timeoutMs })
      this.#intake.begin()
      await opened
      return this
    } catch (error) {
      await this.#connection.close({ flushMs: 0 })
      throw error instanceof HoldfastError && error.code === 'connection/connect_timeout'
        ? new TrackerError('tracker/connect_timeout', error.message, {}, error)
        : error
    }
  }

  /** Drops the connection and dials at once. Handlers go on. */
  reconnect(): void {
    this.#intake.begin()
    this.#connection.reconnect()
  }

  /** Ends with close code 1000. What is queued gets a second to leave; handlers' signals are aborted. `connect()` may follow. */
  async close(options?: CloseOptions): Promise<void> {
    if (this.#connection.state === 'open') this.#stream.flush()
    else this.#stream.clear()
    await this.#connection.close(options)
    this.#intake.end()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Handles events, one after the other, in order. An event is acknowledged when its handler has returned; an error is
   * reported, the event retried and in the end nacked (option `failure`). There is one handler: a second call replaces
   * it. Returns a function that removes it.
   */
  handle(handler: TrackerEventHandler): () => void {
    return this.#intake.handle(handler)
  }

  /**
   * Adds a listener; returns a function that removes it. A `message` is acknowledged when all its listeners have
   * returned. A listener that throws counts as with `handle()`: the event comes to all of them again, and in the end it
   * is nacked (option `failure`).
   */
  on<Name extends keyof TrackerEvents>(name: Name, listener: (event: TrackerEvents[Name]) => unknown): () => void {
    return this.#events.on(name, this.#listeners.watched(name, listener))
  }

  /**
   * Events, one after the other; each is acknowledged when the next is requested. Ends with the agent; `break` leaves
   * the last one unacknowledged, so that it comes again.
   */
  [Symbol.asyncIterator](): AsyncIterator<TrackerEvent, undefined> {
    return eventLoop(
      (handler) => this.#intake.handle(handler),
      (over) => this.#events.on('closed', over),
    )
  }

  /** From here on the agent is busy. */
  addTask(id: string): void {
    this.#presence.add(id)
  }

  /** Online again when this was the last task. */
  removeTask(id: string): void {
    this.#presence.remove(id)
  }

  /**
   * Sends a message to a chat; with an empty chat id to the task alone. Queued while disconnected; order is kept.
   * Awaiting it waits until the tracker has it.
   * @throws `tracker/invalid_option` for an invalid key
   */
  sendChatMessage(
    chatId: string,
    content: string,
    mentions: readonly string[] = [],
    thinking?: string | undefined,
    taskId?: string | undefined,
    options: SayOptions = {},
  ): Delivery {
    const to = { ...(chatId === '' ? {} : { chat_id: chatId }), ...(taskId === undefined ? {} : { task_id: taskId }) }
    return this.#say({ ...to, content, mentions, ...(thinking === undefined ? {} : { thinking }) }, options)
  }

  /** Comments on a task. As {@link sendChatMessage}. */
  sendTaskComment(
    taskId: string,
    content: string,
    mentions: readonly string[] = [],
    thinking?: string | undefined,
    options: SayOptions = {},
  ): Delivery {
    const more = thinking === undefined ? {} : { thinking }
    return this.#say({ task_id: taskId, content, mentions, ...more }, options)
  }

  /** Streams a piece of work: `agent.stream.delta`, `agent.stream.tool`, …. Deltas may be joined, the oldest dropped. */
  sendStreamEvent(type: string, data: object = {}): void {
    this.#stream.push({ ...data, type })
  }

  // ---- inside -----------------------------------------------------------------------------------

  #say(said: Omit<TrackerChatSend, 'type' | 'id'>, options: SayOptions): Delivery {
    const known = this.#chat.known(options)
    if (known !== undefined) return known
    // What was streamed before it arrives before it.
    this.#stream.flush()
    return this.#chat.say(said, options)
  }

  #newEvents(): ClientLifecycle<TrackerEvent, TrackerError> {
    const connection = this.#connection
    let forget = (): void => {}
    return new ClientLifecycle<TrackerEvent, TrackerError>(
      {
        listen: (listener) => connection.listen(listener),
        handle: (handler) => {
          forget()
          forget = handler === undefined ? () => {} : this.#intake.handle(this.#listeners.handler(handler))
        },
      },
      {
        logger: this.#options.logger,
        problem: trackerProblem,
        failure: (error) =>
          error instanceof TrackerError ? error : new TrackerError('tracker/refused', wordsOf(error), {}, error),
        delivery: undelivered,
      },
    )
  }

  #watch(): void {
    this.#connection.on('status', ({ status, previous }) => {
      if (status.state === 'closed') this.#stream.clear()
      if (status.state !== 'open' || previous.state === 'open') return
      this.#intake.acks.settle()
      this.#stream.flush()
    })
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The agent failed.'
}
