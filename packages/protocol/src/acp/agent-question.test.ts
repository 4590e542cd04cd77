import { expect, it } from 'vitest'
import { agentQuestionOf, permissionOptionsOf } from './agent-question.ts'

it('options of a permission question are read, and what is none is left out', () => {
  const options = [{ optionId: 'a', name: 'Allow', kind: 'allow_once' }, { name: 'none' }, 7, { optionId: 'b' }]
  expect(permissionOptionsOf(options)).toEqual([
    { optionId: 'a', name: 'Allow', kind: 'allow_once' },
    { optionId: 'b', name: 'b', kind: '' },
  ])
  expect(permissionOptionsOf('options')).toEqual([])
})

it('a question of an agent is read with its choices, its form and what its tool would do', () => {
  const content = [{ type: 'diff', path: 'a.txt', newText: 'new' }, { type: 'content' }, 7]
  const question = agentQuestionOf({
    title: 'Write?',
    choices: [{ optionId: 'a', name: 'Allow', kind: 'allow_once' }],
    toolCall: { rawInput: { file: 'a.txt' }, content },
    elicitation: { requestedSchema: { type: 'object' } },
  })
  expect(question).toEqual({
    title: 'Write?',
    choices: [{ optionId: 'a', name: 'Allow', kind: 'allow_once' }],
    form: { type: 'object' },
    hasToolCall: true,
    rawInput: { file: 'a.txt' },
    changes: [{ path: 'a.txt', oldText: '', newText: 'new' }],
  })
})

it('a question of an agent without any of it asks yes or no', () => {
  const question = agentQuestionOf({ title: 7, choices: 'a', toolCall: undefined, elicitation: null })
  expect(question).toMatchObject({ title: undefined, choices: [], form: undefined, hasToolCall: false, changes: [] })
})
