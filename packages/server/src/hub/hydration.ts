import type { HubResumeOffer, HubSnapshotMessage } from '@holdfast/protocol/hub'
import { defined } from './entries.ts'
import type { Room } from './room.ts'

/** The texts of one state of a session, made once for all who join at that moment. */
const texts = new WeakMap<Room, { readonly key: string; readonly entries: string }>()

/** Where a hydration stands in the log; only for clients that asked to resume. */
export interface HydrationStamp {
  readonly seq: number
  readonly anchor: string
}

/**
 * `session_hydration` (hub §4) or the SSE stream's `hydration` (hub §6) as JSON, out of the folded state. The entries
 * are texts already: nothing is serialised anew, however long the session is.
 */
export function hydrationText(
  room: Room,
  type: 'session_hydration' | 'hydration',
  stamp: HydrationStamp | undefined,
): string {
  const { fold, context } = room
  const { stream } = fold
  const running = stream.tasks.filter((task) => task.status === 'running')
  const overWebSocket = {
    label: labelOf(room),
    resumedAt: context.clock.epoch(),
    leadConnected: room.isLed,
    streamingState: {
      isStreaming: stream.isStreaming,
      activeTasks: running.map(({ taskId, agent }) => ({ taskId, agent })),
    },
  }
  const head = defined({
    type,
    sessionId: room.sessionId,
    ...(type === 'session_hydration' ? overWebSocket : {}),
    task: taskOf(room),
    stream: stream.stream,
    tasks: stream.tasks.length === 0 ? undefined : stream.tasks,
    ...(stamp ?? {}),
  })
  return `${JSON.stringify(head).slice(0, -1)},"entries":[${entriesOf(room)}]}`
}

/** The stream's first event: the session at a glance. Hub §6. */
export function snapshotMessage(room: Room, holdfast: HubResumeOffer | undefined): HubSnapshotMessage {
  const { record, fold, presence, context } = room
  const shown = presence.all.slice(0, context.limits.presenceDetail)
  return defined({
    type: 'snapshot',
    sessionId: room.sessionId,
    label: labelOf(room) ?? '',
    status: record.status,
    createdAt: new Date(record.createdAt).toISOString(),
    mode: 'tui',
    participants: shown.map(({ id, role, transport, connectedAt }) => ({
      id,
      role: role === 'sub_agent' ? 'lead' : role,
      transport,
      connectedAt: new Date(connectedAt).toISOString(),
    })),
    taskCount: fold.taskCount,
    agentActivity: fold.stream.activity,
    stream: fold.stream.stream,
    holdfast,
  })
}

export function labelOf({ fold, record }: Room): string | undefined {
  return fold.label ?? record.label
}

export function taskOf({ fold, record }: Room): string | undefined {
  const task = record.data['task']
  return typeof task === 'string' ? task : fold.task
}

function entriesOf(room: Room): string {
  const key = `${room.head}`
  const known = texts.get(room)
  if (known?.key === key) return known.entries
  const entries = room.fold.entries.join()
  texts.set(room, { key, entries })
  return entries
}
