import type { Clock } from '@holdfast/contract'

/** When a silent or stalled peer counts as gone. */
export interface PeerLimits {
  /** A connection without a sign of life for this long is gone. In milliseconds. */
  readonly silenceMs: number
  /** So is one that has had output waiting for this long without reading any of it. In milliseconds. */
  readonly stalledMs: number
  /**
   * How often a ping is sent, in milliseconds. Time beyond it passed while this process did not run and does not count
   * as silence.
   */
  readonly pingIntervalMs: number
}

/** Detects whether the other end of a connection is still there. Call it at intervals; it arms no timer of its own. */
export class PeerWatch {
  readonly #clock: Clock
  readonly #limits: PeerLimits
  #receivedAt: number
  #movedAt: number
  #askedAt: number
  #buffered = 0

  constructor(clock: Clock, limits: PeerLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#receivedAt = clock.now()
    this.#movedAt = this.#receivedAt
    this.#askedAt = this.#receivedAt
  }

  received(): void {
    this.#receivedAt = this.#clock.now()
  }

  /**
   * @param buffered output that the peer has not taken
   * @param hasReceived false where the peer is not read, or never speaks: then only its taking counts
   */
  isGone(buffered: number, hasReceived: boolean): boolean {
    const now = this.#clock.now()
    const awayMs = Math.max(0, now - this.#askedAt - this.#limits.pingIntervalMs)
    this.#askedAt = now
    this.#receivedAt = Math.min(now, this.#receivedAt + awayMs)
    this.#movedAt = Math.min(now, this.#movedAt + awayMs)
    if (!hasReceived) this.#receivedAt = now
    if (buffered < this.#buffered || buffered === 0) this.#movedAt = now
    this.#buffered = buffered
    // A peer that takes what it is sent, however slowly, gets to our ping late.
    const isSilent = buffered === 0 && now - this.#receivedAt > this.#limits.silenceMs
    return isSilent || now - this.#movedAt > this.#limits.stalledMs
  }
}
