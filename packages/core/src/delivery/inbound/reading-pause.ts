import type { Clock } from '@holdfast/contract'

/** What waits behind a handler that is at work: beyond it the channel is paused. */
const BEHIND_BYTES = 1_048_576
/** The same while an answer is expected, which only reading brings. */
const BLOCKED_BYTES = 8_388_608

const NOBODY: readonly never[] = []

/** A link whose reading can pause. */
export interface Pausable {
  readonly liveness: { paused(paused: boolean): void } | undefined
  setPaused(paused: boolean): void
}

/** Whose reading it is. */
export interface ReadingHost {
  readonly clock: Clock
  /** The attempt that is open. */
  readonly writer: Pausable | undefined
}

/** Whether reading from the network pauses: readers that are full want it, and requests that expect an answer do not. */
export class ReadingPause {
  readonly #host: ReadingHost
  /** Readers that are full. */
  pausers = 0
  /** Since when reading pauses. */
  pausedAt: number | undefined
  #expecting: readonly (() => void)[] = NOBODY

  constructor(host: ReadingHost) {
    this.#host = host
  }

  /** Reading continues although readers are full, up to 8 MiB; then `blocked` is called. Returns a function that ends it. */
  expect(blocked: () => void): () => void {
    this.#expecting = [...this.#expecting, blocked]
    return () => {
      this.#expecting = this.#expecting.filter((other) => other !== blocked)
    }
  }

  /** So many bytes wait. Once paused, it is until they are half of what paused it. */
  isWanted(isBusy: boolean, waitingBytes: number): boolean {
    if (this.pausers === 0 && !isBusy) return false
    if (this.#expecting.length > 0) {
      if (waitingBytes < BLOCKED_BYTES) return false
      const expecting = this.#expecting
      this.#expecting = NOBODY
      for (const blocked of expecting) blocked()
    }
    return this.pausers > 0 || waitingBytes >= (this.pausedAt === undefined ? BEHIND_BYTES : BEHIND_BYTES / 2)
  }

  /** Pauses reading, or resumes it. */
  set(paused: boolean): void {
    if (paused === (this.pausedAt !== undefined)) return
    this.pausedAt = paused ? this.#host.clock.now() : undefined
    this.pauseLink(paused)
  }

  /** The link that is open now. */
  pauseLink(paused: boolean): void {
    const { writer } = this.#host
    writer?.liveness?.paused(paused)
    writer?.setPaused(paused)
  }
}
