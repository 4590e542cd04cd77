import type { Clock, Timer } from '@holdfast/core'
import type { OutputAck, ResumeOffer } from '@holdfast/protocol/shell'

/** A piece of output that this client did not have yet. */
export interface FreshOutput {
  readonly payload: Uint8Array
  /** Absolute offset after its last byte. */
  readonly end: number
  readonly replayed: boolean
}

/** What an attach means for the stream of output. */
export interface Continuation {
  /** Another program than before: nothing of the old one is coming any more. */
  readonly isNewShell: boolean
  /** Output that is missing, in bytes. */
  readonly missingBytes: number
}

/** The position in the output, in bytes since the shell began (shell §5). */
export class OutputPosition {
  #epoch: string | undefined
  /** The next byte that this client wants. */
  #next: number
  /** The next byte that the present connection brings. */
  #at = 0
  /** Below it lies what was written while this client was away. */
  #live = 0

  constructor(from?: { readonly epoch: string; readonly received: number } | undefined) {
    this.#epoch = from?.epoch
    this.#next = from?.received ?? 0
  }

  get epoch(): string | undefined {
    return this.#epoch
  }

  get next(): number {
    return this.#next
  }

  /** The server says where the output of a new connection begins. */
  attach(offer: ResumeOffer): Continuation {
    const known = this.#epoch
    this.#epoch = offer.epoch
    this.#at = offer.out
    this.#live = offer.live
    const isNewShell = known !== undefined && known !== offer.epoch
    const isPicture = offer.screen !== undefined
    if (known !== offer.epoch) this.#next = isPicture ? 0 : offer.out
    return { isNewShell, missingBytes: isPicture ? 0 : this.#skipTo(offer.out) }
  }

  /** The server continues at `to`, behind a picture that is yet to come. */
  continueAt(to: number): void {
    this.#at = Math.max(this.#at, to)
  }

  /** The whole picture that stands for what is missing has come. */
  pictured(): void {
    this.#skipTo(this.#at)
  }

  /** The server continues at `to`. @returns the bytes that are missing. */
  gap(to: number): number {
    this.#at = Math.max(this.#at, to)
    return this.#skipTo(to)
  }

  /** What of these bytes is new. What was received before is left out. */
  *accept(payload: Uint8Array): Generator<FreshOutput, void, void> {
    const begin = this.#at
    this.#at += payload.length
    const fresh = payload.subarray(Math.max(0, Math.min(payload.length, this.#next - begin)))
    const missedBytes = Math.max(0, Math.min(fresh.length, this.#live - this.#next))
    if (missedBytes > 0) yield this.#take(fresh.subarray(0, missedBytes), true)
    if (missedBytes < fresh.length) yield this.#take(fresh.subarray(missedBytes), false)
  }

  #take(payload: Uint8Array, replayed: boolean): FreshOutput {
    this.#next += payload.length
    return { payload, end: this.#next, replayed }
  }

  #skipTo(offset: number): number {
    const missing = Math.max(0, offset - this.#next)
    this.#next += missing
    return missing
  }
}

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
