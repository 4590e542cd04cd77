import type { ResumeOffer } from '@holdfast/protocol/shell'

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
