import type { LogEvent, ReplicaState } from '@holdfast/log'
import { trackerSnapshot } from '../generated/checks.ts'
import type { TrackerSnapshot } from '../generated/types.ts'
import { fittingPart, type OnUnfit } from '../unfit-values.ts'
import { type ConversationLimits, Conversations } from './conversations.ts'
import { Inboxes, type InboxLimits } from './inboxes.ts'
import {
  type InboxEvent,
  readTrackerRecord,
  type TrackerChatMessage,
  type TrackerRecord,
  type TrackerTask,
} from './records.ts'
import { sizeOf, takeFirst } from './state-parts.ts'

/** What the tracker stores; the oldest is dropped first. A snapshot of all of it fits into a log. */
export interface TrackerStateLimits extends InboxLimits, ConversationLimits {
  readonly maxTasks: number
  /** Tasks together; what was said together; what waits together. */
  readonly maxPartBytes: number
}

/** What concerns whom. */
export interface Delivered {
  readonly agents: readonly string[]
  readonly event: InboxEvent
}

/** One event, applied. */
export interface TrackerChange {
  /** The tracker's own; undefined where another program wrote it. */
  readonly record: TrackerRecord | undefined
  /** What it means for agents, if anything. */
  readonly delivered: Delivered | undefined
}

/** Version of the snapshot's shape. */
const VERSION = 2

/** The whole state of the tracker, built from its log's records: tasks, chats, and the waiting events of each agent. */
export class TrackerState implements ReplicaState<TrackerChange> {
  n = 0
  readonly tasks: Map<string, TrackerTask> = new Map<string, TrackerTask>()
  readonly #places: Conversations
  readonly #inboxes: Inboxes
  readonly #limits: TrackerStateLimits
  readonly #unfit: OnUnfit | undefined
  #taskBytes = 0

  /** `unfit` is called for what is stored and does not fit. */
  constructor(limits: TrackerStateLimits, unfit?: OnUnfit) {
    this.#unfit = unfit
    this.#limits = limits
    this.#places = new Conversations(limits)
    this.#inboxes = new Inboxes(limits)
  }

  /** Those that have been seen. */
  get agents(): readonly string[] {
    return this.#inboxes.agents
  }

  knows(agent: string): boolean {
    return this.#inboxes.knows(agent)
  }

  /** What waits for an agent, in order. */
  inbox(agent: string): ReadonlyMap<number, InboxEvent> {
    return this.#inboxes.of(agent)
  }

  /** Events that an agent lost because too many waited. */
  lost(agent: string): number {
    return this.#inboxes.lost(agent)
  }

  /** The messages of a chat (`chat:` and its id) or a task (`task:` and its id), the oldest first. */
  messages(place: string): readonly TrackerChatMessage[] {
    return this.#places.in(place)
  }

  apply(event: LogEvent): TrackerChange {
    const { n, at } = event
    const record = readTrackerRecord(event, this.#unfit)
    this.n = n
    return { record, delivered: this.#take(n, at, record) }
  }

  /** What a record means for agents, if anything. */
  #take(n: number, at: number, record: TrackerRecord | undefined): Delivered | undefined {
    switch (record?.t) {
      case 'agent':
        this.#inboxes.join(record.agent)
        return undefined
      case 'task':
        return this.#task(n, at, record.task)
      case 'status':
        return this.#status(n, at, record)
      case 'message':
        return this.#message(n, at, record.message)
      case 'ack':
        this.#inboxes.settle(record.agent, record.n)
        return undefined
      default:
        return undefined
    }
  }

  snapshot(): TrackerSnapshot {
    return {
      v: VERSION,
      tasks: [...this.tasks.values()],
      chats: this.#places.toJSON(),
      inboxes: this.#inboxes.toJSON(),
    }
  }

  /** False where the snapshot is not one of ours; then it is made from the start. */
  restore(n: number, state: unknown): boolean {
    if (!isOurs(state)) return false
    const stored = fittingPart(trackerSnapshot, state, this.#unfit)
    if (stored === undefined) return false
    this.n = n
    for (const task of stored.tasks) this.#keep(task)
    this.#places.restore(stored.chats)
    this.#inboxes.restore(stored.inboxes)
    return true
  }

  #task(n: number, at: number, task: TrackerTask): Delivered {
    this.#keep(task)
    const type = task.assignee === undefined ? 'task.created' : 'task.assigned'
    if (task.assignee !== undefined) this.#inboxes.expect(task.assignee)
    const to = task.assignee === undefined ? this.agents : [task.assignee]
    return this.#deliver(to, { n, type, ts: at, data: { task } })
  }

  #status(n: number, at: number, record: Extract<TrackerRecord, { t: 'status' }>): Delivered | undefined {
    const task = this.tasks.get(record.taskId)
    if (task === undefined) return undefined
    const changed = { ...task, status: record.status }
    this.#keep(changed)
    const to = [task.assignee, task.created_by].filter((name) => name !== undefined && name !== record.by)
    return this.#deliver(new Set(to), { n, type: 'task.updated', ts: at, data: { task: changed, by: record.by } })
  }

  #message(n: number, at: number, message: TrackerChatMessage): Delivered {
    const { chat_id, task_id, author, mentions } = message
    if (chat_id !== undefined) this.#places.say(`chat:${chat_id}`, message)
    if (task_id !== undefined) this.#places.say(`task:${task_id}`, message)
    const task = task_id === undefined ? undefined : this.tasks.get(task_id)
    if (task !== undefined) for (const name of mentions) this.#inboxes.expect(name)
    const concerned = chat_id === undefined ? [task?.assignee, task?.created_by, ...mentions] : this.agents
    const to = new Set(concerned.filter((name) => name !== undefined && name !== author))
    const type = chat_id === undefined ? 'task.comment' : 'chat.message'
    return this.#deliver(to, { n, type, ts: at, data: { ...message } })
  }

  #keep(task: TrackerTask): void {
    const { maxTasks, maxPartBytes } = this.#limits
    const before = this.tasks.get(task.id)
    this.#taskBytes += sizeOf(task) - (before === undefined ? 0 : sizeOf(before))
    this.tasks.set(task.id, task)
    while (this.tasks.size > maxTasks || (this.#taskBytes > maxPartBytes && this.tasks.size > 1)) {
      const forgotten = takeFirst(this.tasks)
      this.#taskBytes -= forgotten === undefined ? 0 : sizeOf(forgotten)
    }
  }

  #deliver(to: Iterable<string | undefined>, event: InboxEvent): Delivered {
    return { agents: this.#inboxes.deliver(to, event), event }
  }
}

function isOurs(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'v' in value && value.v === VERSION
}
