import type { Fields, HubConversationEntry, HubHydrationMessage, HubTaskState } from '@holdfast/protocol/hub'
import { entryOf, textOf } from './entries.ts'
import type { Outage } from './outages.ts'

/** What filters part. */
export const KINDS = ['talk', 'thinking', 'tools', 'output', 'tasks'] as const

export type Kind = (typeof KINDS)[number]

/** One row of the conversation. */
export interface Row {
  readonly key: number
  readonly kind: Kind | 'note'
  readonly entry: HubConversationEntry
  /** Of output: what the program printed so far. The newest lines are kept. */
  readonly lines: string[]
  /** Lines that were printed, kept or not. */
  lineCount: number
  /** Of what this page said: whether it has arrived. */
  state?: 'sending' | 'failed' | undefined
  /** Of a tool: how far it is, in ACP's words. */
  status?: string | undefined
  /** A person wants to see all of it. */
  isWhole?: boolean | undefined
  /** An outage that this page survived. */
  outage?: Outage | undefined
}

/** Output of one program that is kept in its row. */
const MAX_LINES = 1_000
/** Rows that are kept; the log has the rest. */
const MAX_ROWS = 200_000
/** Tools that are at work. */
const MAX_TOOLS = 1_000
/** Tasks that are kept, as many as a hub sends. */
const MAX_TASKS = 200
/** Entries at the end of a hydration that may come again as events. */
const MAX_RECENT = 500

const KIND_OF: Readonly<Record<string, Kind>> = {
  message: 'talk',
  user_prompt: 'talk',
  thinking: 'thinking',
  tool_call: 'tools',
  tool_result: 'tools',
  runtime_output: 'output',
  runtime_status: 'output',
  runtime_preview: 'output',
  task_result: 'tasks',
}

/** The conversation of a session: a hydration, and every event since. */
export class Conversation {
  rows: Row[] = []
  tasks: Map<string, HubTaskState> = new Map<string, HubTaskState>()
  /** What is being said or thought at the moment. */
  stream: { readonly kind: 'message' | 'thinking'; readonly text: string } | undefined
  /** Counts changes of `rows`. */
  version = 0
  readonly #recent = new Set<string>()
  /** Tools that have not come to an end, by the ids of their calls. */
  readonly #tools = new Map<string, Row>()
  #key = 0
  #earliestKey = 0

  /** Everything so far, in place of what was known. */
  hydrate(state: HubHydrationMessage): void {
    const unsent = this.rows.filter(({ state: own, outage }) => own !== undefined || outage !== undefined)
    this.rows = []
    this.#recent.clear()
    for (const entry of state.entries) this.#add(entry)
    for (const entry of state.entries.slice(-MAX_RECENT)) this.#recent.add(identity(entry))
    this.rows.push(...unsent)
    this.tasks = new Map(state.tasks?.map((task) => [task.taskId, task]))
    const { output = '', thinking = '' } = state.stream ?? {}
    if (output !== '') this.stream = { kind: 'message', text: output }
    else this.stream = thinking === '' ? undefined : { kind: 'thinking', text: thinking }
    this.version++
  }

