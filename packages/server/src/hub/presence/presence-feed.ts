import type { HubLimits } from '../limits.ts'

/** Where one participant's presence messages go. */
export interface PresenceSink {
  /** Bytes that it has not taken. */
  readonly bufferedBytes: number
  sendPresence(text: string): void
  /** Who is here now, as a message. */
  presenceNow(): string
}

/**
 * Notifies one participant of joins and leaves. One that does not take what it is sent gets no more of them, however many come
 * meanwhile; when it has caught up it gets the list of participants.
 */
export class PresenceFeed {
  readonly #sink: PresenceSink
  readonly #limits: HubLimits
  #hasMissed = false

  constructor(sink: PresenceSink, limits: HubLimits) {
    this.#sink = sink
    this.#limits = limits
  }

  send(text: string): void {
    this.#hasMissed ||= this.#sink.bufferedBytes > this.#limits.socketHighBytes
    if (!this.#hasMissed) this.#sink.sendPresence(text)
  }

  /** Every so often. */
  catchUp(): void {
    if (!this.#hasMissed || this.#sink.bufferedBytes > this.#limits.socketHighBytes / 4) return
    this.#hasMissed = false
    this.#sink.sendPresence(this.#sink.presenceNow())
  }
}
