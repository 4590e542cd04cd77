import type { InboxEvent, TrackerChatMessage, TrackerRecord, TrackerTask } from './records.ts'

/** What is kept; the oldest goes first. */
export interface FoldLimits {
  readonly maxTasks: number
  /** Of each chat and each task. */
  readonly maxMessages: number
  readonly maxChats: number
  readonly maxAgents: number
  /** Events that wait for one agent. */
  readonly maxInbox: number
  /** Names that were given work and never seen, and the events that wait for one of them. */
  readonly maxExpected: number
  readonly maxExpectedInbox: number
}

/** What concerns whom. */
export interface Delivered {
  readonly agents: readonly string[]
  readonly event: InboxEvent
}

/** Version of the snapshot's shape. */
const VERSION = 1

interface State {
  readonly v: number
  readonly tasks: readonly TrackerTask[]
  readonly chats: readonly [string, readonly TrackerChatMessage[]][]
  readonly inboxes: readonly [string, readonly InboxEvent[], number][]
  /** Absent in snapshots of earlier versions. */
  readonly expected?: readonly [string, readonly InboxEvent[], number][] | undefined
}

type Inbox = Map<number, InboxEvent>

/** Everything the tracker knows, folded from its log: tasks, chats, and for each agent the events that wait. */
export class TrackerFold {
  n = 0
  readonly tasks: Map<string, TrackerTask> = new Map<string, TrackerTask>()
  readonly #chats = new Map<string, TrackerChatMessage[]>()
  readonly #inboxes = new Map<string, Inbox>()
  /** What waits for names that nobody has come under yet. */
  readonly #expected = new Map<string, Inbox>()
  /** Events that an agent lost because too many waited. */
  readonly #lost = new Map<string, number>()
  readonly #limits: FoldLimits

  constructor(limits: FoldLimits) {
    this.#limits = limits
  }

