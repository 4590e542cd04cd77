import type { Fields, HubConversationEntry } from '@holdfast/protocol/hub'
import type { HubRecord } from './records.ts'

/** Ids that were seen lately: a tool call may come under two event names. */
const MAX_SEEN = 1_000
/** A longer one is no valid id: it is not remembered. */
const MAX_SEEN_LENGTH = 256

/** Makes the conversation out of the log: hub §4's entries, one for each record that has something to say. */
export class EntryReader {
  readonly #calls = new Recent()
  readonly #results = new Recent()

  /** The entry that a record adds, if any. */
  read(record: HubRecord, at: number): HubConversationEntry | undefined {
    if (record.t === 'request') return prompt(record.message, at)
    if (record.t === 'rpc') return prompt(asFields(record.message['command']), at)
    if (record.t !== 'event') return undefined
    const { event, data } = record
    const make = MAKERS[event]
    if (make === undefined) return undefined
    const callId = textOf(data, 'toolCallId')
    if (callId !== undefined && event.startsWith('tool_')) {
      const seen = event === 'tool_call' || event === 'tool_execution_start' ? this.#calls : this.#results
      if (!seen.add(callId)) return undefined
    }
    const entry = make(data)
    return entry === undefined ? undefined : defined({ timestamp: at, ...common(data), ...entry })
  }
}

type Made = Omit<HubConversationEntry, 'timestamp'> | undefined

const MAKERS: Readonly<Record<string, (data: Fields) => Made>> = {
  user_prompt: (data) => ({ type: 'user_prompt', content: contentOf(data) }),
  message_end: (data) => ({
    type: asFields(data['message'])['role'] === 'user' || data['role'] === 'user' ? 'user_prompt' : 'message',
    content: contentOf(data),
  }),
  thinking_end: (data) => ({ type: 'thinking', thinking: textOf(data, 'thinking') ?? contentOf(data) }),
  tool_call: toolCall,
  tool_execution_start: toolCall,
  tool_result: toolResult,
  tool_execution_end: toolResult,
  task_complete: (data) => ({ type: 'task_result', content: contentOf(data), isError: false }),
  task_error: (data) => ({ type: 'task_result', content: textOf(data, 'error') ?? contentOf(data), isError: true }),
  turn_end: () => ({ type: 'turn' }),
  runtime_process_start: (data) => ({ type: 'runtime_status', runtime: runtimeOf(data), content: contentOf(data) }),
  runtime_process_stop: (data) => ({ type: 'runtime_status', runtime: runtimeOf(data), content: contentOf(data) }),
  runtime_process_error: (data) => ({
    type: 'runtime_status',
    runtime: runtimeOf(data),
    content: textOf(data, 'error') ?? contentOf(data),
    isError: true,
  }),
  runtime_process_output: (data) => ({ type: 'runtime_output', runtime: runtimeOf(data), content: contentOf(data) }),
  runtime_preview_available: (data) => ({ type: 'runtime_preview', preview: previewOf(data) }),
}

function toolCall(data: Fields): Made {
  const args = data['toolArgs'] ?? data['args'] ?? data['params'] ?? data['input']
  return {
    type: 'tool_call',
    toolName: textOf(data, 'toolName') ?? textOf(data, 'name'),
    ...(isFields(args) ? { toolArgs: args } : {}),
  }
}

function toolResult(data: Fields): Made {
  return {
    type: 'tool_result',
    toolName: textOf(data, 'toolName') ?? textOf(data, 'name'),
    content: contentOf(data),
    isError: data['isError'] === true,
  }
}

function common(data: Fields): Partial<HubConversationEntry> {
  const sequence = data['sequence']
  return {
    agent: textOf(data, 'agent'),
    taskId: textOf(data, 'taskId'),
    turnId: textOf(data, 'turnId'),
    replyId: textOf(data, 'replyId'),
    toolCallId: textOf(data, 'toolCallId'),
    ...(typeof sequence === 'number' ? { sequence } : {}),
  }
}

/** What a person asked for, out of what controllers send. */
function prompt(message: Fields, at: number): HubConversationEntry | undefined {
  if (message['type'] === 'command') {
    return { type: 'user_prompt', timestamp: at, content: `/${textOf(message, 'name')} ${textOf(message, 'args')}` }
  }
  const asked = message['event'] ?? message['type']
  if (asked !== 'prompt' && asked !== 'user_prompt' && asked !== 'steer' && asked !== 'follow_up') return undefined
  const data = isFields(message['data']) ? message['data'] : message
  return { type: 'user_prompt', timestamp: at, content: contentOf(data) ?? '' }
}

/** Text of an event, under the names that agents use for it. */
export function contentOf(data: Fields): string | undefined {
  for (const name of ['content', 'text', 'output', 'result', 'message', 'data'] as const) {
    const value = data[name]
    if (typeof value === 'string') return value
    if (isFields(value)) return contentOf(value)
    if (Array.isArray(value)) return partsOf(value)
  }
  return undefined
}

function partsOf(parts: readonly unknown[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : (textOf(asFields(part), 'text') ?? ''))).join('')
}

function runtimeOf(data: Fields): HubConversationEntry['runtime'] {
  const from = isFields(data['runtime']) ? data['runtime'] : data
  return defined({
    pid: numberOf(from, 'pid'),
    command: textOf(from, 'command'),
    cwd: textOf(from, 'cwd'),
    status: textOf(from, 'status'),
    exitCode: numberOf(from, 'exitCode'),
    signal: textOf(from, 'signal'),
  })
}

function previewOf(data: Fields): HubConversationEntry['preview'] {
  const from = isFields(data['preview']) ? data['preview'] : data
  return defined({
    url: textOf(from, 'url'),
    port: numberOf(from, 'port'),
    protocol: textOf(from, 'protocol'),
    path: textOf(from, 'path'),
    status: textOf(from, 'status'),
  })
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asFields(value: unknown): Fields {
  return isFields(value) ? value : {}
}

export function textOf(data: Fields, name: string): string | undefined {
  const value = data[name]
  return typeof value === 'string' ? value : undefined
}

export function numberOf(data: Fields, name: string): number | undefined {
  const value = data[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The same without members that are undefined. */
export function defined<T extends object>(value: T): T {
  for (const [name, member] of Object.entries(value)) if (member === undefined) Reflect.deleteProperty(value, name)
  return value
}

class Recent {
  /** Made for the first. */
  #ids: Set<string> | undefined

  /** False where it was there already. */
  add(id: string): boolean {
    if (id.length > MAX_SEEN_LENGTH) return true
    this.#ids ??= new Set()
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    if (this.#ids.size > MAX_SEEN) for (const oldest of this.#ids) return this.#ids.delete(oldest)
    return true
  }
}
