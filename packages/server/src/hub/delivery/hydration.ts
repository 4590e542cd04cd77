import type { HubResumeOffer } from '@holdfast/protocol/hub'
import type { HubSnapshotMessage } from '@holdfast/protocol/hub/messages'
import type { SessionCore } from '../session/session-core.ts'
import { defined } from '../state/entries.ts'
import type { EntryPage } from '../state/entry-blocks.ts'
import { HISTORY_PAGE_BYTES } from './history.ts'

/** The texts of one state of a session, made once for all who join at that moment. */
const pages = new WeakMap<SessionCore, { readonly head: number; readonly page: EntryPage }>()

/** How a hydration is sent. */
export interface HydrationOptions {
  /** Where it stands in the log; only for clients that asked to resume. */
  readonly stamp?: { readonly seq: number; readonly anchor: string } | undefined
  /** The newest entries only: the client asks for the rest page by page. */
  readonly isPaged?: boolean | undefined
  /** Say where earlier entries are to be had; only for clients that asked to resume. */
  readonly hasEarlier?: boolean | undefined
}

/** About the bytes of a hydration. */
export function hydrationSize({ state }: SessionCore, isPaged: boolean): number {
  return isPaged ? Math.min(state.entries.bytes, HISTORY_PAGE_BYTES) : state.entries.bytes
}

/**
 * `session_hydration` (hub §4) or the SSE stream's `hydration` (hub §6) as JSON, out of the folded state. The entries
 * are texts already: nothing is serialised anew, however long the session is.
 */
export function hydrationText(
  session: SessionCore,
  type: 'session_hydration' | 'hydration',
  { stamp, isPaged = false, hasEarlier = false }: HydrationOptions = {},
): string {
  const { state, context } = session
  const { stream } = state
  const running = stream.tasks.filter((task) => task.status === 'running')
  const overWebSocket = {
    label: labelOf(session),
    resumedAt: context.clock.epoch(),
    leadConnected: session.isLed,
    streamingState: {
      isStreaming: stream.isStreaming,
      activeTasks: running.map(({ taskId, agent }) => ({ taskId, agent })),
    },
  }
  const page = isPaged ? state.entries.newest(HISTORY_PAGE_BYTES) : wholeOf(session)
  const head = defined({
    type,
    sessionId: session.sessionId,
    ...(type === 'session_hydration' ? overWebSocket : {}),
    task: taskOf(session),
    stream: stream.stream,
    tasks: stream.tasks.length === 0 ? undefined : stream.tasks,
    agent: state.agent,
    ...(stamp ?? {}),
    earlier: hasEarlier ? page.earlier : undefined,
  })
  return `${JSON.stringify(head).slice(0, -1)},"entries":[${page.text}]}`
}

/** The stream's first event: the session at a glance. Hub §6. */
export function snapshotMessage(session: SessionCore, holdfast: HubResumeOffer | undefined): HubSnapshotMessage {
  const { record, state, participants, context } = session
  const shown = participants.slice(0, context.limits.presenceDetail)
  return defined({
    type: 'snapshot',
    sessionId: session.sessionId,
    label: labelOf(session) ?? '',
    status: record.status,
    createdAt: new Date(record.createdAt).toISOString(),
    mode: 'tui',
    participants: shown.map(({ id, role, transport, connectedAt }) => ({
      id,
      role: role === 'sub_agent' ? 'lead' : role,
      transport,
      connectedAt: new Date(connectedAt).toISOString(),
    })),
    taskCount: state.taskCount,
    agentActivity: state.stream.activity,
    stream: state.stream.stream,
    holdfast,
  })
}

export function labelOf({ state, record }: SessionCore): string | undefined {
  return state.label ?? record.label
}

export function taskOf({ state, record }: SessionCore): string | undefined {
  const task = record.data['task']
  return typeof task === 'string' ? task : state.task
}

function wholeOf(session: SessionCore): EntryPage {
  const known = pages.get(session)
  if (known?.head === session.head) return known.page
  const page = session.state.entries.newest()
  pages.set(session, { head: session.head, page })
  return page
}
