import type { HubTaskState } from '@holdfast/protocol/hub'
import { expect, it } from 'vitest'
import { elapsed, type TaskNode, taskTree } from './task-tree.ts'

function tasks(...pairs: readonly (readonly [id: string, parent?: string])[]): ReadonlyMap<string, HubTaskState> {
  return new Map(
    pairs.map(([taskId, parentTaskId]) => [
      taskId,
      { taskId, agent: 'lead', status: 'running', prompt: '', ...(parentTaskId === undefined ? {} : { parentTaskId }) },
    ]),
  )
}

const shape = (nodes: readonly TaskNode[]): unknown =>
  nodes.map(({ task, parts }) => (parts.length === 0 ? task.taskId : [task.taskId, shape(parts)]))

it('the tree of tasks puts parts under their task, in order, and the newest root first', () => {
  const known = tasks(['one'], ['one.a', 'one'], ['one.b', 'one'], ['two'], ['one.a.x', 'one.a'])
  expect(shape(taskTree(known))).toEqual(['two', ['one', [['one.a', ['one.a.x']], 'one.b']]])
})

it('the tree of tasks takes a task whose parent is not known, and every task of a circle, for a root', () => {
  const known = tasks(['lost', 'gone'], ['self', 'self'], ['a', 'b'], ['b', 'a'])
  expect(shape(taskTree(known))).toEqual(['b', 'a', 'self', 'lost'])
})

it('the tree of tasks says how long a task took, or takes by now', () => {
  const task = { taskId: 't', agent: '', status: 'running', prompt: '', startedAt: new Date(1_000).toISOString() }
  expect(elapsed(task, 3_500)).toBe(2_500)
  expect(elapsed(task, 0)).toBe(0)
  expect(elapsed({ ...task, completedAt: new Date(1_200).toISOString() }, 9_000)).toBe(200)
  expect(elapsed({ ...task, duration: 7 }, 9_000)).toBe(7)
  expect(elapsed({ ...task, startedAt: 'never' }, 9_000)).toBeUndefined()
})
