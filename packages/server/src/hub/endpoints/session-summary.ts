import type { LogEvent, SessionInfo, SessionRecord } from '@holdfast/log'
import type { HubHistoryEvent, HubSessionSummary } from '@holdfast/protocol/hub/rest'
import { labelOf, taskOf } from '../delivery/hydration.ts'
import type { RemotePresence, RemoteSession } from '../presence/remote-presence.ts'
import type { HubSession } from '../session/hub-session.ts'
import { asFields, defined, textOf } from '../state/entries.ts'
import { readRecord } from '../state/records.ts'
import { isoTime } from './http.ts'

/**
 * What a list shows of a session; more of one with participants, here or at another hub. `lastActivity`: when something
 * happened in it before it left memory, in milliseconds since 1970.
 */
export function summaryOf(
  record: SessionRecord,
  session: HubSession | undefined,
  remote: RemotePresence | undefined,
  lastActivity: number,
): HubSessionSummary {
  const { mode, visibility, task, metadata, skills } = record.data
  const isLed = session?.isLed ?? remote?.leads(record.id) ?? false
  const isArchived = record.status === 'archived'
  return defined({
    sessionId: record.id,
    label: (session === undefined ? record.label : labelOf(session)) ?? '',
    status: record.status,
    mode: typeof mode === 'string' ? mode : 'tui',
    visibility: record.reach !== 'private' && typeof visibility === 'string' ? visibility : 'private',
    createdAt: isoTime(record.createdAt),
    lastActivityAt: isoTime(Math.max(record.updatedAt, session?.activity.at ?? lastActivity)),
    workflowMode: workflowModeOf(record, session),
    bucket: isArchived ? 'history' : isLed ? 'running' : 'paused',
    // What runs is the lead. A hub has no means to start one.
    runtimeAvailable: isLed,
    controlAvailable: isLed,
    wakeAvailable: false,
    historyOnly: isArchived,
    liveExpected: isLed,
    skills: Array.isArray(skills) ? skills : [],
    ...NO_COUNTS,
    ...(session === undefined ? remoteCounts(remote?.in(record.id)) : countsOf(session)),
    tags: record.tags,
    task: session === undefined ? (typeof task === 'string' ? task : undefined) : taskOf(session),
    metadata: metadata === undefined ? undefined : asFields(metadata),
  })
}

/** It has no participant, and what was done in it is not looked up for a list. */
const NO_COUNTS = { taskCount: 0, subAgentCount: 0, observerCount: 0, participantCount: 0 } as const

/** Whether the lead works in rounds: as it was asked for, or as the session's own events say. */
export function workflowModeOf(record: SessionRecord, session: HubSession | undefined): 'standard' | 'loop' {
  const { workflowMode, loop } = record.data
  return workflowMode === 'loop' || loop !== undefined || session?.state.loop !== undefined ? 'loop' : 'standard'
}

/** A description out of what a request gave of it. */
export function infoOf(
  label: string | undefined,
  tags: readonly string[] | undefined,
  data: SessionInfo['data'],
): Partial<SessionInfo> {
  return { ...(label === undefined ? {} : { label }), ...(tags === undefined ? {} : { tags }), data }
}

function countsOf(session: HubSession): Partial<HubSessionSummary> {
  return {
    taskCount: session.state.taskCount,
    subAgentCount: session.presence.count('sub_agent'),
    observerCount: session.presence.count('observer'),
    participantCount: session.presence.size,
    waitingQuestions: session.state.questions.open.length + session.state.approvals.all.length,
  }
}

function remoteCounts(remote: RemoteSession | undefined): Partial<HubSessionSummary> {
  if (remote === undefined) return {}
  const { participants, observers } = remote
  if (participants.length + observers === 0) return {}
  return {
    subAgentCount: participants.filter(({ role }) => role === 'sub_agent').length,
    observerCount: observers,
    participantCount: participants.length + observers,
  }
}

/** What the hub keeps for itself is shown by name only. */
export function historyEvent({ n, kind, at, payload, ...rest }: LogEvent): HubHistoryEvent {
  const record = readRecord({ n, kind, at, payload, ...rest })
  const occurredAt = isoTime(at)
  if (record?.t !== 'event') return { id: n, event: kind, category: 'hub', occurredAt }
  const { event, category, data } = record
  const named = { agent: textOf(data, 'agent'), taskId: textOf(data, 'taskId') }
  return defined({ id: n, event, category, ...named, payload: data, occurredAt })
}
