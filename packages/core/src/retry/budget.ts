/** No more than `max` dials in any `perMs` milliseconds. */
export interface DialLimit {
  readonly max: number
  readonly perMs: number
}

/**
 * When the next dial is allowed, given the times of past dials in rising order: `now` or later.
 * Every trigger spends the same budget, so no mix of causes can hammer a server.
 */
export function nextDialAt(dials: readonly number[], limits: readonly DialLimit[], now: number): number {
  let at = now
  for (const { max, perMs } of limits) {
    const oldest = dials[dials.length - max]
    if (oldest !== undefined) at = Math.max(at, oldest + perMs)
  }
  return at
}

/** The past dials that any limit still looks at. */
export function recentDials(dials: readonly number[], limits: readonly DialLimit[], now: number): number[] {
  const horizon = now - Math.max(0, ...limits.map((limit) => limit.perMs))
  const most = Math.max(0, ...limits.map((limit) => limit.max))
  return dials.filter((at) => at > horizon).slice(-most)
}
