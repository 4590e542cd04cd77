import type { Fields, HubTaskState } from '@holdfast/protocol/hub'
import type { HubAgentActivity, HubStreamBlock, HubStreamProjection } from '@holdfast/protocol/hub/messages'
import type { StreamSnapshot } from '../../generated/types.ts'
import { BoundedMap } from './bounded-map.ts'
import { contentOf, defined, numberOf, textOf } from './entries.ts'

/** What is kept of one running stream, and of how many tasks and agents. */
const MAX_STREAM_CHARS = 65_536
const MAX_TASKS = 200
/** All tasks together, all agents, and all unfinished output. */
const MAX_PART_CHARS = 2_097_152
/** A text to which so many pieces were added is copied into one: a chain of them occupies many times as much. */
const MAX_PIECES = 256

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What runs at the moment: tasks, agents and unfinished output, folded from the session's events. */
export class StreamState {
  readonly #tasks = new BoundedMap<Mutable<HubTaskState>>({ ...BOUNDS, lengthOf: textLength })
  readonly #agents = new BoundedMap<Mutable<HubAgentActivity>>({ ...BOUNDS, lengthOf: textLength })
  readonly #streams = new BoundedMap<Block>({ ...BOUNDS, lengthOf: textLength })
  #main: Block = emptyBlock()
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
    return idle ? undefined : { ...textAndThinking(this.#main), tasks: Object.fromEntries(this.#sentStreams()) }
  }

  /** All of it together, in characters. */
  get length(): number {
    return this.#tasks.length + this.#agents.length + this.#streams.length + textLength(this.#main)
  }

  apply(event: string, data: Fields, at: number): void {
    if (event.startsWith('task_')) this.#task(event, data, at)
    else if (event.startsWith('message_') || event.startsWith('thinking_')) this.#block(event, data)
    if (event.startsWith('agent_') || event.startsWith('tool_')) this.#agent(event, data, at)
    if (event === 'agent_start' || event === 'message_start' || event === 'turn_start') this.#streaming = true
    if (event === 'agent_end' || event === 'session_complete' || event === 'session_error') this.#streaming = false
  }

  toJSON(): StreamSnapshot {
    return {
      tasks: copies(this.#tasks),
      agents: copies(this.#agents),
      streams: this.#sentStreams(),
      main: textAndThinking(this.#main),
      streaming: this.#streaming,
    }
  }

  restore({ tasks, agents, streams, main, streaming }: StreamSnapshot): void {
    for (const [taskId, task] of tasks) this.#tasks.set(taskId, { ...task })
    for (const [name, agent] of agents) this.#agents.set(name, { ...agent })
    for (const [taskId, block] of streams) this.#streams.set(taskId, { ...textAndThinking(block), pieces: 0 })
    this.#main = { ...textAndThinking(main), pieces: 0 }
    this.#streaming = streaming
  }

  #sentStreams(): [string, HubStreamBlock][] {
    return [...this.#streams].map(([taskId, block]) => [taskId, textAndThinking(block)])
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
      prompt: clipped(textOf(data, 'prompt') ?? textOf(data, 'description') ?? ''),
      startedAt: new Date(at).toISOString(),
      ...(parentTaskId === undefined ? {} : { parentTaskId }),
    }
    if (event === 'task_complete' || event === 'task_error') {
      const failed = event === 'task_error'
      const duration = numberOf(data, 'duration')
      const content = failed ? (textOf(data, 'error') ?? contentOf(data)) : contentOf(data)
      task.status = failed ? 'failed' : 'completed'
      task.completedAt = new Date(at).toISOString()
      if (duration !== undefined) task.duration = duration
      if (content !== undefined) task[failed ? 'error' : 'result'] = clipped(content)
      this.#streams.delete(taskId)
    }
    this.#tasks.set(taskId, task)
  }

  #block(event: string, data: Fields): void {
    const taskId = textOf(data, 'taskId')
    const part = event.startsWith('thinking_') ? 'thinking' : 'output'
    const block = taskId === undefined ? this.#main : (this.#streams.get(taskId) ?? emptyBlock())
    if (event.endsWith('_update')) {
      const delta = textOf(data, 'delta')
      const whole = delta === undefined ? (contentOf(data) ?? block[part]) : block[part] + delta
      const kept = whole.slice(-MAX_STREAM_CHARS)
      // A whole text is one by itself, unless a part was cut off.
      const isLoose = delta === undefined ? kept.length < whole.length : ++block.pieces >= MAX_PIECES
      block[part] = isLoose ? copied(kept) : kept
      if (isLoose || delta === undefined) block.pieces = 0
    } else block[part] = ''
    if (taskId === undefined) return
    if (block.output === '' && block.thinking === '') this.#streams.delete(taskId)
    else this.#streams.set(taskId, block)
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
    this.#agents.set(name, agent)
  }
}

const BOUNDS = { maxCount: MAX_TASKS, maxLength: MAX_PART_CHARS } as const

/** Unfinished output, and how many pieces were added since it was one text. */
interface Block {
  output: string
  thinking: string
  pieces: number
}

function emptyBlock(): Block {
  return { output: '', thinking: '', pieces: 0 }
}

function textAndThinking({ output, thinking }: HubStreamBlock): HubStreamBlock {
  return { output, thinking }
}

/** The texts in it together. */
function textLength(value: object): number {
  return Object.values(value).reduce((sum: number, text) => sum + (typeof text === 'string' ? text.length : 8), 0)
}

/** The same text by itself: a part of a longer one keeps all of that in memory. */
function copied(text: string): string {
  return String(JSON.parse(JSON.stringify(text)))
}

function clipped(text: string): string {
  return text.length <= MAX_STREAM_CHARS ? text : copied(text.slice(0, MAX_STREAM_CHARS))
}

/** A store may keep what it is given by reference. */
function copies<T extends object>(map: BoundedMap<T>): [string, T][] {
  return [...map].map(([key, item]) => [key, { ...item }])
}
