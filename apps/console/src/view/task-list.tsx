import type { HubTaskState } from '@holdfast/protocol/hub'
import { useState } from 'preact/hooks'
import { elapsed, type TaskNode, taskTree } from '../state/task-tree.ts'
import { duration } from './format.ts'
import { useEvery } from './use.ts'

const MARKS: Readonly<Record<string, readonly [sign: string, word: string]>> = {
  running: ['●', 'runs'],
  completed: ['✓', 'done'],
  failed: ['✕', 'failed'],
}
/** Roots that are shown before all are requested. */
const SHOWN = 6

/** What the session is doing and has done: tasks with the tasks that are parts of them. */
export function TaskList({ tasks }: { readonly tasks: ReadonlyMap<string, HubTaskState> }) {
  const [isWhole, setWhole] = useState(false)
  useEvery(1_000)
  const roots = taskTree(tasks)
  const shown = isWhole ? roots : roots.slice(0, SHOWN)
  if (roots.length === 0) return <p class="hint">None yet.</p>
  return (
    <>
      <ul class="plain tasks">
        {shown.map((node) => (
          <Task key={node.task.taskId} node={node} />
        ))}
      </ul>
      {roots.length > SHOWN && (
        <button type="button" class="quiet" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show all ${roots.length}`}
        </button>
      )}
    </>
  )
}

function Task({ node: { task, parts } }: { readonly node: TaskNode }) {
  const [sign, word] = MARKS[task.status] ?? ['○', task.status]
  const ms = elapsed(task, Date.now())
  return (
    <li>
      <div class="task" title={task.prompt}>
        <span class={`mark ${task.status}`} role="img" aria-label={word}>
          {sign}
        </span>
        <span class="clip">{task.prompt === '' ? task.taskId : task.prompt}</span>
        {ms !== undefined && <span class="detail">{duration(ms)}</span>}
        <span class="detail agent">{task.agent}</span>
      </div>
      {parts.length > 0 && (
        <ul class="plain">
          {parts.map((part) => (
            <Task key={part.task.taskId} node={part} />
          ))}
        </ul>
      )}
    </li>
  )
}
