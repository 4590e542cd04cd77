/**
 * `Retry-After` in milliseconds from now (RFC 9110 §10.2.3), or undefined where it is absent or malformed.
 * A date is measured against the server's own `Date` header, so that a wrong clock on either side does no harm. How it is
 * honoured: `withHint` of core's `retry/server-hint.ts`.
 */
export function retryAfterMs(
  retryAfter: string | null | undefined,
  date: string | null | undefined,
  epochMs: number,
): number | undefined {
  const value = retryAfter?.trim() ?? ''
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER)
  const at = httpDate(value)
  if (at === undefined) return undefined
  return Math.max(0, at - (httpDate(date ?? '') ?? epochMs))
}

/** `Date.parse` takes many things for dates; an HTTP date starts with a day's name and ends in GMT. */
function httpDate(value: string): number | undefined {
  const at = /^[A-Za-z]{3,9}, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
