import { type HubEventFilter, hubEventFilter } from '@holdfast/protocol/hub'
import type { HubLimits } from '../limits.ts'

/** Which of the session's events a subscription receives. Hub §4. */
export interface EventFilter {
  readonly patterns: readonly string[]
  /** False where everything passes. */
  readonly narrows: boolean
  readonly passes: HubEventFilter
}

/** Most ask for everything: one for all of them. */
const EVERYTHING: EventFilter = { patterns: [], narrows: false, passes: () => true }

/** A filter out of patterns; an issue in one line where they are too many or too long. */
export function eventFilter(
  patterns: readonly string[],
  limits: HubLimits,
): { readonly ok: true; readonly filter: EventFilter } | { readonly ok: false; readonly issue: string } {
  if (patterns.length > limits.maxFilters) {
    return { ok: false, issue: `subscribe: at most ${limits.maxFilters} filters, got ${patterns.length}` }
  }
  if (patterns.some((pattern) => pattern.length > limits.maxFilterLength)) {
    return { ok: false, issue: `subscribe: at most ${limits.maxFilterLength} characters in a filter` }
  }
  const wanted = patterns.map((pattern) => pattern.trim()).filter((pattern) => pattern !== '')
  if (wanted.length === 0) return { ok: true, filter: EVERYTHING }
  const narrows = !wanted.includes('*')
  return { ok: true, filter: { patterns: wanted, narrows, passes: hubEventFilter(wanted) } }
}

/** Presence is sent to those without a filter, or asked for it by name or as `presence` or `session`. */
export function passesPresence(filter: EventFilter, event: string): boolean {
  return !filter.narrows || filter.passes(event, 'presence') || filter.passes(event, 'session')
}