  /** A page of what came before all that is known. */
  prepend(entries: readonly HubConversationEntry[]): void {
    const page = new Conversation()
    for (const entry of entries) page.#add(entry)
    const room = Math.max(0, MAX_ROWS - this.rows.length)
    const rows = page.rows.slice(Math.max(0, page.rows.length - room))
    this.#earliestKey -= rows.length
    this.rows = [...rows.map((row, at) => ({ ...row, key: this.#earliestKey + at })), ...this.rows]
    this.version++
  }

  /** One live event. */
  event(event: string, data: Fields, at: number): void {
    if (event.startsWith('task_')) this.#task(event, data, at)
    this.#streaming(event, data)
    if (event === 'tool_execution_update') this.#toolAt(data)
    const entry = entryOf(event, data, at)
    if (entry === undefined || this.#recent.has(identity(entry))) return
    this.#add(entry)
    if (event === 'tool_call') this.#toolAt(data)
    this.version++
  }

  /** A line of the console's own, or of this page's person. */
  note(entry: HubConversationEntry, state?: Row['state']): Row {
    const row = this.#row(entry.type === 'user_prompt' ? 'talk' : 'note', entry)
    row.state = state
    this.version++
    return row
  }

  /** A thin line where an outage was. */
  outage(outage: Outage): void {
    const row = this.#row('note', { type: 'outage', timestamp: outage.beganAt + outage.durationMs })
    row.outage = outage
    this.version++
  }

  #add(entry: HubConversationEntry): void {
    if (entry.type === 'turn') return
    const last = this.rows.at(-1)
    if (entry.type === 'runtime_output') {
      const isSame = last?.entry.type === 'runtime_output' && last.entry.taskId === entry.taskId
      return print(isSame ? last : this.#row('output', entry), entry.content ?? '')
    }
    const isStart = entry.type === 'runtime_status' && entry.runtime?.status === 'running'
    // The tool call has said so already.
    if (isStart && last?.entry.type === 'tool_call' && last.entry.taskId === entry.taskId) return
    const row = this.#row(KIND_OF[entry.type] ?? 'note', this.#named(entry))
    const { toolCallId } = entry
    if (entry.type !== 'tool_call' || toolCallId === undefined) return
    this.#tools.set(toolCallId, row)
    const [oldest] = this.#tools.keys()
    if (this.#tools.size > MAX_TOOLS && oldest !== undefined) this.#tools.delete(oldest)
  }

  /** The end of a tool names it as its beginning did, which it ends. */
  #named(entry: HubConversationEntry): HubConversationEntry {
    const { toolCallId = '', type, isError } = entry
    const call = type === 'tool_result' ? this.#tools.get(toolCallId) : undefined
    if (call === undefined) return entry
    this.#tools.delete(toolCallId)
    call.status = isError === true ? 'failed' : 'completed'
    return { ...entry, toolName: entry.toolName ?? call.entry.toolName }
  }

  #toolAt(data: Fields): void {
    const row = this.#tools.get(textOf(data, 'toolCallId') ?? '')
    if (row === undefined) return
    row.status = textOf(data, 'status') ?? row.status
    this.version++
  }

  #row(kind: Row['kind'], entry: HubConversationEntry): Row {
    const row: Row = { key: ++this.#key, kind, entry, lines: [], lineCount: 0 }
    this.rows.push(row)
    if (this.rows.length > MAX_ROWS) this.rows.splice(0, MAX_ROWS / 10)
    return row
  }

  #streaming(event: string, data: Fields): void {
    const [kind, step] = event.split('_', 2)
    // A task's own stream comes with its result.
    if ((kind !== 'message' && kind !== 'thinking') || 'taskId' in data) return
    if (step === 'end') this.stream = undefined
    if (step === 'start') this.stream = { kind, text: '' }
    if (step !== 'update') return
    const delta = textOf(data, 'delta')
    const before = this.stream?.kind === kind ? this.stream.text : ''
    this.stream = { kind, text: delta === undefined ? (textOf(data, 'content') ?? before) : before + delta }
  }

  #task(event: string, data: Fields, at: number): void {
    const taskId = textOf(data, 'taskId')
    if (taskId === undefined) return
    const time = new Date(at).toISOString()
    const prompt = textOf(data, 'prompt') ?? ''
    const known = this.tasks.get(taskId)
    const parentTaskId = textOf(data, 'parentTaskId')
    const task = known ?? {
      ...{ taskId, agent: textOf(data, 'agent') ?? '', status: 'running', prompt, startedAt: time },
      ...(parentTaskId === undefined ? {} : { parentTaskId }),
    }
    const { duration } = data
    const ended = { completedAt: time, ...(typeof duration === 'number' ? { duration } : {}) }
    if (event === 'task_start') this.tasks.set(taskId, task)
    if (event === 'task_complete') this.tasks.set(taskId, { ...task, status: 'completed', ...ended })
    if (event === 'task_error') this.tasks.set(taskId, { ...task, status: 'failed', ...ended })
    for (const oldest of this.tasks.keys()) {
      if (this.tasks.size <= MAX_TASKS) break
      this.tasks.delete(oldest)
    }
  }
}

function print(row: Row, text: string): void {
  const lines = text.replace(/\n$/, '').split('\n')
  row.lines.push(...lines)
  row.lineCount += lines.length
  if (row.lines.length > MAX_LINES) row.lines.splice(0, row.lines.length - MAX_LINES)
}

function identity({ timestamp, type, content, thinking, toolCallId }: HubConversationEntry): string {
  return `${timestamp} ${type} ${toolCallId ?? ''} ${content ?? thinking ?? ''}`
}
