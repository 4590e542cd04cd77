import type { Cause } from '../client-protocol.ts'
import type { Status } from './status.ts'

/** One event in the life of a connection. `explainRecord` puts it in words. */
export interface FlightRecord {
  /** Milliseconds on the connection's clock. */
  readonly at: number
  readonly status?: Status | undefined
  readonly cause?: Cause | undefined
  readonly note?: string | undefined
}

/**
 * The last 256 events of a connection, for a bug report. Stored as alternating time and event, which takes less memory
 * than an object for each.
 */
export type FlightLog = readonly (number | Status | Cause | string)[]

const RECORDS = 256

/** With one more. A copy is exact; a pushed-to array keeps room for more than an idle connection ever needs. */
export function recorded(log: FlightLog, at: number, what: Status | Cause | string): FlightLog {
  return log.slice(2 - 2 * RECORDS).concat(Math.round(at), what)
}

export function recordsOf(log: FlightLog): readonly FlightRecord[] {
  return log.flatMap((what, index) => {
    if (typeof what === 'number') return []
    const at = Number(log[index - 1])
    if (typeof what === 'string') return { at, note: what }
    return 'state' in what ? { at, status: what } : { at, cause: what }
  })
}
