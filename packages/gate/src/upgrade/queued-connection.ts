import type {
  ChannelEnd,
  Clock,
  HoldfastError,
  Logger,
  Timer,
  WebSocketChannel,
  WebSocketFrame,
} from '@holdfast/contract'
import type { Principal } from '../endpoint.ts'
import { asKnown, unauthorized } from './connection-gate.ts'
import { RESTART_CLOSE, spreadReason } from './drain.ts'
import { ExpiryWatch } from './expiry-watch.ts'
import { type PeerLimits, PeerWatch } from './peer-watch.ts'
import type { LiveConnection } from './pending-connection.ts'

/** Bounds of a connection whose frames are processed one at a time. */
export interface QueueLimits extends PeerLimits {
  /** How long frames in progress may take after the peer has closed. In milliseconds. */
  readonly handshakeTimeoutMs: number
  /** Above this much output in its socket nothing more is taken from a connection. */
  readonly maxOutputBytes: number
  /** Unprocessed frames of one connection; above it, its socket is not read. */
  readonly maxPendingFrames: number
}

/** What takes the frames of one connection. */
export interface FrameHandler {
  /** One at a time: the next after the promise of the one before. After one that rejects none is given. */
  frame(frame: WebSocketFrame): void | Promise<void>
  /** The last call. After a clean end it comes when every frame before that end was passed on. */
  closed(end: ChannelEnd): void
}

/** Options of a {@link QueuedConnection}. */
export interface QueuedConnectionOptions {
  readonly channel: WebSocketChannel
  readonly handler: FrameHandler
  readonly principal: Principal
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: QueueLimits
  readonly refuse: (channel: WebSocketChannel, error: HoldfastError) => void
  /** Called once, before the handler gets the end. */
  readonly ended: () => void
}

/**
 * Passes on frames one at a time, in order, no faster than they are processed. Ends a connection whose peer is gone or
 * whose credentials have ended.
 */
export class QueuedConnection implements LiveConnection {
  readonly #options: QueuedConnectionOptions
  readonly #watch: PeerWatch
  readonly #expiry: ExpiryWatch
  readonly #left: Promise<void>
  #hasLeft: () => void = () => {}
  #queue: Promise<void> = Promise.resolve()
  #pending = 0
  #isOpen = true
  /** Nothing more is taken: it was refused, or all is done. */
  #isDone = false
  #hasEnded = false
  #bound: Timer | undefined

  constructor(options: QueuedConnectionOptions) {
    const { clock, limits, principal } = options
    this.#options = options
    this.#watch = new PeerWatch(clock, limits)
    this.#left = new Promise((resolve) => {
      this.#hasLeft = resolve
    })
    const expired = (): void => this.#refuse(unauthorized())
    this.#expiry = new ExpiryWatch(clock, principal, { expiring: () => {}, expired })
    this.#expiry.start()
  }

  /** Asks the client to reconnect, at a random moment of the window, in milliseconds. Resolves when it has left. */
  drain(reconnectWindowMs: number): Promise<void> {
    this.#options.channel.close(RESTART_CLOSE, spreadReason(reconnectWindowMs))
    return this.#left
  }

  terminate(): void {
    this.#options.channel.terminate()
  }

  /** Every so often: is the peer still there? */
  check(): void {
    const { channel } = this.#options
    if (this.#watch.isGone(channel.bufferedBytes, this.#pending === 0)) channel.terminate()
    else if (channel.traits.ping) channel.ping()
  }

  pong(): void {
    this.#watch.received()
  }

  frame(frame: WebSocketFrame): void {
    const { channel, limits } = this.#options
    this.#watch.received()
    this.#pending += 1
    if (this.#pending === limits.maxPendingFrames) channel.pause()
    this.#queue = this.#queue
      .then(() => this.#take(frame))
      .finally(() => {
        this.#pending -= 1
        if (this.#pending === limits.maxPendingFrames >> 1) channel.resume()
      })
  }

  /** A peer that closes has sent all: what is under way is taken first, within a bound. */
  closed(end: ChannelEnd): void {
    if (!this.#isOpen) return
    const { clock, limits } = this.#options
    this.#isOpen = false
    if (!end.clean) return this.#leave(end)
    this.#bound = clock.after(limits.handshakeTimeoutMs, () => this.#leave(end))
    void this.#queue.then(() => this.#leave(end))
  }

  #leave(end: ChannelEnd): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#isDone = true
    this.#bound?.cancel()
    this.#expiry.stop()
    this.#options.ended()
    this.#options.handler.closed(end)
    this.#hasLeft()
  }

  async #take(frame: WebSocketFrame): Promise<void> {
    const { channel, handler, limits } = this.#options
    if (this.#isDone) return
    try {
      // A client that does not read its answers is not read either.
      if (channel.bufferedBytes > limits.maxOutputBytes) await channel.drained()
      await handler.frame(frame)
    } catch (error) {
      this.#refuse(error)
    }
  }

  #refuse(failure: unknown): void {
    this.#isDone = true
    const { channel, refuse, logger } = this.#options
    if (this.#isOpen) refuse(channel, asKnown(failure, logger))
  }
}
