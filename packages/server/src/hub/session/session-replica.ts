import { randomId } from '@holdfast/contract'
import { INTERNAL_STATUS, type LogEvent, Replica, type SessionLog, type SessionRecord } from '@holdfast/log'
import { unfitLogger } from '../../unfit-values.ts'
import type { HubContext } from '../context.ts'
import { asHubError, HubError } from '../errors.ts'
import type { HubLimits } from '../limits.ts'
import { type HubRecord, readRecord } from '../state/records.ts'
import { SessionState } from '../state/session-state.ts'

/** What a session learns of its log. */
export interface SessionEvents {
  /** The description, looked up anew before a load. */
  found(record: SessionRecord): void
  /** More of the state is in memory. */
  readonly grew: () => void
  /** Everything that there was is in the state; `eventHash` is of the last event. */
  loaded(eventHash: string): void
  readonly applied: (event: LogEvent, record: HubRecord | undefined) => void
  /** Asked after each event: the next one waits for what it returns. */
  readonly capacity: () => Promise<void> | undefined
  /** The log cannot be followed any more: the session's participants start again. */
  ended(error: HubError): void
}

/** The replica of one session's log that a hub works with. */
export function sessionReplica(
  context: HubContext,
  sessionId: string,
  events: SessionEvents,
): Replica<SessionState, HubRecord | undefined> {
  const { log, limits, clock, logger, node, random } = context
  const { retainEvents: maxEvents, retainBytes: maxBytes, retainMs: maxAgeMs } = limits
  const replica: Replica<SessionState, HubRecord | undefined> = new Replica({
    log,
    session: sessionId,
    open: async () => {
      const record = await findRecord(context, sessionId)
      events.found(record)
      return record
    },
    empty: () => new SessionState(limits, unfitLogger(logger, sessionId)),
    grew: events.grew,
    loaded: ({ eventHash }) => events.loaded(eventHash),
    applied: events.applied,
    capacity: events.capacity,
    snapshotEvents: limits.snapshotEvents,
    snapshotDistance: () => snapshotDistance(replica.state.bytes, limits),
    retention: () => ({ maxEvents, maxBytes, maxAgeMs }),
    ended: (error) => events.ended(asHubError(error)),
    producer: node,
    idPrefix: randomId(random),
    clock,
    logger,
  })
  return replica
}

/** A state of so many bytes costs a hundredth of what it costs to write `snapshotEvents` events. */
const CHEAP_BYTES = 262_144

/** Events between two snapshots: as the state is larger there are more, up to what the log keeps anyway. */
function snapshotDistance(bytes: number, { snapshotEvents, retainEvents }: HubLimits): number {
  const asLarge = snapshotEvents * Math.ceil(bytes / CHEAP_BYTES)
  return Math.max(snapshotEvents, Math.min(asLarge, retainEvents))
}

/** How the session is described. @throws HubError `hub/not_found` where clients may not see it either */
export async function findRecord({ log }: HubContext, sessionId: string): Promise<SessionRecord> {
  const record = await log.findSession(sessionId)
  if (record !== null && record.status !== INTERNAL_STATUS) return record
  throw new HubError('hub/not_found', 'There is no such session.')
}

/** The record of an event; undefined where it is gone. */
export async function recordAt(log: SessionLog, sessionId: string, n: number): Promise<HubRecord | undefined> {
  const [event] = (await log.read(sessionId, { after: n - 1, limit: 1 })).events
  return event?.n === n ? readRecord(event) : undefined
}
