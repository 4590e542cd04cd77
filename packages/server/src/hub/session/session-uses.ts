import type { Clock, Timer } from '@holdfast/contract'

/** What a session learns of its users. */
export interface SessionUsesEvents {
  /** It is used. */
  entered(): void
  /** It is unused. */
  left(): void
  /** It was unused for a while. */
  idle(): void
}

/** Counts who uses a session in this process. */
export class SessionUses {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #events: SessionUsesEvents
  #count = 0
  #timer: Timer | undefined
  #isClosed = false

  constructor(clock: Clock, idleMs: number, events: SessionUsesEvents) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#events = events
  }

  /** One more use, until the result is called. */
  retain(): () => void {
    this.#count += 1
    this.#events.entered()
    this.#timer?.cancel()
    this.#timer = undefined
    let isUsed = true
    return () => {
      if (!isUsed) return
      isUsed = false
      this.#count -= 1
      if (this.#count > 0 || this.#isClosed) return
      this.#timer = this.#clock.after(this.#idleMs, () => this.#events.idle())
      this.#events.left()
    }
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }
}
