import type { Fields, HubConversationEntry } from '@holdfast/protocol/hub'

type Entry = Omit<HubConversationEntry, 'timestamp'>

/** The conversation entry that a live event means; undefined where it has nothing to say there. */
export function entryOf(event: string, data: Fields, timestamp: number): HubConversationEntry | undefined {
  const entry = MAKERS[event]?.(data)
  if (entry === undefined) return undefined
  const agent = textOf(data, 'agent')
  const toolCallId = textOf(data, 'toolCallId')
  const call = toolCallId === undefined ? {} : { toolCallId }
  return { timestamp, ...(agent === undefined ? {} : { agent }), ...task(data), ...call, ...entry }
}

const MAKERS: Readonly<Record<string, (data: Fields) => Entry>> = {
  user_prompt: (data) => ({ type: 'user_prompt', content: contentOf(data) }),
  message_end: (data) => ({ type: data['role'] === 'user' ? 'user_prompt' : 'message', content: contentOf(data) }),
  thinking_end: (data) => ({ type: 'thinking', thinking: textOf(data, 'thinking') ?? contentOf(data) }),
  tool_call: toolCall,
  tool_execution_start: toolCall,
  tool_result: toolResult,
  tool_execution_end: toolResult,
  task_complete: (data) => ({ type: 'task_result', content: contentOf(data) }),
  task_error: (data) => ({ type: 'task_result', content: textOf(data, 'error') ?? contentOf(data), isError: true }),
  turn_end: () => ({ type: 'turn' }),
  runtime_process_start: (data) => ({ type: 'runtime_status', runtime: runtimeOf(data), content: contentOf(data) }),
  runtime_process_stop: (data) => ({ type: 'runtime_status', runtime: runtimeOf(data), content: contentOf(data) }),
  runtime_process_error: (data) => ({ type: 'runtime_status', content: textOf(data, 'error'), isError: true }),
  runtime_process_output: (data) => ({ type: 'runtime_output', runtime: runtimeOf(data), content: contentOf(data) }),
  runtime_preview_available: (data) => ({
    type: 'runtime_preview',
    preview: { url: textOf(fieldsOf(data['preview']), 'url') },
  }),
}

function toolCall(data: Fields): Entry {
  const toolArgs = fieldsOf(data['toolArgs'])
  return { type: 'tool_call', toolName: textOf(data, 'toolName') ?? textOf(data, 'name'), toolArgs }
}

function toolResult(data: Fields): Entry {
  const toolName = textOf(data, 'toolName') ?? textOf(data, 'name')
  return { type: 'tool_result', toolName, content: contentOf(data), isError: data['isError'] === true }
}

function runtimeOf(data: Fields): HubConversationEntry['runtime'] {
  const from = 'runtime' in data ? fieldsOf(data['runtime']) : data
  const exitCode = from['exitCode']
  const known = typeof exitCode === 'number' ? { exitCode } : {}
  return { command: textOf(from, 'command'), status: textOf(from, 'status'), ...known }
}

function task(data: Fields): { readonly taskId?: string } {
  const taskId = textOf(data, 'taskId')
  return taskId === undefined ? {} : { taskId }
}

/** The text of an event, under the names that agents use for it. */
export function contentOf(data: Fields): string | undefined {
  for (const name of ['content', 'text', 'output', 'result', 'message']) {
    const value = data[name]
    if (typeof value === 'string') return value
    if (isFields(value)) return contentOf(value)
  }
  return undefined
}

export function textOf(data: Fields, name: string): string | undefined {
  const value = data[name]
  return typeof value === 'string' ? value : undefined
}

/** A value as an object's members; none of anything else. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
