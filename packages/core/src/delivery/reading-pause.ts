/** What waits behind a handler that is at work: beyond it the channel is paused. */
const BEHIND_BYTES = 1_048_576
/** The same while an answer is expected, which only reading brings. */
const BLOCKED_BYTES = 8_388_608

const NOBODY: readonly never[] = []

/** Whether reading from the network pauses: readers that are full want it, and whoever expects an answer does not. */
export class ReadingPause {
  /** Readers that are full. */
  pausers = 0
  #expecting: readonly (() => void)[] = NOBODY

  /** Reading goes on although readers are full, up to 8 MiB; then `blocked` is called. Returns its own undo. */
  expect(blocked: () => void): () => void {
    this.#expecting = [...this.#expecting, blocked]
    return () => {
      this.#expecting = this.#expecting.filter((other) => other !== blocked)
    }
  }

  /** So many bytes wait. Once paused, it is until they are half of what paused it. */
  isWanted(isBusy: boolean, waitingBytes: number, isPaused: boolean): boolean {
    if (this.pausers === 0 && !isBusy) return false
    if (this.#expecting.length > 0) {
      if (waitingBytes < BLOCKED_BYTES) return false
      const expecting = this.#expecting
      this.#expecting = NOBODY
      for (const blocked of expecting) blocked()
    }
    return this.pausers > 0 || waitingBytes >= (isPaused ? BEHIND_BYTES / 2 : BEHIND_BYTES)
  }
}
