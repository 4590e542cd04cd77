import type { LogEvent, SessionInfo, SessionRecord } from '@holdfast/log'
import type { HubHistoryEvent, HubSessionSummary } from '@holdfast/protocol/hub'
import { labelOf, taskOf } from '../delivery/hydration.ts'
import type { Elsewhere, SessionElsewhere } from '../presence/remote-presence.ts'
import type { Room } from '../session/hub-session.ts'
import { asFields, defined, textOf } from '../state/entries.ts'
import { readRecord } from '../state/records.ts'
import { isoTime } from './http.ts'

/** What is told of a session; more of one that somebody is in, here or at another hub. */
export function summaryOf(
  record: SessionRecord,
  room: Room | undefined,
  elsewhere: Elsewhere | undefined,
): HubSessionSummary {
  const { mode, visibility, task, metadata, skills } = record.data
  const isLed = room?.isLed ?? elsewhere?.leads(record.id) ?? false
  const isArchived = record.status === 'archived'
  return defined({
    sessionId: record.id,
    label: (room === undefined ? record.label : labelOf(room)) ?? '',
    status: record.status,
    mode: typeof mode === 'string' ? mode : 'tui',
    visibility: record.reach !== 'private' && typeof visibility === 'string' ? visibility : 'private',
    createdAt: isoTime(record.createdAt),
    lastActivityAt: isoTime(record.updatedAt),
    workflowMode: workflowModeOf(record, room),
    bucket: isArchived ? 'history' : isLed ? 'running' : 'paused',
    // What runs is the lead. A hub has no means to start one.
    runtimeAvailable: isLed,
    controlAvailable: isLed,
    wakeAvailable: false,
    historyOnly: isArchived,
    liveExpected: isLed,
    skills: Array.isArray(skills) ? skills : [],
    ...NO_COUNTS,
    ...(room === undefined ? countsElsewhere(elsewhere?.in(record.id)) : countsOf(room)),
    tags: record.tags,
    task: room === undefined ? (typeof task === 'string' ? task : undefined) : taskOf(room),
    metadata: metadata === undefined ? undefined : asFields(metadata),
  })
}

/** Nobody is in it, and what was done in it is not looked up for a list. */
const NO_COUNTS = { taskCount: 0, subAgentCount: 0, observerCount: 0, participantCount: 0 } as const

/** Whether the lead works in rounds: as it was asked for, or as the session's own events tell. */
export function workflowModeOf(record: SessionRecord, room: Room | undefined): 'standard' | 'loop' {
  const { workflowMode, loop } = record.data
  return workflowMode === 'loop' || loop !== undefined || room?.fold.loop !== undefined ? 'loop' : 'standard'
}

/** A description out of what a request gave of it. */
export function infoOf(
  label: string | undefined,
  tags: readonly string[] | undefined,
  data: SessionInfo['data'],
): Partial<SessionInfo> {
  return { ...(label === undefined ? {} : { label }), ...(tags === undefined ? {} : { tags }), data }
}

function countsOf(room: Room): Partial<HubSessionSummary> {
  return {
    taskCount: room.fold.taskCount,
    subAgentCount: room.presence.count('sub_agent'),
    observerCount: room.presence.count('observer'),
    participantCount: room.presence.size,
  }
}

function countsElsewhere(elsewhere: SessionElsewhere | undefined): Partial<HubSessionSummary> {
  if (elsewhere === undefined) return {}
  const { participants, observers } = elsewhere
  if (participants.length + observers === 0) return {}
  return {
    subAgentCount: participants.filter(({ role }) => role === 'sub_agent').length,
    observerCount: observers,
    participantCount: participants.length + observers,
  }
}

/** What the hub keeps for itself is told by name only. */
export function historyEvent({ n, kind, at, payload, ...rest }: LogEvent): HubHistoryEvent {
  const record = readRecord({ n, kind, at, payload, ...rest })
  const occurredAt = isoTime(at)
  if (record?.t !== 'event') return { id: n, event: kind, category: 'hub', occurredAt }
  const { event, category, data } = record
  const named = { agent: textOf(data, 'agent'), taskId: textOf(data, 'taskId') }
  return defined({ id: n, event, category, ...named, payload: data, occurredAt })
}
