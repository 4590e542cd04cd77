import type { HubResumeOffer, HubSnapshotMessage } from '@holdfast/protocol/hub'
import type { Room } from '../session/hub-session.ts'
import { defined } from '../state/entries.ts'
import type { EntryPage } from '../state/entry-blocks.ts'
import { HISTORY_PAGE_CHARS } from './history.ts'

/** The texts of one state of a session, made once for all who join at that moment. */
const pages = new WeakMap<Room, { readonly head: number; readonly page: EntryPage }>()

/** How a hydration is told. */
export interface HydrationOptions {
  /** Where it stands in the log; only for clients that asked to resume. */
  readonly stamp?: { readonly seq: number; readonly anchor: string } | undefined
  /** The newest entries only: the client asks for the rest page by page. */
  readonly isPaged?: boolean | undefined
  /** Say where earlier entries are to be had; only for clients that asked to resume. */
  readonly tellsEarlier?: boolean | undefined
}

/** About the characters of a hydration. */
export function hydrationSize({ fold }: Room, isPaged: boolean): number {
  return isPaged ? Math.min(fold.entries.length, HISTORY_PAGE_CHARS) : fold.entries.length
}

/**
 * `session_hydration` (hub §4) or the SSE stream's `hydration` (hub §6) as JSON, out of the folded state. The entries
 * are texts already: nothing is serialised anew, however long the session is.
 */
export function hydrationText(
  room: Room,
  type: 'session_hydration' | 'hydration',
  { stamp, isPaged = false, tellsEarlier = false }: HydrationOptions = {},
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
  const page = isPaged ? fold.entries.newest(HISTORY_PAGE_CHARS) : wholeOf(room)
  const head = defined({
    type,
    sessionId: room.sessionId,
    ...(type === 'session_hydration' ? overWebSocket : {}),
    task: taskOf(room),
    stream: stream.stream,
    tasks: stream.tasks.length === 0 ? undefined : stream.tasks,
    ...(stamp ?? {}),
    earlier: tellsEarlier ? page.earlier : undefined,
  })
  return `${JSON.stringify(head).slice(0, -1)},"entries":[${page.text}]}`
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

function wholeOf(room: Room): EntryPage {
  const known = pages.get(room)
  if (known?.head === room.head) return known.page
  const page = room.fold.entries.newest()
  pages.set(room, { head: room.head, page })
  return page
}
