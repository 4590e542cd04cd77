import type { Random } from '@holdfast/contract'

/** So many retries of answers that may pass come soon, for what is over in seconds. */
const SOON = 6
/** The second retry's window; it doubles until the retries are slow. In milliseconds. */
const SOON_BASE_MS = 1_000
/** The later ones come within this time: with those before them, twelve in five minutes. In milliseconds. */
const SLOW_MS = 60_000

/** Milliseconds before the `n`-th retry (1, 2, …) of an answer that is taken as temporary, `leftMs` before it is final. */
export function graceDelay(n: number, leftMs: number, random: Random): number {
  if (n === 1) return Math.min(leftMs, random() * 250)
  const isSoon = n <= SOON
  const window = isSoon ? SOON_BASE_MS * 2 ** (n - 2) : SLOW_MS
  const least = window * (isSoon ? 0.5 : 0.75)
  return Math.min(leftMs, least + random() * (window - least))
}

/** Dials that a grace of this length may take, whatever wakes them. */
export function graceDials(graceMs: number): number {
  return 12 * Math.max(1, graceMs / 300_000)
}
