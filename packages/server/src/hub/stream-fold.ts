import type { Fields, HubAgentActivity, HubStreamProjection, HubTaskState } from '@holdfast/protocol/hub'
import { asFields, contentOf, defined, isFields, numberOf, textOf } from './entries.ts'

/** What is kept of one running stream, and of how many tasks and agents. */
const MAX_STREAM_CHARS = 65_536
const MAX_TASKS = 200

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What runs at the moment: tasks, agents and unfinished output, folded from the session's events. */
export class StreamFold {
  readonly #tasks = new Map<string, Mutable<HubTaskState>>()
  readonly #agents = new Map<string, Mutable<HubAgentActivity>>()
  readonly #streams = new Map<string, { output: string; thinking: string }>()
  #main = { output: '', thinking: '' }
  #streaming = false

  get tasks(): readonly HubTaskState[] {
    return [...this.#tasks.values()]
  }

  get activity(): Readonly<Record<string, HubAgentActivity>> {
    return Object.fromEntries(this.#agents)
  }

  get isStreaming(): boolean {
    return this.#streaming
  }

  /** Undefined while nothing is unfinished. */
  get stream(): HubStreamProjection | undefined {
    const idle = this.#main.output === '' && this.#main.thinking === '' && this.#streams.size === 0
    return idle ? undefined : { ...this.#main, tasks: Object.fromEntries(this.#streams) }
  }

  apply(event: string, data: Fields, at: number): void {
    if (event.startsWith('task_')) this.#task(event, data, at)
    else if (event.startsWith('message_') || event.startsWith('thinking_')) this.#block(event, data)
    if (event.startsWith('agent_') || event.startsWith('tool_')) this.#agent(event, data, at)
    if (event === 'agent_start' || event === 'message_start' || event === 'turn_start') this.#streaming = true
    if (event === 'agent_end' || event === 'session_complete' || event === 'session_error') this.#streaming = false
  }

  toJSON(): Fields {
    return {
      tasks: copies(this.#tasks),
      agents: copies(this.#agents),
      streams: copies(this.#streams),
      main: { ...this.#main },
      streaming: this.#streaming,
    }
  }

  restore(state: Fields): void {
    restoreMap(state['tasks'], this.#tasks, isTask)
    restoreMap(state['agents'], this.#agents, isAgent)
    restoreMap(state['streams'], this.#streams, isBlock)
    if (isBlock(state['main'])) this.#main = { ...state['main'] }
    this.#streaming = state['streaming'] === true
  }

  #task(event: string, data: Fields, at: number): void {
    const taskId = textOf(data, 'taskId')
    if (taskId === undefined) return
    const known = this.#tasks.get(taskId)
    const parentTaskId = textOf(data, 'parentTaskId')
    const task: Mutable<HubTaskState> = known ?? {
      taskId,
      agent: textOf(data, 'agent') ?? '',
      status: 'running',
      prompt: textOf(data, 'prompt') ?? textOf(data, 'description') ?? '',
      startedAt: new Date(at).toISOString(),
      ...(parentTaskId === undefined ? {} : { parentTaskId }),
    }
    if (event === 'task_complete' || event === 'task_error') {
      const failed = event === 'task_error'
      const duration = numberOf(data, 'duration')
      const told = failed ? (textOf(data, 'error') ?? contentOf(data)) : contentOf(data)
      task.status = failed ? 'failed' : 'completed'
      task.completedAt = new Date(at).toISOString()
      if (duration !== undefined) task.duration = duration
      if (told !== undefined) task[failed ? 'error' : 'result'] = told.slice(0, MAX_STREAM_CHARS)
      this.#streams.delete(taskId)
    }
    keep(this.#tasks, taskId, task)
  }

  #block(event: string, data: Fields): void {
    const taskId = textOf(data, 'taskId')
    const part = event.startsWith('thinking_') ? 'thinking' : 'output'
    const block = taskId === undefined ? this.#main : (this.#streams.get(taskId) ?? { output: '', thinking: '' })
    if (event.endsWith('_update')) {
      const delta = textOf(data, 'delta')
      const whole = delta === undefined ? (contentOf(data) ?? block[part]) : block[part] + delta
      block[part] = whole.slice(-MAX_STREAM_CHARS)
    } else block[part] = ''
    if (taskId === undefined) return
    if (block.output === '' && block.thinking === '') this.#streams.delete(taskId)
    else keep(this.#streams, taskId, block)
  }

  #agent(event: string, data: Fields, at: number): void {
    const name = textOf(data, 'agent') ?? textOf(data, 'agentName')
    if (name === undefined) return
    const agent: Mutable<HubAgentActivity> = this.#agents.get(name) ?? {
      name,
      status: 'idle',
      toolCallCount: 0,
      lastActivity: at,
    }
    agent.lastActivity = at
    if (event === 'agent_start' || event === 'agent_progress') agent.status = textOf(data, 'status') ?? 'running'
    if (event === 'agent_end') agent.status = textOf(data, 'status') ?? 'completed'
    if (event === 'tool_call' || event === 'tool_execution_start') {
      agent.status = 'tool_running'
      agent.toolCallCount++
      const tool = textOf(data, 'toolName') ?? textOf(data, 'name')
      if (tool !== undefined) agent.currentTool = tool
    }
    if (event === 'tool_result' || event === 'tool_execution_end') {
      agent.status = 'running'
      agent.currentTool = undefined
      defined(agent)
    }
    keep(this.#agents, name, agent)
  }
}

/** Sets and bounds: finished or oldest ones go first. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value)
  if (map.size <= MAX_TASKS) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}

/** A store may keep what it is given by reference. */
function copies<T extends object>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].map(([key, item]) => [key, { ...item }])
}

function restoreMap<T extends object>(value: unknown, map: Map<string, T>, fits: (value: unknown) => value is T): void {
  if (!Array.isArray(value)) return
  for (const pair of value) {
    if (!Array.isArray(pair)) continue
    const [key, item]: unknown[] = pair
    if (typeof key === 'string' && fits(item)) map.set(key, { ...item })
  }
}

function isTask(value: unknown): value is Mutable<HubTaskState> {
  return isFields(value) && ['taskId', 'agent', 'status', 'prompt'].every((name) => typeof value[name] === 'string')
}

function isAgent(value: unknown): value is Mutable<HubAgentActivity> {
  const agent = asFields(value)
  return typeof agent['status'] === 'string' && typeof agent['toolCallCount'] === 'number'
}

function isBlock(value: unknown): value is { output: string; thinking: string } {
  const block = asFields(value)
  return typeof block['output'] === 'string' && typeof block['thinking'] === 'string'
}
