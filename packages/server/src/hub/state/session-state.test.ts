import { describe, expect, it } from 'vitest'
import { HUB_LIMITS } from '../limits.ts'
import type { HubRecord } from './records.ts'
import { SessionState } from './session-state.ts'

const at = 1_700_000_000_000

function fold(records: readonly HubRecord[], limits: Partial<typeof HUB_LIMITS> = {}): SessionState {
  const state = new SessionState({ ...HUB_LIMITS, ...limits })
  for (const [i, payload] of records.entries()) state.apply({ n: i + 1, id: `e${i}`, kind: payload.t, at, payload })
  return state
}

function told(event: string, data: Record<string, unknown>): HubRecord {
  return { t: 'event', event, data, category: '' }
}

function entries(state: SessionState): unknown {
  return JSON.parse(`[${state.entries.newest().text}]`)
}

describe('entries', () => {
  it.each([
    ['message_end', { agent: 'a', content: 'x' }, { type: 'message', agent: 'a', content: 'x' }],
    ['message_end', { message: { role: 'user', content: 'x' } }, { type: 'user_prompt', content: 'x' }],
    ['message_end', { message: { role: 'assistant', content: [{ type: 'text', text: 'a' }, 'b'] } }, { content: 'ab' }],
    ['thinking_end', { thinking: 'hm' }, { type: 'thinking', thinking: 'hm' }],
    ['tool_call', { toolName: 't', args: { a: 1 }, toolCallId: 'c' }, { type: 'tool_call', toolArgs: { a: 1 } }],
    ['tool_result', { name: 't', output: 'x', isError: true }, { type: 'tool_result', content: 'x', isError: true }],
    ['task_error', { taskId: 't', error: 'x' }, { type: 'task_result', taskId: 't', content: 'x', isError: true }],
    ['runtime_process_stop', { pid: 1, exitCode: 2 }, { type: 'runtime_status', runtime: { pid: 1, exitCode: 2 } }],
    ['runtime_preview_available', { url: 'u' }, { type: 'runtime_preview', preview: { url: 'u' } }],
  ])('are made of %s', (event, data, entry) => {
    expect(entries(fold([told(event, data)]))).toMatchObject([{ timestamp: at, ...entry }])
  })

  it('are made of what controllers ask', () => {
    const request = { t: 'request', wireId: '1', asker: 'x', id: '1' } as const
    const state = fold([
      { ...request, message: { type: 'command', name: 'plan', args: 'a' } },
      { ...request, message: { type: 'event', event: 'steer', data: { content: 'left' } } },
      { t: 'rpc', to: 'driver', message: { command: { type: 'prompt', message: 'go' } } },
    ])
    expect(entries(state)).toMatchObject(['/plan a', 'left', 'go'].map((content) => ({ type: 'user_prompt', content })))
  })

  it('count a call once that comes under two names', () => {
    const call = { toolName: 't', toolCallId: 'c' }
    expect(entries(fold([told('tool_call', call), told('tool_execution_start', call)]))).toHaveLength(1)
  })

  it('keep the newest within the bound', () => {
    const many = Array.from({ length: 5000 }, (_, i) => told('message_end', { content: `m${i}` }))
    const state = fold(many, { hydrationBytes: 100_000 })
    expect(state.entries.bytes).toBeLessThanOrEqual(100_000)
    expect(state.entries.incomplete).toBe(true)
    expect(state.entries.newest().text).toContain('"m4999"')
  })
})

it('the session state has what runs: tasks, agents and unfinished output', () => {
  const state = fold([
    told('task_start', { taskId: 't', agent: 'a', prompt: 'p', parentTaskId: 'whole' }),
    told('message_update', { taskId: 't', delta: 'he' }),
    told('message_update', { taskId: 't', delta: 'llo' }),
    told('tool_call', { agent: 'a', toolName: 'read', toolCallId: 'c' }),
  ])
  expect(state.taskCount).toBe(1)
  expect(state.stream.tasks).toMatchObject([{ taskId: 't', parentTaskId: 'whole', status: 'running', prompt: 'p' }])
  expect(state.stream.stream).toEqual({ output: '', thinking: '', tasks: { t: { output: 'hello', thinking: '' } } })
  expect(state.stream.activity).toMatchObject({ a: { status: 'tool_running', currentTool: 'read', toolCallCount: 1 } })
  state.apply({
    n: 5,
    id: 'x',
    kind: '',
    at,
    payload: told('task_complete', { taskId: 't', result: 'done', duration: 5 }),
  })
  expect(state.stream.tasks).toMatchObject([{ status: 'completed', result: 'done', duration: 5 }])
  expect(state.stream.stream).toBeUndefined()
})

