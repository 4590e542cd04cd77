import type { Random } from '@holdfast/contract'

/** Numbers of the backoff. All in milliseconds. */
export interface BackoffOptions {
  /** Window of the exponential schedule at the first retry. @defaultValue 1000 */
  readonly baseMs: number
  /** No window is longer. @defaultValue 30000 */
  readonly capMs: number
  /** No delay is shorter. @defaultValue 100 */
  readonly floorMs: number
  /** The first window is at least this long: it decides how hard a lost server is stormed. @defaultValue 2000 */
  readonly firstMs: number
  /** A schedule instead of the exponential one: the window before retry `n` (1, 2, …). Jitter and cap still apply. */
  readonly schedule?: ((n: number) => number) | undefined
  /** The part of the window that is random, 0 … 1. @defaultValue 1 (full jitter) */
  readonly jitter: number
}

/** A local cause (wake, online, visible, manual) is retried within this time. */
export const LOCAL_SPREAD_MS = 250
/** A server's hint is honoured up to this long. */
export const MAX_HINT_MS = 300_000
/** No sticky base (SSE `retry:`) is shorter. */
export const MIN_BASE_MS = 250

/** The window from which the delay before retry `n` is drawn. */
export function backoffWindow(n: number, options: BackoffOptions): number {
  const { baseMs, capMs, floorMs, firstMs, schedule } = options
  const raw = schedule === undefined ? Math.max(firstMs, baseMs * 2 ** Math.min(n - 1, 30)) : schedule(n)
  return Math.max(floorMs, Math.min(capMs, raw))
}

/** Milliseconds to wait before retry `n`: full jitter inside the window, so the cap is a cap. */
export function backoffDelay(n: number, options: BackoffOptions, random: Random): number {
  const window = backoffWindow(n, options)
  const least = Math.max(options.floorMs, window * (1 - options.jitter))
  return least + random() * (window - least)
}

/** A hint raises a delay to at least itself, spread by a fifth so that hinted clients do not return as one. */
export function withHint(delayMs: number, hintMs: number | undefined, random: Random): number {
  if (hintMs === undefined || !(hintMs > 0)) return delayMs
  const hint = Math.min(hintMs, MAX_HINT_MS)
  return Math.max(delayMs, hint) + random() * Math.min(0.2 * hint, 30_000)
}
