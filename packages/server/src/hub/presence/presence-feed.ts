import type { HubLimits } from '../../limits.ts'

/** Where one participant's presence messages go. */
export interface PresenceSink {
  /** Bytes that it has not taken. */
  buffered(): number
  send(text: string): void
  /** Who is here now, as a message. */
  now(): string
}

/**
 * Tells one participant of comings and goings. One that does not take what it is sent is not told more, whoever comes
 * and goes meanwhile; when it has caught up it is told who is here.
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
    this.#hasMissed ||= this.#sink.buffered() > this.#limits.socketHighBytes
    if (!this.#hasMissed) this.#sink.send(text)
  }

  /** Every so often. */
  catchUp(): void {
    if (!this.#hasMissed || this.#sink.buffered() > this.#limits.socketHighBytes / 4) return
    this.#hasMissed = false
    this.#sink.send(this.#sink.now())
  }
}
