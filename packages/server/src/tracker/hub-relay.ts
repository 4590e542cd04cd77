import type { Logger } from '@holdfast/contract'
import type { Fields, TrackerStreamEvent } from '@holdfast/protocol/tracker'
import type { Hub, HubSession } from '../hub/index.ts'
import type { TrackerChatMessage, TrackerTask } from './records.ts'

/** Tasks whose hub session is held open; the one used longest ago is let go. */
const MAX_OPEN = 100
/** Events that may be on their way to the hub's log; beyond it deltas are left out. */
const MAX_UNDER_WAY = 1_000

/** The hub session in which a task's work is shown. */
export function taskSession(taskId: string): string {
  return `task-${taskId}`
}

/** Shows agents' streams to the hub's observers: each task is a hub session, its work the session's events. */
export class HubRelay {
  readonly #hub: Hub
  readonly #logger: Logger
  readonly #open = new Map<string, Promise<HubSession | undefined>>()
  #underWay = 0

  constructor(hub: Hub, logger: Logger) {
    this.#hub = hub
    this.#logger = logger
  }

  /** For `onTask` of the tracker. */
  readonly task = (task: TrackerTask): void => {
    void this.#publish(task.id, 'session_start', { task: task.title, agent: task.assignee }, task.title)
  }

  /** For `onStream`: what belongs to a task. */
  readonly stream = (agent: string, { type, task_id: taskId, ...rest }: TrackerStreamEvent): void => {
    if (typeof taskId !== 'string' || this.#underWay >= MAX_UNDER_WAY) return
    const text = [rest['text'], rest['delta'], rest['content']].find((part) => typeof part === 'string')
    if (type.endsWith('.delta')) void this.#publish(taskId, 'message_update', { agent, delta: text ?? '' })
    else if (type.endsWith('.tool')) void this.#publish(taskId, 'tool_call', { ...rest, agent })
    else void this.#publish(taskId, 'agent_progress', { ...rest, agent, stream: type })
  }

  /** For `onComment`. */
  readonly comment = ({ task_id: taskId, author, content, id }: TrackerChatMessage): void => {
    if (taskId !== undefined) void this.#publish(taskId, 'message_end', { agent: author, content, replyId: id })
  }

  async close(): Promise<void> {
    const open = await Promise.all(this.#open.values())
    for (const session of open) session?.close()
    this.#open.clear()
  }

  async #publish(taskId: string, event: string, data: Fields, label?: string): Promise<void> {
    this.#underWay += 1
    try {
      const session = await this.#session(taskId, label)
      await session?.publish(event, data)
    } catch (error) {
      this.#logger.warn('a stream event was not relayed', { taskId, error: String(error) })
    } finally {
      this.#underWay -= 1
    }
  }

  #session(taskId: string, label: string | undefined): Promise<HubSession | undefined> {
    const known = this.#open.get(taskId)
    if (known !== undefined) return known
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
