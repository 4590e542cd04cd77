import type { Opening } from '@holdfast/contract'

/** `Date` has seconds, and it was on its way: a smaller difference says nothing. */
const LEAST_MS = 5_000

/** How far the server's clock is ahead of this one, in milliseconds; undefined where its `Date` header cannot be read. */
export function skewOf({ headers }: Opening, epoch: number): number | undefined {
  const serverTime = Date.parse(headers?.['date'] ?? '')
  if (Number.isNaN(serverTime)) return undefined
  const skewMs = serverTime - epoch
  return Math.abs(skewMs) < LEAST_MS ? 0 : skewMs
}
