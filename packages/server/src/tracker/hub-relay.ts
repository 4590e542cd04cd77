import { type Clock, type Logger, systemClock, type Timer } from '@holdfast/contract'
import type { Fields, TrackerStreamEvent } from '@holdfast/protocol/tracker'
import type { Hub, HubSession } from '../hub/index.ts'
import type { TrackerChatMessage, TrackerTask } from './records.ts'

/** Tasks whose hub session is held open; the one used longest ago is let go. */
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
  readonly timer: Timer
  text: string
}

/** The hub session in which a task's work is shown. */
export function taskSession(taskId: string): string {
  return `task-${taskId}`
}

/** Shows agents' streams to the hub's observers: each task is a hub session, its work the session's events. */
export class HubRelay {
  readonly #hub: Hub
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #open = new Map<string, Promise<HubSession | undefined>>()
  readonly #gathered = new Map<string, Gathered>()
  readonly #underWay = new Set<Promise<void>>()

  constructor(hub: Hub, logger: Logger, clock: Clock = systemClock) {
    this.#hub = hub
    this.#logger = logger
    this.#clock = clock
  }

  /** For `onTask` of the tracker. */
  readonly task = (task: TrackerTask): void => {
    this.#publish(task.id, 'session_start', { task: task.title, agent: task.assignee }, task.title)
  }

  /** For `onStream`: what belongs to a task. */
  readonly stream = (agent: string, { type, task_id: taskId, ...rest }: TrackerStreamEvent): void => {
    if (typeof taskId !== 'string' || this.#underWay.size >= MAX_UNDER_WAY) return
    const text = [rest['text'], rest['delta'], rest['content']].find((part) => typeof part === 'string')
    if (type.endsWith('.delta')) this.#gather(taskId, agent, text ?? '')
    else if (type.endsWith('.tool')) this.#publish(taskId, 'tool_call', { ...rest, agent })
    else this.#publish(taskId, 'agent_progress', { ...rest, agent, stream: type })
  }

  /** For `onComment`. */
  readonly comment = ({ task_id: taskId, author, content, id }: TrackerChatMessage): void => {
    if (taskId !== undefined) this.#publish(taskId, 'message_end', { agent: author, content, replyId: id })
  }

  /** Resolves when what was told so far is in the hub's log, or refused by it. */
  async close(): Promise<void> {
    for (const taskId of this.#gathered.keys()) this.#flush(taskId)
    await Promise.all(this.#underWay)
    const open = await Promise.all(this.#open.values())
    for (const session of open) session?.close()
    this.#open.clear()
  }

  #gather(taskId: string, agent: string, text: string): void {
    const before = this.#gathered.get(taskId)
    if (before?.agent === agent && before.text.length + text.length <= MAX_JOINED) {
      before.text += text
      return
    }
    this.#flush(taskId)
    if (this.#gathered.size >= MAX_UNDER_WAY) return
    const timer = this.#clock.after(GATHER_MS, () => this.#flush(taskId))
    this.#gathered.set(taskId, { agent, timer, text })
  }

  #flush(taskId: string): void {
    const gathered = this.#gathered.get(taskId)
    if (gathered === undefined) return
    gathered.timer.cancel()
    this.#gathered.delete(taskId)
    this.#write(taskId, 'message_update', { agent: gathered.agent, delta: gathered.text })
  }

  /** After the deltas that came before it. */
  #publish(taskId: string, event: string, data: Fields, label?: string): void {
    this.#flush(taskId)
    this.#write(taskId, event, data, label)
  }

  #write(taskId: string, event: string, data: Fields, label?: string): void {
    const written = this.#session(taskId, label)
      .then((session) => session?.publish(event, data))
      .then(
        () => {},
        (error: unknown) => this.#logger.warn('a stream event was not relayed', { taskId, error: String(error) }),
      )
      .then(() => void this.#underWay.delete(written))
    this.#underWay.add(written)
  }

  #session(taskId: string, label: string | undefined): Promise<HubSession | undefined> {
    const known = this.#open.get(taskId)
    if (known !== undefined) {
      this.#open.delete(taskId)
      this.#open.set(taskId, known)
      return known
    }
    const opened = this.#hub
      .createSession(taskSession(taskId), label === undefined ? {} : { label })
      .catch((error: unknown) => {
        this.#logger.warn('a task has no hub session', { taskId, error: String(error) })
        this.#open.delete(taskId)
        return undefined
      })
    this.#open.set(taskId, opened)
    if (this.#open.size > MAX_OPEN) this.#letGo()
    return opened
  }

  #letGo(): void {
    for (const [taskId, opened] of this.#open) {
      this.#open.delete(taskId)
      void opened.then((session) => session?.close())
      return
    }
  }
}
