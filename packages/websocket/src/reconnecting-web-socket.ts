import {
  type Cause,
  type Clock,
  type Confirmed,
  Connection,
  type Delivery,
  explainCause,
  type HoldfastError,
  type Status,
  systemClock,
  type Timer,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/core'
import { socketError } from './errors.ts'
import { type CloseEventInit, closeInit } from './events.ts'
import { closeInitOf, frameProtocol } from './frame-protocol.ts'
import { observedTransport } from './observed-transport.ts'
import {
  engineOptionsOf,
  type ReconnectingWebSocketOptions,
  type RuntimeDefaults,
  transportOf,
  WEBSOCKET_DEFAULTS,
} from './options.ts'
import { SendOrder } from './send-order.ts'
import { type SocketData, sizeOf } from './socket-data.ts'
import { askedTarget, assertDialable, type ProtocolsProvider, resolvedUrl, type UrlProvider } from './socket-target.ts'
import { type ReadyState, WebSocketInterface } from './web-socket-interface.ts'

/** What was sent and waits to be written. */
interface Queued {
  readonly data: SocketData
  readonly bytes: number
  readonly delivery: Delivery
}

/** Who asked what becomes of a message. */
interface Asked {
  readonly sent: (delivery: Delivery) => void
  readonly refused: (error: HoldfastError) => void
}

/** How long a close waits for what was sent before it, in milliseconds. */
const FLUSH_MS = 5_000

/** So long after a message the server is asked whether it has it, where it can be: a ping four times a second at most. */
const CONFIRM_MS = 250

/**
 * A WebSocket that stays: where its link is lost it dials again, keeps what is sent meanwhile, and says what did not arrive.
 * `open` and `close` are told for every link; `readyState` is `CLOSED` once it is over for good.
 */
export abstract class StayingWebSocket extends WebSocketInterface {
  readonly #connection: Connection<WebSocketFrame, WebSocketFrame>
  readonly #delivery: 'once' | 'retry' | undefined
  readonly #maxEnqueued: number
  readonly #order: SendOrder
  readonly #clock: Clock
  #queued: Queued[] = []
  #newestSent: Delivery | undefined
  #asking: Timer | undefined
  #url: string
  /** The link that was opened last, and the one that is written to. */
  #newest: WebSocketChannel | undefined
  #link: WebSocketChannel | undefined
  #isOpen = false
  /** `close()` was called, and the end has not been told. */
  #closing: { readonly isOpen: boolean } | undefined
  /** Dialing has begun, and was not ended by `close()`. */
  #isStarted = false
  #wasClosed = false
  /** A link was lost and nobody has been told. */
  #lost: { readonly cause: Cause } | undefined
  /** What `reconnect()` was given, for the `close` of the link that it ends. */
  #leaving: CloseEventInit | undefined
  /** Bytes that were sent after the end. */
  #discarded = 0

  /** @throws a `SyntaxError` (`DOMException`) for a URL or subprotocol that no WebSocket takes; `connection/invalid_option` */
  constructor(
    url: UrlProvider,
    protocols: ProtocolsProvider,
    options: ReconnectingWebSocketOptions,
    runtime: RuntimeDefaults,
  ) {
    super()
    const asked = { url, protocols, headers: options.headers }
    assertDialable(asked)
    this.#url = typeof url === 'function' ? '' : resolvedUrl(url)
    this.#delivery = options.delivery
    this.#maxEnqueued = options.maxEnqueuedMessages ?? Number.POSITIVE_INFINITY
    this.#clock = options.clock ?? systemClock
    this.#order = new SendOrder(options.maxQueuedBytes ?? WEBSOCKET_DEFAULTS.maxQueuedBytes)
    this.#connection = new Connection<WebSocketFrame, WebSocketFrame>({
      ...engineOptionsOf(options, runtime),
      transport: observedTransport(transportOf(options, runtime), {
        opened: (channel) => {
          this.#newest = channel
        },
        ended: (channel, end) => {
          if (channel === this.#link && this.#closing !== undefined) this.#closed(closeInit(end))
        },
      }),
      target: async () => {
        const target = await askedTarget(asked)
        this.#url = target.url
        return target
      },
      protocol: frameProtocol(options.wire, options.shouldReconnectOnClose),
      onMessage: (frame) => this.readyState === 1 && this.tellMessage(frame),
    })
    this.#listen()
    if (options.startClosed !== true) this.#start()
  }

  // ---- what it is -------------------------------------------------------------------------------

  get readyState(): ReadyState {
    if (this.#closing !== undefined) return 2
    if (this.#isOpen) return 1
    return this.#isStarted && !hasEnded(this.#connection.status) ? 0 : 3
  }

  get url(): string {
    return this.#url
  }

  get protocol(): string {
    return this.#link?.opening.protocol ?? ''
  }

  get bufferedAmount(): number {
    this.#prune()
    const waiting = this.#queued.reduce((sum, { bytes }) => sum + bytes, this.#order.bytes)
    return waiting + (this.#link?.bufferedBytes ?? 0) + this.#discarded
  }

  /** Retries since the last link that stayed open for `minUptime`. */
  get retryCount(): number {
    const { status } = this.#connection
    return 'attempt' in status ? Math.max(0, status.attempt - 1) : 0
  }

  /** It dials again where its link is lost. */
  get shouldReconnect(): boolean {
    return this.#isStarted && this.#closing === undefined && !hasEnded(this.#connection.status)
  }

  /** The connection below: its status and history, what it promises, what it measured. Messages are for this socket. */
  get connection(): Omit<Connection<WebSocketFrame, WebSocketFrame>, 'handle' | 'attach' | 'intercept'> {
    return this.#connection
  }

  /** Where it stands, why, and what happens next: a sentence or two for a person. */
  explain(): string {
    return this.#connection.explain()
  }

  // ---- what it does -----------------------------------------------------------------------------

  send(data: SocketData): void {
    this.#send(data)
  }

  /**
   * Sends, and says what became of it: `acked`, the server has it; `written`, where nothing can confirm it (browsers).
   * @throws rejects with the reason where it did not arrive: `delivery/in_doubt` where it may have, `websocket/closed`,
   * `delivery/overflow` and others where it never left
   */
  deliver(data: SocketData): Promise<Confirmed> {
    const delivered = new Promise<Confirmed>((resolve, reject) => {
      this.#send(data, { sent: ({ done }) => resolve(done), refused: reject })
    })
    // Who waits for it is told; who does not is told by `undelivered`.
    delivered.catch(() => {})
    return delivered
  }

  /** Gives this link up, if there is one, and dials at once, also after `close()`. Retries count from 1 again. */
  reconnect(code?: number, reason?: string): void {
    if (this.#closing !== undefined) this.#closed({ code: 1000, reason: '', wasClean: true })
    if (this.#isOpen) this.#leaving = { code: code ?? 1000, reason: reason ?? '', wasClean: true }
    this.#start(true)
  }

  /** Takes back what was sent and has not been written, in order. `undelivered` does not tell of it. */
  drainQueuedMessages(): SocketData[] {
    this.#prune()
    const taken = this.#queued.filter(({ delivery }) => delivery.cancel()).map(({ data }) => data)
    return [...taken, ...this.#order.drain()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#connection.close()
  }

  protected end(code: number | undefined, reason: string): void {
    const closing = { isOpen: this.#isOpen }
    this.#closing = closing
    const blobs = this.#order.idle
    const ending = async (): Promise<void> => {
      await blobs
      // It may have been opened again meanwhile.
      if (this.#closing === closing) await this.#close(code, reason)
    }
    if (blobs === undefined) void this.#close(code, reason)
    else void ending()
  }

  async #close(code: number | undefined, reason: string): Promise<void> {
    const closing = this.#closing
    const wasOpen = closing?.isOpen === true
    await this.#connection.close({ code, reason, flushMs: wasOpen ? FLUSH_MS : 0 })
    // The end of a link that was open is told when it has ended; between links there is nothing to wait for.
    if (this.#closing === closing && !wasOpen) this.#closed(closeInit({}), socketError('websocket/link_lost'))
  }

  /** What is sent now goes nowhere. Before the first dial it is kept. */
  get #isOver(): boolean {
    return this.#wasClosed || (this.#isStarted && hasEnded(this.#connection.status))
  }

  // ---- how it goes ------------------------------------------------------------------------------

  #start(again: boolean = false): void {
    this.#isStarted = true
    this.#wasClosed = false
    if (again) this.#connection.reconnect({ afterMs: 0 })
    else this.#connection.connect().catch(() => {})
  }

  #listen(): void {
    const connection = this.#connection
    connection.on('dropped', (lost) => {
      this.#lost = lost
    })
    connection.on('status', ({ status }) => {
      if (this.#lost !== undefined) this.#dropped(this.#lost.cause, status)
    })
    connection.on('link', () => {
      // This link takes over from one that was in doubt: for the program that one is over first.
      if (this.#lost !== undefined) this.#dropped(this.#lost.cause, connection.status)
      this.#link = this.#newest
    })
    connection.on('open', () => this.#opened())
    connection.on('attemptFailed', ({ cause }) => {
      if (this.#closing === undefined) this.tellClose(closeInitOf(cause), errorOf(cause, connection.status))
    })
  }

  #opened(): void {
    if (this.#closing !== undefined) return
    this.#isOpen = true
    this.dispatchEvent(new Event('open'))
  }

  #dropped(cause: Cause, status: Status): void {
    this.#lost = undefined
    // `ended` says how it ended.
    if (this.#closing !== undefined) return
    const init = this.#leaving ?? closeInitOf(cause)
    this.#over(init, init.wasClean ? undefined : errorOf(cause, status))
  }

  #over(init: CloseEventInit, error?: Error): void {
    this.#leaving = undefined
    this.#isOpen = false
    this.#link = undefined
    this.#confirmNow()
    this.tellClose(init, error)
  }

  #closed(init: CloseEventInit, error?: Error): void {
    if (this.#closing === undefined) return
    this.#closing = undefined
    this.#isStarted = false
    this.#wasClosed = true
    this.#over(init, error)
  }

  // ---- what is sent -----------------------------------------------------------------------------

  #send(data: SocketData, asked?: Asked): void {
    const refused = (error: HoldfastError): void => {
      this.tellUndelivered(data, 'rejected', error)
      asked?.refused(error)
    }
    if (this.#isOver || this.#closing !== undefined) {
      this.#discarded += sizeOf(data)
      return refused(socketError('websocket/closed'))
    }
    this.#order.add(data, {
      refused,
      frame: (frame, bytes) => {
        if (this.#isFull) return refused(socketError('websocket/queue_full'))
        const delivery = this.#connection.send(frame, { delivery: this.#delivery })
        if (delivery.state === 'queued') this.#queued.push({ data, bytes, delivery })
        delivery.whenSettled(() => this.#settled(data, delivery))
        this.#confirmSoon(delivery)
        asked?.sent(delivery)
      },
    })
  }

  /** Little is in doubt after a drop where confirmations are asked for often; where none can be had, this does nothing. */
  #confirmSoon(delivery: Delivery): void {
    this.#newestSent = delivery
    this.#asking ??= this.#clock.after(CONFIRM_MS, () => this.#confirmNow())
  }

  #confirmNow(): void {
    this.#asking?.cancel()
    this.#asking = undefined
    this.#newestSent?.done.catch(() => {})
    this.#newestSent = undefined
  }

  #settled(data: SocketData, { state, error }: Delivery): void {
    if (state !== 'rejected' && state !== 'inDoubt' && state !== 'dropped') return
    if (error?.code !== 'delivery/cancelled') this.tellUndelivered(data, state, error)
  }

  get #isFull(): boolean {
    if (this.#isOpen || this.#maxEnqueued === Number.POSITIVE_INFINITY) return false
    this.#prune()
    return this.#queued.length >= this.#maxEnqueued
  }

  /** What waits is in order, so that what was written is at the head. */
  #prune(): void {
    const first = this.#queued.findIndex(({ delivery }) => delivery.state === 'queued')
    this.#queued = first < 0 ? [] : first === 0 ? this.#queued : this.#queued.slice(first)
  }
}

/** Nothing more happens by itself. A page that is frozen comes back. */
function hasEnded(status: Status): boolean {
  return (
    status.state === 'closed' ||
    status.state === 'authRequired' ||
    (status.state === 'suspended' && status.reason !== 'hidden')
  )
}

function errorOf(cause: Cause, status: Status): Error {
  if (status.state === 'closed' && 'error' in status.outcome) return status.outcome.error
  if ('error' in cause && cause.error instanceof Error) return cause.error
  return socketError('websocket/link_lost', `${explainCause(cause)}.`)
}
