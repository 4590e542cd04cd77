import type { WebSocketFrame } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import { describe } from '@holdfast/core/words'
import type { Cause, HandshakeResult } from '../client-protocol.ts'
import type { StreamSource } from '../delivery/inbound/inbox.ts'
import type { StreamReader } from '../delivery/inbound/streams.ts'
import type { Delivery } from '../delivery/outbox/delivery.ts'
import type { SendOptions } from '../delivery/outbox/outbox-host.ts'
import { coreError } from '../errors.ts'
import type { ListenerOf } from '../support/callbacks.ts'
import { Engine } from './engine.ts'
import type { ConnectionEvents, ConnectionMetrics, Guarantees } from './events.ts'
import type { FacedEngine } from './faced-engine.ts'
import type { FlightRecord } from './flight-recorder.ts'
import type { CloseOptions, ConnectionOptions, ConnectOptions } from './options.ts'
import type { ConnectionState, Status } from './status.ts'
import { openedOrOver } from './status-waiters.ts'

const FLUSH_MS = 1_000

/** All that a `Connection` is and does. `WireIn` and `WireOut` matter to the options alone: no connection differs by them. */
export class ConnectionFace<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly #engine: FacedEngine<In, Out, Ready>

  constructor(options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>) {
    this.#engine = new Engine(options)
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** The present state, its cause, and what comes next. */
  get status(): Status {
    return this.#engine.status
  }

  get state(): ConnectionState {
    return this.#engine.status.state
  }

  /** What the handshake of the current or last connection returned. */
  get ready(): Ready | undefined {
    return this.#engine.ready
  }

  get guarantees(): Guarantees {
    const { options, ready, confirms, writer }: FacedEngine<In, Out, HandshakeResult | undefined> = this.#engine
    const watch = writer?.liveness
    return {
      confirmation: confirms,
      liveness: watch === undefined ? 'none' : watch.proves ? 'probe' : watch.listens ? 'listen' : 'none',
      resume: ready?.resumed !== undefined,
      flowControl: options.transport.traits.pause ? 'transport' : 'none',
    }
  }

  get metrics(): ConnectionMetrics {
    const { inbound, notifier, outbox, rtts } = this.#engine
    const { dials, opens, invalidFrames, staleEvents, gaps, inDoubt, dropped } = notifier
    const { pausedAt } = inbound
    return {
      dials,
      opens,
      invalidFrames,
      staleEvents,
      gaps,
      inDoubt,
      dropped,
      readingPausedMs: pausedAt === undefined ? 0 : this.now() - pausedAt,
      queued: outbox.count - outbox.unconfirmed,
      queuedBytes: outbox.bytes,
      unconfirmed: outbox.unconfirmed,
      rttP50: rtts.quantile(0.5),
      rttP95: rtts.quantile(0.95),
    }
  }

  /** What ended the last attempt or connection; undefined before the first trouble. */
  get lastCause(): Cause | undefined {
    return this.#engine.lastCause
  }

  /**
   * The state, its cause and the next step: a sentence or two for a person. In bundles for production and browsers: codes, and a
   * link to what they mean; `explain(connection)` of this package speaks in sentences there too.
   */
  explain(): string {
    return describe(this)
  }

  /** The present time on the clock that `status` uses. In milliseconds. */
  now(): number {
    return this.#engine.clock.now()
  }

  /** The last 256 things that happened. No bodies, no credentials. */
  get history(): readonly FlightRecord[] {
    return this.#engine.notifier.history
  }

  // ---- what it does -----------------------------------------------------------------------------

  /**
   * Starts, or does nothing while it is starting or open; while it closes, it opens again after that. Resolves when open. Rejects
   * when the connection is over (`connection/closed`, or the final error), when it waits for the app
   * (`connection/credentials_refused`, `connection/suspended`), after the timeout (`connection/connect_timeout`; the connection
   * keeps trying), or with the signal's reason. Awaiting it is optional.
   */
  connect(options: ConnectOptions = {}): Promise<void> {
    const engine = this.#engine
    engine.begin()
    engine.loop.apply({ type: 'connect' })
    const { closes } = engine
    const { signal, timeoutMs } = options
    const late = (): Error =>
      coreError(
        'connection/connect_timeout',
        SENTENCES ? `Not open within ${timeoutMs} ms. ${this.explain()}` : this.explain(),
        {
          cause: this.lastCause,
        },
      )
    const opened = engine.loop.wait((status, atRest) => openedOrOver(status, atRest, closes < engine.closes), {
      signal,
      timeoutMs,
      late,
    })
    opened.catch(() => {})
    return opened
  }

  /**
   * Drops what there is and dials at once. Attempts are not forgotten and the dial budget is spent. `afterMs`: dials after
   * this pause, and attempts count from 1 again. While it closes, it opens again after that.
   */
  reconnect(options: { readonly afterMs?: number | undefined } = {}): void {
    this.#engine.begin()
    this.#engine.loop.apply({ type: 'reconnect', afterMs: options.afterMs })
  }

  /** Ends a wait. The dial budget still applies. */
  retryNow(): void {
    this.#engine.loop.apply({ type: 'retryNow' })
  }

  /** Continues from `authRequired`. */
  reauthenticate(): void {
    this.#engine.loop.apply({ type: 'reauthenticate' })
  }

  /** Stops without giving anything up: the queue is kept for the next `connect()`. */
  suspend(): void {
    this.#engine.loop.apply({ type: 'suspend' })
  }

  /** Ends for good and outranks every trigger. What is queued gets `flushMs` to leave. Never rejects; calling twice is fine. */
  close(options: CloseOptions = {}): Promise<void> {
    const engine = this.#engine
    const isOver = this.state === 'closed'
    engine.askClose(options, engine.outbox.count > 0 ? (options.flushMs ?? FLUSH_MS) : 0)
    return isOver && this.state === 'closed'
      ? Promise.resolve()
      : engine.loop.wait(({ state }) => (state === 'closed' ? 'resolve' : undefined), {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Queues a message, or writes it at once when open. Order is kept. Never throws: the returned delivery reports the outcome, and
   * awaiting it waits for the peer's confirmation. A function is called when the message is written.
   */
  send(message: Out | (() => Out), options?: SendOptions): Delivery {
    return this.#engine.outbox.send(message, options)
  }

  /** Resolves when one more message fits into the outbox. */
  waitForCapacity(): Promise<void> {
    return this.#engine.outbox.waitForCapacity()
  }

  /** Marks these messages as confirmed by the peer: for a layer above that learns it from an answer. */
  acked(ids: Iterable<string>): void {
    this.#engine.outbox.ackedIds(ids)
  }

  /** Adds a listener. Returns a function that removes it. */
  on<Name extends keyof ConnectionEvents>(
    name: Name,
    listener: (event: ConnectionEvents<Ready | undefined>[Name]) => unknown,
  ): () => void {
    // The engine does not look into what the handshake returned, but hands it on.
    return this.#engine.notifier.on(name, listener as (event: ConnectionEvents[Name]) => unknown)
  }

  /**
   * Adds a listener that has a method for each event that it wants, named as the event, for as long as this connection exists. For
   * a layer above, of which there may be many: one object costs less than a function for each event.
   */
  listen(listener: ListenerOf<ConnectionEvents>): void {
    this.#engine.notifier.listen(listener)
  }

  /**
   * Passes every message to `interceptor` before the app; `true` keeps it from the app. An interceptor that returns `'later'`
   * keeps it too, and calls `done` when it is done with it, which runs the protocol's acknowledgement; `done(false)`: the message
   * was not read. `bytes` is the message's encoded size. Returns a function that removes the interceptor.
   */
  intercept(
    interceptor: (message: In, bytes: number, done: ((isRead?: boolean) => unknown) | undefined) => unknown,
  ): () => void {
    const { inbound } = this.#engine
    inbound.interceptors = inbound.interceptors.concat(interceptor)
    return () => {
      inbound.interceptors = inbound.interceptors.filter((other) => other !== interceptor)
    }
  }

  /** Messages go to `handler` as to `onMessage`, instead of the one before it. Without one they wait for a reader. */
  handle(handler: ((message: In) => unknown) | undefined): void {
    this.#engine.inbound.app.handle(handler)
  }

  /**
   * For a layer above: writes a message to the open link, ahead of the queue, unnumbered and unconfirmed. Returns false when no
   * link is open; then nothing is kept. The event `link` is the place for what must be written first on every link.
   */
  write(message: Out): boolean {
    const { writer } = this.#engine
    writer?.liveness?.wrote()
    writer?.send(message)
    return writer !== undefined
  }

  /** For a layer above whose readers are full: stops reading from the peer until the returned function is called, once. */
  pauseReading(): () => void {
    const { app } = this.#engine.inbound
    app.pause(1)
    return () => app.pause(-1)
  }

  /** For `messages()` and `items()`: what waits for a first reader, and everything that comes until it leaves. */
  attach(reader: StreamReader<In>): StreamSource {
    return this.#engine.inbound.app.attach(reader, this.#engine.options.transport.traits.pause)
  }

  /** Messages and gaps that have arrived and that the app is not done with. */
  get unread(): number {
    return this.#engine.inbound.unread
  }

  /**
   * For a layer above that waits for an answer: reading continues although readers are full, up to 8 MiB; then `blocked` is called.
   * Returns a function that ends it.
   */
  expect(blocked: () => void): () => void {
    return this.#engine.inbound.app.expect(blocked)
  }
}

/** A connection that survives drops. `In`: messages received. `Out`: messages sent. */
export interface Connection<In = unknown, Out = unknown>
  extends ConnectionFace<In, Out, unknown, unknown, HandshakeResult | undefined> {}

/**
 * A {@link Connection} whose protocol returns more from its handshake: `ready`, and the value of the event `open`, is `Ready`.
 */
export interface HandshakeConnection<In, Out, Ready extends object | undefined>
  extends ConnectionFace<In, Out, unknown, unknown, Ready> {}

/** What `new Connection(…)` returns: {@link Connection}, or {@link HandshakeConnection} where the handshake returns more. */
export type ConnectionOf<In, Out, Ready extends object | undefined> = [HandshakeResult | undefined] extends [Ready]
  ? Connection<In, Out>
  : HandshakeConnection<In, Out, Ready>

/** Makes a {@link Connection}. Messages are those of the protocol in the options. */
export interface ConnectionConstructor {
  /** @throws `connection/invalid_option` */
  new <
    In = unknown,
    Out = unknown,
    WireIn = WebSocketFrame,
    WireOut = WebSocketFrame,
    Ready extends object | undefined = HandshakeResult | undefined,
  >(
    options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>,
  ): ConnectionOf<In, Out, Ready>
}

/**
 * A connection that survives drops: it dials, retries, detects dead links, keeps what is sent in order and reports the outcome of
 * every message. Any protocol, any transport. `connect()` starts it, `close()` ends it. `In`: messages received. `Out`: messages
 * sent.
 *
 * @class
 */
export const Connection: ConnectionConstructor = ConnectionFace
