import type { Clock, WebSocketChannel } from '@holdfast/contract'
import type { HubLimits } from '../limits.ts'

/** How long a client that sends too fast is not read. */
const FLOW_PAUSE_MS = 50

/** What all clients of a hub have on its way to the log. */
export interface InboundTotal {
  bytes: number
}

/** Reads a client no faster than its effects reach the log, answers leave, and the message rate allows. */
export class InboundFlow {
  readonly #channel: WebSocketChannel
  readonly #clock: Clock
  readonly #limits: HubLimits
  readonly #total: InboundTotal
  #pending = 0
  #pendingBytes = 0
  #budget: number
  #budgetAt: number
  #isPaused = false
  #isWaiting = false
  #hasEnded = false

  constructor(channel: WebSocketChannel, clock: Clock, limits: HubLimits, total: InboundTotal) {
    this.#channel = channel
    this.#total = total
    this.#clock = clock
    this.#limits = limits
    this.#budget = limits.messagesPerSecond
    this.#budgetAt = clock.now()
  }

  /** True while the client is not read: what it says is not heard. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** A frame was taken. */
  received(): void {
    this.#budget--
    this.#adjust()
  }

  /** An effect is on its way to the log. */
  started(size: number): void {
    this.#pending++
    this.#pendingBytes += size
    this.#total.bytes += size
  }

  finished(size: number): void {
    this.#pending--
    this.#pendingBytes -= size
    this.#total.bytes -= size
    this.#adjust()
  }

  end(): void {
    this.#hasEnded = true
  }

  #adjust(): void {
    if (this.#hasEnded) return
    const { maxPendingAppends, maxPendingAppendBytes, maxPendingTotalBytes, socketHighBytes } = this.#limits
    this.#refill()
    const isMuch = this.#pending >= maxPendingAppends || this.#pendingBytes >= maxPendingAppendBytes
    // Where all together are too much, each may have one message on its way: so each comes here again.
    const waitsForLog = isMuch || (this.#pending > 0 && this.#total.bytes >= maxPendingTotalBytes)
    const waitsForSocket = this.#channel.bufferedBytes > 2 * socketHighBytes
    if (!waitsForLog && !waitsForSocket && this.#budget > 0) return this.#resume()
    if (!this.#isPaused) this.#channel.pause()
    this.#isPaused = true
    // What waits for the log comes here again with the next effect.
    if (waitsForLog || this.#isWaiting) return
    this.#isWaiting = true
    const again = (): void => {
      this.#isWaiting = false
      this.#adjust()
    }
    if (waitsForSocket) this.#channel.drained().then(again, again)
    else this.#clock.after(FLOW_PAUSE_MS, again)
  }

  #refill(): void {
    const now = this.#clock.now()
    const { messagesPerSecond } = this.#limits
    this.#budget = Math.min(messagesPerSecond, this.#budget + ((now - this.#budgetAt) / 1000) * messagesPerSecond)
    this.#budgetAt = now
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#channel.resume()
  }
}
