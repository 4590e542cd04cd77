import type { HubTaskState } from '@holdfast/protocol/hub'

/** A task with the tasks that are parts of it. */
export interface TaskNode {
  readonly task: HubTaskState
  /** In the order in which they began. */
  readonly parts: readonly TaskNode[]
}

/** Tasks as a tree: the newest root first. A task whose parent is not known is a root. */
export function taskTree(tasks: ReadonlyMap<string, HubTaskState>): readonly TaskNode[] {
  const children = new Map<string | undefined, HubTaskState[]>()
  for (const task of tasks.values()) {
    const parent = rootward(task, tasks)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [task])
    else siblings.push(task)
  }
  const nodes = (parent: string | undefined): TaskNode[] =>
    (children.get(parent) ?? []).map((task) => ({ task, parts: nodes(task.taskId) }))
  return nodes(undefined).reverse()
}

/** The parent, if it is known and following parents from there comes to an end: anybody may have written anything. */
function rootward(
  { taskId, parentTaskId }: HubTaskState,
  tasks: ReadonlyMap<string, HubTaskState>,
): string | undefined {
  const seen = new Set([taskId])
  for (let at = parentTaskId; at !== undefined; at = tasks.get(at)?.parentTaskId) {
    if (seen.has(at)) return undefined
    seen.add(at)
  }
  return parentTaskId !== undefined && tasks.has(parentTaskId) ? parentTaskId : undefined
}

/** How long a task has taken or takes by now, in milliseconds; undefined where it is not known. */
export function elapsed({ duration, startedAt, completedAt }: HubTaskState, now: number): number | undefined {
  if (duration !== undefined) return duration
  if (startedAt === undefined) return undefined
  const until = completedAt === undefined ? now : Date.parse(completedAt)
  const ms = until - Date.parse(startedAt)
  // The clocks of two machines: nothing has taken less than no time.
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
