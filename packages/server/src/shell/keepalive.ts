import type { Clock, Timer, WebSocketChannel } from '@holdfast/contract'

/** What {@link Keepalive} needs to know. */
export interface KeepaliveOptions {
  readonly clock: Clock
  readonly intervalMs: number
  readonly timeoutMs: number
  /** How soon after output a ping asks whether it has arrived. */
  readonly probeMs: number
  /** The output up to this offset has been handed over. */
  readonly sent: () => number
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
    this.#deadline = this.#options.clock.after(this.#options.timeoutMs, () => this.#channel.terminate())
    this.#channel.ping()
  }
}
