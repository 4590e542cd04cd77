import { expect, it } from 'vitest'
import { hubEventCategory, hubEventFilter } from './events.ts'

it.each([
  [['agent'], 'agent_start', true],
  [['agent'], 'before_agent_start', true],
  [['agent'], 'task_start', false],
  [['task_start'], 'task_start', true],
  [['task_start'], 'task_started', false],
  [['task_*'], 'task_error', true],
  [['task_*'], 'task', false],
  [['nothing', ' * '], 'task_error', true],
  [[], 'task_error', true],
  [['', ' '], 'task_error', true],
])('the filter %j lets %s pass: %s', (patterns, event, passes) => {
  expect(hubEventFilter(patterns)(event, hubEventCategory(event))).toBe(passes)
})

it('an event filter matches the category that the event was given', () => {
  expect(hubEventFilter(['weather'])('rain', 'weather')).toBe(true)
})
