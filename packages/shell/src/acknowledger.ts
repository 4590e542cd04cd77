import type { Clock, Timer } from '@holdfast/core'
import type { OutputAck } from '@holdfast/protocol/shell'

/** Received this much since the last acknowledgement: one is due (shell §5). */
const RECEIVED_BYTES = 8_192
/** Consumed this much since the last acknowledgement: one is due (shell §5). */
const CONSUMED_BYTES = 16_384
/** The stream is idle when nothing changed for this long. */
const IDLE_MS = 20

/** Who writes to the server. */
export interface AcknowledgerHost {
  readonly clock: Clock
  acknowledge(ack: OutputAck): void
}

/** Reports to the server what was received and consumed: often enough to keep it going, seldom enough to be cheap. */
export class Acknowledger {
  readonly #host: AcknowledgerHost
  #received = 0
  #consumed = 0
  #sent: OutputAck = { received: 0, consumed: 0 }
  #open = false
  #idle: Timer | undefined

  constructor(host: AcknowledgerHost) {
    this.#host = host
  }

  get consumed(): number {
    return this.#consumed
  }

  /** Positions of another shell, or of a checkpoint. */
  begin(offset: number): void {
    this.#received = this.#consumed = offset
    this.#sent = { received: offset, consumed: offset }
  }

  opened(): void {
    this.#open = true
    this.now()
  }

  closed(): void {
    this.#open = false
    this.#idle?.cancel()
    this.#idle = undefined
  }

  /** Counted; `check()` reports. What comes is often consumed in the same turn, and one message says both. */
  received(offset: number): void {
    this.#received = Math.max(this.#received, offset)
  }

  taken(offset: number): void {
    this.#consumed = Math.max(this.#consumed, offset)
    this.check()
  }

  /** Whatever was not reported yet. */
  now(): void {
    this.#idle?.cancel()
    this.#idle = undefined
    if (!this.#open) return
    this.#sent = { received: this.#received, consumed: this.#consumed }
    this.#host.acknowledge(this.#sent)
  }

  /** Reports, if enough has changed; else soon. */
  check(): void {
    if (!this.#open) return
    const received = this.#received - this.#sent.received
    const consumed = this.#consumed - this.#sent.consumed
    if (received >= RECEIVED_BYTES || consumed >= CONSUMED_BYTES) this.now()
    else if (received > 0 || consumed > 0) this.#idle ??= this.#host.clock.after(IDLE_MS, () => this.now())
  }
}
