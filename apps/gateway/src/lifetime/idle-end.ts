import { systemClock } from '@holdfast/core/contract'
import { IdleWatch } from '@holdfast/gate/internals'

/** What {@link IdleEnd} watches. */
export interface IdleEndParts {
  readonly idleMs: number
  /** A client is connected. */
  readonly hasClients: () => boolean
  /** Work continues without a client. */
  readonly isAtWork: () => Promise<boolean>
  /** It was unused for so long. Called once. */
  readonly end: () => void
}

/** Ends an unused gateway: without a client, and with nothing at work, for all of the time. */
export class IdleEnd {
  readonly #parts: IdleEndParts
  readonly #watch: IdleWatch
  #isOver = false

  constructor(parts: IdleEndParts) {
    this.#parts = parts
    const look = (): 'busy' | 'idle' | 'gone' => (this.#isOver ? 'gone' : parts.hasClients() ? 'busy' : 'idle')
    this.#watch = new IdleWatch({ clock: systemClock, idleMs: parts.idleMs, look, idle: () => void this.#idle() })
  }

  /** To be called at the start, and for each new client. */
  used(): void {
    if (!this.#isOver) this.#watch.start()
  }

  /** It ends for another reason. Idempotent. */
  stop(): void {
    this.#isOver = true
    this.#watch.stop()
  }

  async #idle(): Promise<void> {
    // What cannot be known may be work.
    const isAtWork = await this.#parts.isAtWork().catch(() => true)
    if (this.#isOver) return
    if (isAtWork || this.#parts.hasClients()) return this.#watch.start()
    this.stop()
    this.#parts.end()
  }
}
