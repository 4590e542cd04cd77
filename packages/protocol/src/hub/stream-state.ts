import { maybeNumber, maybeText, number, type Open, object, record, type Shape, text, word } from '../shape.ts'

/** A task of a session. Hub §4. */
export interface HubTaskState {
  readonly taskId: string
  readonly agent: string
  /** The task that this one is a part of: an addition to the protocol. */
  readonly parentTaskId?: string | undefined
  readonly status: Open<'running' | 'completed' | 'failed'>
  readonly prompt: string
  /** ISO 8601. */
  readonly startedAt?: string | undefined
  /** ISO 8601. */
  readonly completedAt?: string | undefined
  /** Milliseconds. */
  readonly duration?: number | undefined
  readonly result?: string | undefined
  readonly error?: string | undefined
}

/** What one stream has produced so far. Hub §4. */
export interface HubStreamBlock {
  readonly output: string
  readonly thinking: string
}

/** The session's own stream and those of its tasks, by task id. Hub §4. */
export interface HubStreamProjection extends HubStreamBlock {
  readonly tasks: Readonly<Record<string, HubStreamBlock>>
}

/** What an agent is doing. Hub §4. */
export interface HubAgentActivity {
  readonly name?: string | undefined
  readonly status: string
  readonly currentTool?: string | undefined
  readonly currentToolArgs?: string | undefined
  readonly toolCallCount: number
  /** Milliseconds since 1970. */
  readonly lastActivity: number
  /** Milliseconds. */
  readonly totalElapsed?: number | undefined
}

export const taskState: Shape<HubTaskState> = object<HubTaskState>({
  taskId: text,
  agent: text,
  parentTaskId: maybeText,
  status: word(),
  prompt: text,
  startedAt: maybeText,
  completedAt: maybeText,
  duration: maybeNumber,
  result: maybeText,
  error: maybeText,
})

const streamBlock: Shape<HubStreamBlock> = object<HubStreamBlock>({ output: text, thinking: text })

export const streamProjection: Shape<HubStreamProjection> = object<HubStreamProjection>({
  output: text,
  thinking: text,
  tasks: record(streamBlock),
})

export const agentActivity: Shape<HubAgentActivity> = object<HubAgentActivity>({
  name: maybeText,
  status: text,
  currentTool: maybeText,
  currentToolArgs: maybeText,
  toolCallCount: number,
  lastActivity: number,
  totalElapsed: maybeNumber,
})
