import type { Clock, Timer } from '@holdfast/contract'

/** So often it is looked whether the loop runs; no more than this of a standstill is counted. */
const SLICE_MS = 2_000
/** What had come when a timer was due may still wait behind it, where it is later than this. */
const UNREAD_LATE_MS = 500

/**
 * Runs once after `ms` of a running event loop: a deadline for what a peer does. While this process stands still
 * (stopped, its event loop blocked, its machine asleep) it cannot see what the peer does, so that time does not count.
 */
export function afterRunning(clock: Clock, ms: number, run: () => void): Timer {
  let leftMs = ms
  let timer: Timer
  let cancelled = false
  const arm = (): void => {
    const sliceMs = Math.min(leftMs, SLICE_MS)
    const dueAt = clock.now() + sliceMs
    timer = clock.after(sliceMs, () => {
      leftMs -= sliceMs
      // One more turn: what came in the meantime is read in it.
      const isUnread = clock.now() - dueAt > UNREAD_LATE_MS
      if (leftMs <= 0 && isUnread) leftMs = UNREAD_LATE_MS
      if (leftMs > 0) arm()
      else if (!cancelled) run()
    })
  }
  arm()
  return {
    cancel() {
      cancelled = true
      timer.cancel()
    },
  }
}
