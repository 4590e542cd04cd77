import { HoldfastError } from '@holdfast/contract'
import type { Append, AppendResult, LogEvent, measureAll } from '@holdfast/log'

/** What is answered where the store says no more. */
export const UNAVAILABLE: Extract<AppendResult, { readonly outcome: 'unavailable' }> = {
  outcome: 'unavailable',
  retryAfterMs: 1_000,
}

/** What a failure of the store means for an append. @throws what is none */
export function refused(error: unknown): AppendResult {
  if (!(error instanceof HoldfastError)) throw error
  if (error.code === 'log/damaged') return { outcome: 'refused', reason: 'damaged' }
  if (error.code !== 'log/unavailable') throw error
  const { retryAfterMs, reason } = error.details
  return {
    ...UNAVAILABLE,
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  }
}

/** What was appended, for those who follow the session, and what it occupies. */
export function appendedEvents(
  appends: readonly Append[],
  batches: ReturnType<typeof measureAll>,
  results: readonly AppendResult[],
): { readonly events: readonly LogEvent[]; readonly bytes: number } {
  const all: LogEvent[] = []
  let bytes = 0
  let asked = 0
  for (const [at, { events }] of appends.entries()) {
    const batch = batches[at]
    if (batch === undefined || 'outcome' in batch) continue
    const result = results[asked++]
    if (result?.outcome !== 'appended') continue
    bytes += batch.bytes
    for (const [i, { id, kind, at, payload }] of events.entries()) {
      all.push({ n: result.first + i, id, kind, at, payload, text: batch.texts[i] })
    }
  }
  return { events: all, bytes }
}
