import type { Gap, ReadFrom } from './session-log.ts'

/** What must be known of a log to place a position. */
export interface Extent {
  readonly epoch: string
  readonly first: number
  readonly last: number
}

/**
 * What a reader at this position has lost, if anything (design: server §3.3).
 * @param eventHashAt the hash of event n; undefined where it is not known any more
 */
export function gapAt(from: ReadFrom, log: Extent, eventHashAt: (n: number) => string | undefined): Gap | undefined {
  const anew = { type: 'gap', from: log.first, to: log.last } as const
  if (from.epoch !== undefined && from.epoch !== log.epoch) return { ...anew, reason: 'epoch' }
  if (from.after > log.last) return { ...anew, reason: 'rollback' }
  if (from.eventHash !== undefined && from.after > 0 && from.after >= log.first - 1) {
    const eventHash = eventHashAt(from.after)
    if (eventHash !== undefined && eventHash !== from.eventHash) return { ...anew, reason: 'rollback' }
  }
  if (from.after + 1 < log.first) return { type: 'gap', from: from.after + 1, to: log.first - 1, reason: 'retention' }
  return undefined
}

/** True where the position is not valid any more: what follows is unrelated to what the reader has. */
export function startsAnew(gap: Gap): boolean {
  return gap.reason !== 'retention'
}