it('the session state is the same after a snapshot, and keeps nothing of it by reference', () => {
  const state = fold([
    { t: 'lead', fence: 1, instance: 'one' },
    { t: 'lead', fence: 2, instance: 'two' },
    told('task_start', { taskId: 't', agent: 'a', prompt: 'p' }),
    told('message_end', { content: 'x' }),
    { t: 'request', wireId: 'w', asker: 'x', id: '1', message: {} },
    { t: 'answer', wireId: '', asker: 'y', id: '2', actions: [] },
    { t: 'file', path: 'f', op: 'append', text: 'line\n' },
  ])
  const text = JSON.stringify(state.snapshot())
  const snapshot: unknown = JSON.parse(text)
  const again = new SessionState(HUB_LIMITS)
  expect(again.restore(7, snapshot)).toBe(true)
  expect(JSON.stringify(again.snapshot())).toBe(text)
  expect([...again.pastDrivers]).toEqual(['one'])
  expect(again.files.get('f')).toBe('line\n')
  for (const each of [state, again]) {
    each.apply({ n: 8, id: 'x', kind: '', at, payload: told('task_error', { taskId: 't' }) })
    each.apply({ n: 9, id: 'y', kind: '', at, payload: { t: 'file', path: 'f', op: 'append', text: 'more' } })
  }
  expect(JSON.stringify(snapshot)).toBe(text)
})

it.each([null, 7, {}, { v: 99 }, []])('the session state does not take %j for a snapshot', (snapshot) => {
  expect(new SessionState(HUB_LIMITS).restore(1, snapshot)).toBe(false)
})

it('a snapshot that is damaged in places keeps everything else, and each place is reported', () => {
  const state = fold([told('session_start', { task: 'plan' }), told('session_label_updated', { label: 'L' })])
  const snapshot = {
    ...state.snapshot(),
    task: 7,
    pending: [['w', { n: 1, asker: 'x', id: '1' }], ['v', { n: 'two', asker: 'x', id: '2' }], 'none'],
    senderAnswers: { forgottenTo: 3, senders: [{ name: 1 }, null] },
    files: [['f', ['one', 2]]],
  }
  const issues: string[] = []
  const again = new SessionState(HUB_LIMITS, (issue, n) => void issues.push(`${n}${issue}`))
  expect(again.restore(2, snapshot)).toBe(true)
  expect(again.snapshot()).toEqual({
    ...state.snapshot(),
    task: undefined,
    pending: [['w', { n: 1, asker: 'x', id: '1' }]],
    senderAnswers: { forgottenTo: 3, senders: [] },
    files: [['f', ['one']]],
  })
  expect(issues).toContain('snapshot.task: expected string, got number')
  expect(issues).toContain('snapshot.pending[1][1].n: expected number, got string')
  expect(issues).toContain('snapshot.files[0][1][1]: expected string, got number')
  expect(snapshot.files).toEqual([['f', ['one', 2]]])
})

it('the session state reports position, expectation and content of a record that does not fit, and of nothing else', () => {
  const issues: string[] = []
  const state = new SessionState(HUB_LIMITS, (issue, n) => void issues.push(`${n}${issue}`))
  for (const payload of [null, {}, { t: 'dance' }, { t: 'event' }, told('task_start', { taskId: 't' })]) {
    state.apply({ n: state.n + 1, id: 'x', kind: 'x', at, payload })
  }
  expect(issues).toEqual(['4(event).event: expected string, got undefined'])
  expect(state.taskCount).toBe(1)
})

it('the session state passes over what others wrote into the log', () => {
  const state = new SessionState(HUB_LIMITS)
  for (const payload of [null, 1, 'x', {}, { t: 'dance' }, { t: 'event' }]) {
    expect(state.apply({ n: 1, id: 'x', kind: 'x', at, payload })).toBeUndefined()
  }
})
