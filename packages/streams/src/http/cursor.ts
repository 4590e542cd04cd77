import type { Random } from '@holdfast/contract'

/** Protocol §10.1: intervals of 20 s since 2024-10-09. */
const EPOCH_MS = Date.UTC(2024, 9, 9)
const INTERVAL_MS = 20_000
/** Seconds by which a cursor goes past the one that came. */
const MAX_JITTER_S = 3_600

/** The cursor of a live answer: always past that of the client, so that no cache answers it the same for ever. */
export function cursorAfter(given: string | undefined, now: number, random: Random): string {
  const current = Math.floor((now - EPOCH_MS) / INTERVAL_MS)
  const known = given !== undefined && /^[0-9]{1,15}$/.test(given) ? Number(given) : undefined
  if (known === undefined || known < current) return String(current)
  const jitterS = 1 + Math.floor(random() * MAX_JITTER_S)
  return String(known + Math.max(1, Math.ceil((jitterS * 1000) / INTERVAL_MS)))
}

/** Of two cursors the one that is further on. */
export function laterCursor(one: string | undefined, other: string): string {
  return one !== undefined && Number(one) > Number(other) ? one : other
}
