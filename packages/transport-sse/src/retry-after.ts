import type { Clock } from '@holdfast/contract'

/**
 * `Retry-After` in milliseconds from now (RFC 9110 §10.2.3), or undefined where it is absent, malformed or past. A date
 * is measured against the server's own `Date`, so that a wrong clock on either side does no harm.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, clock: Clock): number | undefined {
  const { 'retry-after': after = '', date = '' } = headers
  return /^\d+$/.test(after)
    ? Number(after) * 1000
    : Math.max(0, Date.parse(after) - (Date.parse(date) || clock.epoch())) || undefined
}
