import {
  type CloseOptions,
  Connection,
  type ConnectionMetrics,
  type Delivery,
  type DeliveryReport,
  HoldfastError,
  type Status,
  systemClock,
  type WebSocketFrame,
} from '@holdfast/core'
import { throwIfAborted } from '@holdfast/core/contract'
import { follow } from '@holdfast/core/internals'
import type {
  TrackerChatSend,
  TrackerClientMessage,
  TrackerProject,
  TrackerServerMessage,
} from '@holdfast/protocol/tracker'
import { TrackerError, type TrackerErrorCode, type TrackerErrorDetails } from './errors.ts'
import { EventIntake, type TrackerEventContext, type TrackerEventHandler } from './event-intake.ts'
import type { TrackerReady } from './handshake.ts'
import { engineOptions, TRACKER_DEFAULTS, type TrackerAgentOptions, targetOf } from './options.ts'
import { Presence } from './presence.ts'
import { StreamCoalescer } from './stream-coalescer.ts'
import { TrackerProtocol } from './tracker-protocol.ts'

/** How `start()` is bounded. */
export interface StartOptions {
  /** @defaultValue {@link TRACKER_DEFAULTS}`.startTimeoutMs` */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** How a message is said. */
export interface SayOptions {
  /**
   * The message's name, of at most 128 characters: the same key again is the same message, which a tracker that knows
   * ids shows once. Make it of the event that the message answers ({@link TrackerEventContext.key}). @defaultValue a random one
   */
  readonly key?: string | undefined
}

const MAX_KEY_LENGTH = 128

/** Ids of stream events that had to wait in the queue: their loss is no error. */
const STREAM_ID = 'stream.'

/**
 * An agent attached to a task tracker: it tells whether it is busy, handles events once each and acknowledges them,
 * sends chat messages in order and streams its work, over any number of connections. Tracker §2.
 */
export class TrackerAgent {
  readonly #options: TrackerAgentOptions
  readonly #connection: Connection<
    TrackerServerMessage,
    TrackerClientMessage,
    WebSocketFrame,
    WebSocketFrame,
    TrackerReady
  >
  readonly #presence: Presence
  readonly #intake: EventIntake
  readonly #stream: StreamCoalescer
  /** Messages under a key of the application that are not settled, the oldest first. */
  readonly #keyed = new Map<string, Delivery>()
  #streamed = 0

