import type { Random } from '@holdfast/contract'

/** A server's hint (`Retry-After`, an event stream's `retry:`) is honoured up to this long. In milliseconds. */
export const MAX_HINT_MS = 300_000

/**
 * A hint raises a delay to at least itself, spread by a fifth so that hinted clients do not return as one. Used by
 * `connection/machine/fail.ts`; the header is read by contract's `parse-retry-after.ts`.
 */
export function withHint(delayMs: number, hintMs: number | undefined, random: Random): number {
  if (hintMs === undefined || !(hintMs > 0)) return delayMs
  const hint = Math.min(hintMs, MAX_HINT_MS)
  return Math.max(delayMs, hint) + random() * Math.min(0.2 * hint, 30_000)
}
