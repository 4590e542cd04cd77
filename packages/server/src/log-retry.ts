import { type Clock, pause, type Random } from '@holdfast/contract'
import { backoffDelay } from '@holdfast/core/retry'

/** How long a server waits before it asks its log again: about 0.1 s, doubling to 5 s. */
const BACKOFF = { baseMs: 100, firstMs: 100, capMs: 5_000, floorMs: 50, jitter: 0.5 } as const

/** Waits before the `n`th try in a row (1, 2, …) after something of our own failed. */
export function pauseBeforeRetry(
  n: number,
  parts: { readonly clock: Clock; readonly random: Random; readonly signal: AbortSignal },
): Promise<void> {
  return pause(parts.clock, backoffDelay(n, BACKOFF, parts.random), parts.signal)
}

/** What `work` resolves to; undefined as soon as the signal is aborted, whatever becomes of the work then. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(undefined)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
