import { type Clock, type Logger, systemClock, type Timer } from '@holdfast/contract'
import type { Fields, TrackerStreamEvent } from '@holdfast/protocol/tracker'
import { type Hub, HubError, type SessionHandle } from '../hub/index.ts'
import type { TrackerRecord, TrackerTask } from './records.ts'
import type { TrackerRelay } from './relay-loop.ts'

/** Tasks whose hub session is held open; the one used longest ago is released. */
const MAX_OPEN = 100
/** Events that may be on their way to the hub's log; beyond it stream events are left out. */
const MAX_UNDER_WAY = 1_000
/** Deltas of a task are joined for so long: the hub's log gets at most four a second. */
const GATHER_MS = 250
/** No joined delta is longer, in characters. */
const MAX_JOINED = 65_536

/** Deltas of one agent on one task that wait to be written as one. */
interface Gathered {
  readonly agent: string
  readonly task: TrackerTask
  readonly timer: Timer
  text: string
}

/** By this tag lists know sessions that are tasks of a tracker. */
const TASK_TAG = 'task'

/** The hub session in which a task's work is shown. */
export function taskSession(taskId: string): string {
  return `task-${taskId}`
}

/** Refusals that will not change: the record is left out, for nothing else can be done with it. */
const FINAL: readonly string[] = ['hub/not_found', 'hub/too_large', 'hub/bad_request', 'hub/internal']

/**
 * Shows the tracker's work to the hub's observers: each task is a hub session, and its work is the session's events.
 * Entries of the tracker's log (the task, its states, its comments) arrive exactly once, whatever crashes; streams may
 * be lost.
 */
export class HubRelay implements TrackerRelay {
  readonly #hub: Hub
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #open = new Map<string, Promise<SessionHandle>>()
  readonly #gathered = new Map<string, Gathered>()
  /** The last write of a task, while it is on its way. */
  readonly #underWay = new Map<string, Promise<void>>()
  #writes = 0

  constructor(hub: Hub, logger: Logger, clock: Clock = systemClock) {
    this.#hub = hub
    this.#logger = logger
    this.#clock = clock
  }

  stream(agent: string, event: TrackerStreamEvent, task: TrackerTask | undefined): void {
    if (task === undefined || this.#writes >= MAX_UNDER_WAY) return
    const { type, task_id: _, ...rest } = event
    const text = [rest['text'], rest['delta'], rest['content']].find((part) => typeof part === 'string')
    if (type.endsWith('.delta')) this.#gather(task, agent, text ?? '')
    else if (type.endsWith('.tool')) this.#publish(task, 'tool_call', { ...rest, agent })
    else this.#publish(task, 'agent_progress', { ...rest, agent, stream: type })
  }

  async streamed(taskId: string): Promise<void> {
    this.#flush(taskId)
    await this.#underWay.get(taskId)
  }

  async show(n: number, record: TrackerRecord): Promise<void> {
    const key = `tracker ${n}`
    try {
      if (record.t === 'task') await this.#begun(record.task)
      else if (record.t === 'status') {
        const { taskId, status, by } = record
        await this.#put(taskId, 'task_status', { task: taskId, status, agent: by }, key)
      } else if (record.t === 'message' && record.message.task_id !== undefined) {
        const { task_id: taskId, author: agent, content, id: replyId } = record.message
        await this.#put(taskId, 'message_end', { agent, content, replyId }, key)
      }
    } catch (error) {
      if (!(error instanceof HubError) || !FINAL.includes(error.code)) throw error
      this.#logger.warn('a record of the tracker cannot be shown', { n, code: error.code })
    }
  }

  /** Resolves when everything streamed so far is in the hub's log, or was refused by it. */
  async close(): Promise<void> {
    for (const taskId of this.#gathered.keys()) this.#flush(taskId)
    await Promise.all(this.#underWay.values())
    for (const [taskId, opened] of this.#open) this.#letGo(taskId, opened)
  }

  #gather(task: TrackerTask, agent: string, text: string): void {
    const before = this.#gathered.get(task.id)
    if (before?.agent === agent && before.text.length + text.length <= MAX_JOINED) {
      before.text += text
      return
    }
    this.#flush(task.id)
    if (this.#gathered.size >= MAX_UNDER_WAY) return
    const timer = this.#clock.after(GATHER_MS, () => this.#flush(task.id))
    this.#gathered.set(task.id, { agent, task, timer, text })
  }

  #flush(taskId: string): void {
    const gathered = this.#gathered.get(taskId)
    if (gathered === undefined) return
    const { agent, task, timer, text } = gathered
    timer.cancel()
    this.#gathered.delete(taskId)
    this.#write(task, 'message_update', { agent, delta: text })
  }

  /** After the deltas that came before it. */
  #publish(task: TrackerTask, event: string, data: Fields): void {
    this.#flush(task.id)
    this.#write(task, event, data)
  }

  /** A piece of a stream. The task itself comes before it, whichever node shows that first. */
  #write(task: TrackerTask, event: string, data: Fields): void {
    const before = this.#underWay.get(task.id) ?? Promise.resolve()
    this.#writes += 1
    const written = before
      .then(async () => {
        const session = await this.#session(task.id, task.title)
        if (session.head === 0) await this.#begun(task)
        await session.publish(event, data)
      })
      .catch((error: unknown) => {
        this.#logger.warn('a stream event was not relayed', { taskId: task.id, error: String(error) })
      })
      .then(() => {
        this.#writes -= 1
        if (this.#underWay.get(task.id) === written) this.#underWay.delete(task.id)
      })
    this.#underWay.set(task.id, written)
  }

  /** The same for every node, and at every time. */
  async #begun({ id, title, assignee }: TrackerTask): Promise<void> {
    await this.#put(id, 'session_start', { task: title, agent: assignee }, `tracker task ${id}`, title)
  }

  async #put(taskId: string, event: string, data: Fields, key: string, label?: string | undefined): Promise<void> {
    const session = await this.#session(taskId, label)
    await session.publish(event, data, { key })
  }

  #session(taskId: string, label?: string | undefined): Promise<SessionHandle> {
    const known = this.#open.get(taskId)
    if (known !== undefined) {
      this.#open.delete(taskId)
      this.#open.set(taskId, known)
      return known
    }
    const opened = this.#hub.createSession(taskSession(taskId), {
      tags: [TASK_TAG],
      ...(label === undefined ? {} : { label }),
    })
    this.#open.set(taskId, opened)
    const letGo = (): void => this.#letGo(taskId, opened)
    // Removed, or its log was away: the next event opens it anew.
    opened.then((session) => session.ended.addEventListener('abort', letGo, { once: true }), letGo)
    if (this.#open.size > MAX_OPEN) this.#letGoOldest()
    return opened
  }

  #letGoOldest(): void {
    for (const [taskId, opened] of this.#open) return this.#letGo(taskId, opened)
  }

  #letGo(taskId: string, opened: Promise<SessionHandle>): void {
    if (this.#open.get(taskId) === opened) this.#open.delete(taskId)
    void opened.then(
      (session) => session.close(),
      () => {},
    )
  }
}
