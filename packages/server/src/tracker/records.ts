import { knownIn } from '@holdfast/contract/shape'
import type { LogEvent } from '@holdfast/log'
import { trackerRecordKinds } from '../generated/checks.ts'
import type { TrackerRecord } from '../generated/types.ts'
import type { OnUnfit } from '../unfit-values.ts'

export type { InboxEvent, TrackerChatMessage, TrackerRecord, TrackerTask } from '../generated/types.ts'

/** The record in a log's event; undefined where another program wrote it, or where it does not fit. */
export function readTrackerRecord(event: LogEvent, unfit?: OnUnfit): TrackerRecord | undefined {
  return knownIn(trackerRecordKinds, event.payload, unfit, event.n)
}

/** The wire's id of an event: the record's number, in this life of the log. */
export function eventId(n: number, epoch: string): string {
  return `${epoch}-${n}`
}

/** The record's number; undefined where the id is none of this life of the log. */
export function numberOfEvent(id: string, epoch: string): number | undefined {
  if (!id.startsWith(`${epoch}-`)) return undefined
  const [digits] = /^[1-9]\d{0,15}$/.exec(id.slice(epoch.length + 1)) ?? []
  return digits === undefined ? undefined : Number(digits)
}
