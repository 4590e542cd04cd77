import {
  type Cause,
  type Confirmed,
  Connection,
  type Status,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/core'
import { socketError } from './errors.ts'
import { type CloseEventInit, closeInit } from './events.ts'
import { closeInitOf, frameProtocol } from './frame-protocol.ts'
import { observedTransport } from './observed-transport.ts'
import {
  assertOptions,
  engineOptionsOf,
  type ReconnectingWebSocketOptions,
  type RuntimeDefaults,
  transportOf,
} from './options.ts'
import { errorOf, hasEnded } from './outcome.ts'
import { Outgoing } from './sending/outgoing.ts'
import type { SocketData } from './sending/socket-data.ts'
import { askedTarget, assertDialable, type ProtocolsProvider, resolvedUrl, type UrlProvider } from './socket-target.ts'
import { type ReadyState, WebSocketInterface } from './web-socket-interface.ts'

/** How long a close waits for what was sent before it, in milliseconds. */
const FLUSH_MS = 5_000

/**
 * A WebSocket that stays: where its link is lost it dials again, keeps what is sent meanwhile, and says what did not arrive.
 * `open` and `close` are fired for every link; `readyState` is `CLOSED` once it is over for good.
 */
export abstract class StayingWebSocket extends WebSocketInterface {
  readonly #connection: Connection<WebSocketFrame, WebSocketFrame>
  readonly #outgoing: Outgoing
  readonly #isSeamless: boolean
  /** It was open since it was begun: a seamless one looks so until its end. */
  #looksOpen = false
  #url: string
  /** The link that was opened last, and the one that is written to. */
  #newest: WebSocketChannel | undefined
  #link: WebSocketChannel | undefined
  #isOpen = false
  #retryCount = 0
  /** The dial that is under way is no retry: the program asked for it. */
  #isAsked = false
  /** `close()` was called, and the end has not been reported. */
  #closing: { readonly isOpen: boolean } | undefined
  /** Dialing has begun, and was not ended by `close()`. */
  #isStarted = false
  #wasClosed = false
  /** A link was lost and that has not been reported. */
  #lost: { readonly cause: Cause } | undefined
  /** What `reconnect()` was given, for the `close` of the link that it ends. */
  #leaving: CloseEventInit | undefined

  /** @throws a `SyntaxError` (`DOMException`) for a URL or subprotocol that no WebSocket takes; `connection/invalid_option` */
  constructor(
    url: UrlProvider,
    protocols: ProtocolsProvider,
    options: ReconnectingWebSocketOptions,
    runtime: RuntimeDefaults,
  ) {
    super()
    assertOptions(options)
    const asked = { url, protocols, headers: options.headers }
    assertDialable(asked)
    this.#url = typeof url === 'function' ? '' : resolvedUrl(url)
    this.#isSeamless = options.seamless ?? false
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
      onMessage: (frame) => this.#isOpen && this.#closing === undefined && this.emitMessage(frame),
    })
    this.#outgoing = new Outgoing(this.#connection, options, {
      isOpen: () => this.#isOpen,
      isOver: () => this.#isOver || this.#closing !== undefined,
      undelivered: (data, state, error) => this.emitUndelivered(data, state, error),
    })
    this.#listen()
    if (options.startClosed !== true) this.#start()
  }

  // ---- what it is -------------------------------------------------------------------------------

  get readyState(): ReadyState {
    if (this.#closing !== undefined) return 2
    if (this.#isOpen || (this.#looksOpen && !this.#isOver)) return 1
    return this.#isStarted && !hasEnded(this.#connection.status) ? 0 : 3
  }

  get url(): string {
    return this.#url
  }

  get protocol(): string {
    return this.#link?.opening.protocol ?? ''
  }

  get bufferedAmount(): number {
    return this.#outgoing.bytes + (this.#link?.bufferedBytes ?? 0)
  }

  /** Retries since the last link that stayed open for `minUptime`. */
  get retryCount(): number {
    return this.#retryCount
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
    this.#outgoing.send(data)
  }

  /**
   * Sends, and says what became of it: `acked`, the server has it; `written`, where nothing can confirm it (browsers).
   * @throws rejects with the reason where it did not arrive: `delivery/in_doubt` where it may have, `websocket/closed`,
   * `delivery/overflow` and others where it never left
   */
  deliver(data: SocketData): Promise<Confirmed> {
    const delivered = new Promise<Confirmed>((resolve, reject) => {
      this.#outgoing.send(data, { sent: ({ done }) => resolve(done), refused: reject })
    })
    // A waiting caller learns it; others by `undelivered`.
    delivered.catch(() => {})
    return delivered
  }

  /** Gives this link up, if there is one, and dials at once, also after `close()`. Retries count from 1 again. */
  reconnect(code?: number, reason?: string): void {
    if (this.#closing !== undefined) this.#closed({ code: 1000, reason: '', wasClean: true })
    if (this.#isOpen) this.#leaving = { code: code ?? 1000, reason: reason ?? '', wasClean: true }
    this.#retryCount = 0
    this.#isAsked = true
    this.#start(true)
  }

  /** Takes back what was sent and has not been written, in order. `undelivered` does not report it. */
  drainQueuedMessages(): SocketData[] {
    return this.#outgoing.drain()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#connection.close()
  }

  protected end(code: number | undefined, reason: string): void {
    const closing = { isOpen: this.#isOpen }
    this.#closing = closing
    const blobs = this.#outgoing.idle
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
    // The end of a link that was open is reported when it has ended; between links there is nothing to wait for.
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
      if ('attempt' in status && !this.#isAsked) this.#retryCount = Math.max(0, status.attempt - 1)
      if (status.state === 'open' && status.stable) this.#retryCount = 0
      if (this.#lost !== undefined) this.#dropped(this.#lost.cause, status)
    })
    connection.on('link', () => {
      // This link takes over from one that was in doubt: for the program that one is over first.
      if (this.#lost !== undefined) this.#dropped(this.#lost.cause, connection.status)
      this.#link = this.#newest
      // Here and not when the queue is written: what came during a handshake is delivered next.
      this.#opened()
    })
    connection.on('attemptFailed', ({ cause }) => {
      this.#isAsked = false
      if (this.#closing === undefined) this.#emitEnd(closeInitOf(cause), errorOf(cause, connection.status))
    })
  }

  #opened(): void {
    if (this.#closing !== undefined) return
    this.#isOpen = true
    this.#isAsked = false
    if (this.#looksOpen) return
    this.#looksOpen = this.#isSeamless
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
    this.#outgoing.confirmNow()
    this.#emitEnd(init, error)
  }

  #emitEnd(init: CloseEventInit, error: Error | undefined): void {
    if (this.#looksOpen && !this.#isOver) return
    this.#looksOpen = false
    this.emitClose(init, error)
  }

  #closed(init: CloseEventInit, error?: Error): void {
    if (this.#closing === undefined) return
    this.#closing = undefined
    this.#isStarted = false
    this.#wasClosed = true
    this.#over(init, error)
  }
}
