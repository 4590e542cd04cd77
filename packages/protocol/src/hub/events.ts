import type { Open } from '@holdfast/contract/shape'

/** The event names of hub §4. The set is open: other names pass. */
export const HUB_EVENTS = [
  'session_start',
  'session_complete',
  'session_error',
  'session_shutdown',
  'session_before_compact',
  'session_compact',
  'rpc_ready',
  'agent_start',
  'agent_end',
  'agent_progress',
  'before_agent_start',
  'turn_start',
  'turn_end',
  'tool_call',
  'tool_result',
  'tool_execution_start',
  'tool_execution_end',
  'tool_execution_update',
  'runtime_process_start',
  'runtime_process_output',
  'runtime_process_error',
  'runtime_process_stop',
  'runtime_preview_available',
  'task_start',
  'task_complete',
  'task_error',
  'message_start',
  'message_update',
  'message_end',
  'thinking_start',
  'thinking_end',
  'session_join',
  'session_leave',
  'session_label_updated',
  'presence_update',
  'loop_state_updated',
  'loop_started',
  'loop_resumed',
  'loop_paused',
  'loop_blocked',
  'loop_completed',
  'loop_cancelled',
  'coord_job_created',
  'coord_job_completed',
  'coord_job_failed',
  'coord_task_ready',
  'coord_task_claimed',
  'coord_task_completed',
  'coord_task_failed',
  'coord_task_discovered',
  'coord_file_reserved',
  'coord_file_released',
  'coord_file_conflict',
  'coord_contract_provided',
  'coord_worker_joined',
] as const

export type HubEventName = Open<(typeof HUB_EVENTS)[number]>

/**
 * The category of an event that names none itself: the name up to its first `_` (`task_start` is of `task`);
 * `before_agent_start` is of `agent`.
 */
export function hubEventCategory(event: string): string {
  const name = event.startsWith('before_') ? event.slice('before_'.length) : event
  const end = name.indexOf('_')
  return end > 0 ? name.slice(0, end) : name
}

/** Whether an event passes. */
export type HubEventFilter = (event: string, category: string) => boolean

/**
 * A filter out of patterns (hub §4): a category (`agent`), an exact name (`task_start`), a wildcard prefix
 * (`task_*`), or `*`. An event passes when any pattern fits; without patterns everything passes.
 */
export function hubEventFilter(patterns: readonly string[]): HubEventFilter {
  const wanted = patterns.map((pattern) => pattern.trim()).filter((pattern) => pattern !== '')
  const exact = new Set(wanted.filter((pattern) => !pattern.endsWith('*')))
  const prefixes = wanted.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1))
  if (wanted.length === 0 || prefixes.includes('')) return () => true
  return (event, category) =>
    exact.has(event) || exact.has(category) || prefixes.some((prefix) => event.startsWith(prefix))
}