  /** @throws `tracker/invalid_option`, `connection/invalid_option` */
  constructor(options: TrackerAgentOptions) {
    this.#options = options
    const { transport, clock = systemClock } = options
    const d = TRACKER_DEFAULTS
    this.#presence = new Presence({
      clock,
      intervalMs: (options.heartbeatIntervalSec ?? d.heartbeatIntervalSec) * 1_000,
      ackTimeoutMs: options.heartbeatTimeoutMs ?? d.heartbeatTimeoutMs,
    })
    const target = targetOf(options)
    this.#connection = new Connection({
      ...engineOptions(options),
      transport,
      target,
      protocol: new TrackerProtocol(this.#presence, typeof options.token === 'function'),
    })
    this.#intake = new EventIntake(this.#connection, {
      clock,
      maxSeen: options.maxSeen ?? d.maxSeen,
      maxPending: options.maxPendingEvents ?? d.maxPendingEvents,
      maxPendingBytes: d.maxPendingBytes,
      concurrency: options.concurrency ?? d.concurrency,
      failure: { ...d.failure, ...options.failure },
      report: (error) => this.#report(error),
    })
    this.#stream = new StreamCoalescer({
      clock,
      gatherMs: options.streamGatherMs ?? d.streamGatherMs,
      maxCount: options.maxStreamEvents ?? d.maxStreamEvents,
      maxBytes: d.maxStreamBytes,
      open: () => this.isConnected,
      send: (event) => this.#sendStream(event),
      dropped: (count) =>
        this.#tell('tracker/not_delivered', `${count} stream events were dropped`, { kind: 'streamDropped', count }),
    })
    if (options.onEvent !== undefined) this.#intake.handle(options.onEvent)
    this.#watch()
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** Where the connection stands, why, and what comes next. */
  get status(): Status {
    return this.#connection.status
  }

  get isConnected(): boolean {
    return this.#connection.state === 'open'
  }

  /** Where it stands, why, and what happens next: a sentence or two for a person. */
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

  /** Told by the tracker at the last auth; undefined before the first. */
  get lobbyChatId(): string | undefined {
    return this.#connection.ready?.welcome.lobbyChatId
  }

  get projects(): readonly TrackerProject[] {
    return this.#connection.ready?.welcome.projects ?? []
  }

  /** Who was online at the last auth, as the tracker tells it. */
  get online(): readonly unknown[] {
    return this.#connection.ready?.welcome.online ?? []
  }

  /** `busy` while there are tasks. */
  get presence(): 'busy' | 'online' {
    return this.#presence.status
  }

  // ---- what it does -----------------------------------------------------------------------------

  /**
   * Starts. Resolves once authenticated; while that is not so it is retried, until the deadline or the signal ends it.
   * @throws `tracker/token_refused`, `tracker/refused`, `tracker/start_timeout`, or the signal's reason; nothing is left running then
   */
  async start(options: StartOptions = {}): Promise<void> {
    const { timeoutMs = this.#options.startTimeoutMs ?? TRACKER_DEFAULTS.startTimeoutMs, signal } = options
    throwIfAborted(signal)
    try {
      const opened = this.#connection.connect({ signal, timeoutMs })
      this.#intake.begin()
      await opened
    } catch (error) {
      await this.#connection.close({ flushMs: 0 })
      throw error instanceof HoldfastError && error.code === 'connection/connect_timeout'
        ? new TrackerError('tracker/start_timeout', error.message, {}, error)
        : error
    }
  }

  /** Ends with close code 1000. What is queued gets a second to leave; handlers' signals are aborted. */
  async stop(options?: CloseOptions): Promise<void> {
    if (this.isConnected) this.#stream.flush()
    else this.#stream.clear()
    await this.#connection.close(options)
    this.#intake.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /**
   * Handles events, one after the other, in order. An event is acknowledged when its handler has returned; a throw is
   * reported, retried and in the end nacked (option `failure`). One handler: a second call replaces it. Returns its own undo.
   */
  handle(handler: TrackerEventHandler): () => void {
    return this.#intake.handle(handler)
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
   * Says something in a chat; without one (an empty id) at the task alone. Queued while disconnected; order is kept.
   * Awaiting it waits until the tracker has it.
   * @throws `tracker/invalid_option` for a key of no use
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

  #say(said: Omit<TrackerChatSend, 'type' | 'id'>, { key }: SayOptions): Delivery {
    if (key !== undefined && (key === '' || key.length > MAX_KEY_LENGTH)) {
      const message = `Option key: expected 1 to ${MAX_KEY_LENGTH} characters`
      throw new TrackerError('tracker/invalid_option', message, { option: 'key' })
    }
    this.#forgetSettled()
    const known = key === undefined ? undefined : this.#keyed.get(key)
    if (known !== undefined) return known
    // What was streamed before it arrives before it.
    this.#stream.flush()
    const id = key ?? crypto.randomUUID()
    const delivery = this.#options.whenInDoubt === 'report' ? 'once' : 'retry'
    const sent = this.#connection.send({ type: 'chat.send', ...said, id }, { id, delivery })
    if (key !== undefined) this.#keyed.set(key, sent)
    return sent
  }

  #forgetSettled(): void {
    for (const [key, { settled }] of this.#keyed) if (settled) this.#keyed.delete(key)
  }

  #sendStream(event: TrackerClientMessage): void {
    if (this.isConnected) {
      this.#connection.send(event, { delivery: 'volatile' })
      return
    }
    this.#streamed += 1
    this.#connection.send(event, { delivery: 'once', id: `${STREAM_ID}${this.#streamed}` })
  }

  #watch(): void {
    const connection = this.#connection
    connection.on('status', ({ status, previous }) => {
      if (status.state === 'closed') this.#stream.clear()
      if (status.state !== 'open' || previous.state === 'open') return
      this.#intake.settle()
      this.#stream.flush()
    })
    connection.on('invalid', ({ issue }) => this.#tell('tracker/invalid_message', issue))
    connection.on('problem', ({ what, error }) => {
      const isOutage = error instanceof HoldfastError && error.code === 'connection/unreachable'
      this.#tell(isOutage ? 'tracker/unreachable' : 'tracker/callback_failed', what, {}, error)
    })
    connection.on('delivery', (report) => this.#undelivered(report))
  }

  #undelivered({ kind, count, ids }: DeliveryReport): void {
    const chat = ids.filter((id) => !id.startsWith(STREAM_ID))
    if (kind === 'dropped' || (chat.length === 0 && ids.length === count)) return
    this.#tell('tracker/not_delivered', `${count} messages: ${kind}`, { kind, count, ids: chat })
  }

  #tell(code: TrackerErrorCode, message: string, details: TrackerErrorDetails = {}, cause?: unknown): void {
    this.#report(new TrackerError(code, message, details, cause))
  }

  #report(error: TrackerError): void {
    this.#options.logger?.warn(error.code, error.details)
    const threw = (): void => this.#options.logger?.error('onError threw', { code: error.code })
    try {
      follow(this.#options.onError?.(error), threw)
    } catch {
      threw()
    }
  }
}
