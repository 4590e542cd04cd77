import type { Gap } from '@holdfast/core'
import {
  formatHubPosition,
  type HubPosition,
  type HubResumeOffer,
  type HubStamp,
  parseHubPosition,
} from '@holdfast/protocol/hub'

/** What to do with a numbered message. */
export type Arrival =
  | { readonly kind: 'deliver' }
  /** Came before. */
  | { readonly kind: 'duplicate' }
  /** Something before it is missing and the server may still have it: connect again from the position. */
  | { readonly kind: 'replay' }
  /** Something before it is missing for good. */
  | { readonly kind: 'gap'; readonly gap: Gap }

const DELIVER: Arrival = { kind: 'deliver' }
const DUPLICATE: Arrival = { kind: 'duplicate' }
const REPLAY: Arrival = { kind: 'replay' }

/** Follows a session's log through drops, filters and resets. Hub §11. */
export class SessionPosition {
  // Fields, not an object: one of these is stepped for every event.
  #epoch: string | undefined
  #seq = 0
  #eventHash: string | undefined
  #active = false
  #met = false
  /** The last number that really came; marks move the position past what a filter withheld, not this. */
  #floor = 0
  /** Numbers are missing on purpose: a filter is at work, ours or the hub's own routing. */
  #sparse = false
  #replayedAt = -1
  #expectsSnapshot = false

  constructor(after?: string | undefined) {
    const position = after === undefined ? undefined : parseHubPosition(after)
    if (position !== undefined) this.#adopt(position)
  }

  /** The server speaks the resume extension. */
  get active(): boolean {
    return this.#active
  }

  get current(): HubPosition | undefined {
    return this.#epoch === undefined ? undefined : { epoch: this.#epoch, seq: this.#seq, anchor: this.#eventHash }
  }

  get seq(): number {
    return this.#seq
  }

  /** For `after=` and `Last-Event-ID`; with `seq`, an earlier place of the same epoch. */
  format(seq: number = this.seq): string | undefined {
    const { current } = this
    if (current === undefined) return undefined
    return formatHubPosition(seq >= current.seq ? current : { epoch: current.epoch, seq })
  }

  /** A connection begins. Answers the hole that it starts with, if any. */
  begin(offer: HubResumeOffer | undefined, filtered: boolean): Gap | undefined {
    const before = this.current
    const again = this.#met
    this.#met = true
    this.#active = offer !== undefined
    if (filtered) this.#sparse = true
    this.#expectsSnapshot = false
    if (offer === undefined) return again ? { reason: 'reconnect' } : undefined
    if (!offer.resumed || before === undefined) this.#adopt(offer)
    this.#floor = this.seq
    if (before === undefined || offer.resumed) return undefined
    this.#expectsSnapshot = true
    const from = before.epoch === offer.epoch ? before.seq + 1 : undefined
    return { from, ...offer.reset?.lost, reason: offer.reset?.reason ?? 'reset' }
  }

  /** Takes the stamp of an event. */
  take(stamp: {
    readonly seq: number
    readonly prev?: number | undefined
    readonly anchor?: string | undefined
  }): Arrival {
    if (!this.#active) return DELIVER
    const { seq, prev } = stamp
    const at = this.#seq
    if (seq <= at) return DUPLICATE
    if (prev !== undefined && prev < seq - 1) this.#sparse = true
    // Without `prev` the event before this one is the one with the number before (hub §11).
    const missing = (prev ?? seq - 1) > Math.max(this.#floor, prev === undefined ? at : 0)
    if (missing && this.#replayedAt !== at) {
      this.#replayedAt = at
      return REPLAY
    }
    this.#jump(stamp)
    const from = this.#floor + 1
    this.#floor = seq
    this.#expectsSnapshot = false
    return missing ? { kind: 'gap', gap: { from, to: prev ?? seq - 1, reason: 'missing' } } : DELIVER
  }

  /** The server reported a gap: it ends at `to`, or at the position of the hydration that follows. */
  hole(gap: { readonly to?: number | undefined }): void {
    this.#expectsSnapshot = true
    if (gap.to !== undefined && gap.to > this.seq) this.#jump({ seq: gap.to })
    this.#floor = this.seq
  }

  /** A hydration with a stamp: after a hole the stream continues from there. */
  snapshot(stamp: { readonly seq: number; readonly anchor?: string | undefined }): void {
    if (!this.#expectsSnapshot || stamp.seq < this.seq) return
    this.#expectsSnapshot = false
    this.#jump(stamp)
    this.#floor = stamp.seq
  }

  /** Everything up to here came, or did not match the filter: the replay is over. */
  live(place: { readonly seq: number; readonly anchor?: string | undefined }): void {
    if (place.seq > this.seq) this.#sparse = true
    if (place.seq >= this.seq) this.#jump(place)
  }

  /**
   * Where the log stands. The number that should have come, and has not; undefined: nothing is missing. `prev`: what was sent
   * last; what is behind it was not for us. A hub of before does not tell it.
   */
  mark(place: HubStamp): number | undefined {
    const { seq, prev } = place
    if (seq <= this.seq) return undefined
    const isMissing = prev === undefined ? !this.#sparse : prev > this.#floor
    if (isMissing) return prev ?? seq
    this.#sparse = true
    this.#jump(place)
    return undefined
  }

  #jump(place: { readonly seq: number; readonly anchor?: string | undefined }): void {
    if (this.#epoch === undefined) return
    this.#seq = place.seq
    this.#eventHash = place.anchor
  }

  #adopt({ epoch, seq, anchor }: HubPosition): void {
    this.#epoch = epoch
    this.#seq = seq
    this.#eventHash = anchor
  }
}