  get agents(): readonly string[] {
    return [...this.#inboxes.keys()]
  }

  knows(agent: string): boolean {
    return this.#inboxes.has(agent)
  }

  /** What waits for an agent, in order. */
  inbox(agent: string): ReadonlyMap<number, InboxEvent> {
    return this.#inboxes.get(agent) ?? new Map<number, InboxEvent>()
  }

  lost(agent: string): number {
    return this.#lost.get(agent) ?? 0
  }

  /** What was said in a chat (`chat:` and its id) or on a task (`task:` and its id), the oldest first. */
  messages(place: string): readonly TrackerChatMessage[] {
    return this.#chats.get(place) ?? []
  }

  /** Takes a record. What it means for agents, if anything. */
  apply(n: number, at: number, record: TrackerRecord | undefined): Delivered | undefined {
    this.n = n
    switch (record?.t) {
      case 'agent':
        this.#agent(record.agent)
        return undefined
      case 'task':
        return this.#task(n, at, record.task)
      case 'status':
        return this.#status(n, at, record)
      case 'message':
        return this.#message(n, at, record.message)
      case 'ack':
        this.#inboxes.get(record.agent)?.delete(record.n)
        return undefined
      default:
        return undefined
    }
  }

  snapshot(): State {
    return {
      v: VERSION,
      tasks: [...this.tasks.values()],
      chats: [...this.#chats].map(([place, messages]) => [place, [...messages]]),
      inboxes: this.#stateOf(this.#inboxes),
      expected: this.#stateOf(this.#expected),
    }
  }

  /** False where the snapshot is not one of ours; then fold from the start. */
  restore(n: number, state: unknown): boolean {
    if (!isState(state)) return false
    this.n = n
    for (const task of state.tasks) this.tasks.set(task.id, task)
    for (const [place, messages] of state.chats) this.#chats.set(place, [...messages])
    for (const [inboxes, kept] of [
      [this.#inboxes, state.inboxes] as const,
      [this.#expected, state.expected ?? []] as const,
    ]) {
      for (const [agent, events, lost] of kept) {
        inboxes.set(agent, new Map(events.map((event) => [event.n, event])))
        if (lost > 0) this.#lost.set(agent, lost)
      }
    }
    return true
  }

  #stateOf(inboxes: ReadonlyMap<string, Inbox>): State['inboxes'] {
    return [...inboxes].map(([agent, inbox]) => [agent, [...inbox.values()], this.lost(agent)])
  }

  #agent(agent: string): void {
    if (this.#inboxes.has(agent) || this.#inboxes.size >= this.#limits.maxAgents) return
    this.#inboxes.set(agent, this.#expected.get(agent) ?? new Map())
    this.#expected.delete(agent)
  }

  #task(n: number, at: number, task: TrackerTask): Delivered {
    this.tasks.set(task.id, task)
    if (this.tasks.size > this.#limits.maxTasks) forgetFirst(this.tasks)
    const type = task.assignee === undefined ? 'task.created' : 'task.assigned'
    const to = task.assignee === undefined ? this.agents : [this.#expect(task.assignee)]
    return this.#deliver(to, { n, type, ts: at, data: { task } })
  }

  #status(n: number, at: number, record: Extract<TrackerRecord, { t: 'status' }>): Delivered | undefined {
    const task = this.tasks.get(record.taskId)
    if (task === undefined) return undefined
    const changed = { ...task, status: record.status }
    this.tasks.set(task.id, changed)
    const to = [task.assignee, task.created_by].filter((name) => name !== undefined && name !== record.by)
    return this.#deliver(new Set(to), { n, type: 'task.updated', ts: at, data: { task: changed, by: record.by } })
  }

  #message(n: number, at: number, message: TrackerChatMessage): Delivered {
    const { chat_id, task_id, author, mentions } = message
    if (chat_id !== undefined) this.#say(`chat:${chat_id}`, message)
    if (task_id !== undefined) this.#say(`task:${task_id}`, message)
    const task = task_id === undefined ? undefined : this.tasks.get(task_id)
    const concerned = chat_id === undefined ? [task?.assignee, task?.created_by, ...mentions] : this.agents
    if (task !== undefined) for (const name of mentions) this.#expect(name)
    const to = new Set(concerned.filter((name) => name !== undefined && name !== author))
    const type = chat_id === undefined ? 'task.comment' : 'chat.message'
    return this.#deliver(to, { n, type, ts: at, data: { ...message } })
  }

  #say(place: string, message: TrackerChatMessage): void {
    const said = this.#chats.get(place) ?? []
    said.push(message)
    if (said.length > this.#limits.maxMessages) said.shift()
    this.#chats.set(place, said)
    if (this.#chats.size > this.#limits.maxChats) forgetFirst(this.#chats)
  }

  #deliver(to: Iterable<string | undefined>, event: InboxEvent): Delivered {
    const agents: string[] = []
    for (const agent of to) {
      if (agent === undefined) continue
      const known = this.#inboxes.get(agent)
      const inbox = known ?? this.#expected.get(agent)
      if (inbox === undefined) continue
      inbox.set(event.n, event)
      agents.push(agent)
      const { maxInbox, maxExpectedInbox } = this.#limits
      if (inbox.size <= (known === undefined ? maxExpectedInbox : maxInbox)) continue
      forgetFirst(inbox)
      this.#lost.set(agent, this.lost(agent) + 1)
    }
    return { agents, event }
  }

  /** What is for this name waits from here on, though nobody has come under it. */
  #expect(agent: string): string {
    if (this.#inboxes.has(agent) || this.#expected.has(agent)) return agent
    this.#expected.set(agent, new Map())
    for (const first of this.#expected.keys()) {
      if (this.#expected.size <= this.#limits.maxExpected) break
      this.#expected.delete(first)
      this.#lost.delete(first)
    }
    return agent
  }
}

function forgetFirst<K>(map: Map<K, unknown>): void {
  for (const first of map.keys()) {
    map.delete(first)
    return
  }
}

function isState(value: unknown): value is State {
  return typeof value === 'object' && value !== null && 'v' in value && value.v === VERSION
}
