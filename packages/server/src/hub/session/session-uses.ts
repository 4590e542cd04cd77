import type { Clock, Timer } from '@holdfast/contract'

/** What a session is told of its users. */
export interface SessionUsesEvents {
  /** Somebody uses it. */
  entered(): void
  /** Nobody does any more. */
  left(): void
  /** Nobody did for a while. */
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
