import type { Clock, Timer, WebSocketChannel } from '@holdfast/contract'
import { afterRunning } from '@holdfast/gate/internals'

/** What {@link Keepalive} needs to know. */
export interface KeepaliveOptions {
  readonly clock: Clock
  readonly intervalMs: number
  readonly timeoutMs: number
  /** How soon after output a ping asks whether it has arrived. */
  readonly probeMs: number
  /** The output up to this offset has been handed over. */
  readonly sent: () => number
  /** False while this side reads nothing: a pong may have come and is not known of. */
  readonly isReading: () => boolean
  /** The peer is known to have everything below this offset. */
  readonly received: (offset: number) => void
}

/**
 * Pings on a timer of its own; only a pong counts, whatever else arrives (shell §3). A WebSocket keeps its order, so
 * a pong also proves that everything sent before its ping has arrived: that bounds the replay for clients that
 * acknowledge nothing. At most one ping is under way.
 */
export class Keepalive {
  readonly #channel: WebSocketChannel
  readonly #options: KeepaliveOptions
  #interval: Timer | undefined
  #probe: Timer | undefined
  #deadline: Timer | undefined
  #pingedAt: number | undefined

  constructor(channel: WebSocketChannel, options: KeepaliveOptions) {
    this.#channel = channel
    this.#options = options
    this.#arm()
  }

  /** There is new output on its way. */
  outputSent(): void {
    if (this.#probe !== undefined || this.#pingedAt !== undefined) return
    this.#probe = this.#options.clock.after(this.#options.probeMs, () => {
      this.#probe = undefined
      this.#ping()
    })
  }

  pong(): void {
    const offset = this.#pingedAt
    if (offset === undefined) return
    this.#pingedAt = undefined
    this.#deadline?.cancel()
    this.#deadline = undefined
    this.#options.received(offset)
    if (this.#options.sent() > offset) this.outputSent()
  }

  /** This side reads again: what waited may hold the pong, so its time begins anew. */
  readOn(): void {
    if (this.#deadline !== undefined) this.#expect()
  }

  stop(): void {
    this.#interval?.cancel()
    this.#probe?.cancel()
    this.#deadline?.cancel()
  }

  #arm(): void {
    this.#interval = this.#options.clock.after(this.#options.intervalMs, () => {
      this.#ping()
      this.#arm()
    })
  }

  #ping(): void {
    if (this.#pingedAt !== undefined) return
    this.#pingedAt = this.#options.sent()
    this.#expect()
    this.#channel.ping()
  }

  #expect(): void {
    this.#deadline?.cancel()
    this.#deadline = afterRunning(this.#options.clock, this.#options.timeoutMs, () => this.#late())
  }

  /** While nothing is read, a peer that is gone is noticed by the network: it refuses what is sent to it. */
  #late(): void {
    if (this.#options.isReading()) return this.#channel.terminate()
    this.#channel.ping()
    this.#expect()
  }
}
