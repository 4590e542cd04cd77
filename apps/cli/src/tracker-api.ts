import { setTimeout as pause } from 'node:timers/promises'
import { authorization, type EndpointOptions } from './endpoint.ts'
import { evidenceOf, type Fields, fieldsOf } from './gateway/gateway-api.ts'
import { refusalIn, refusalOf } from './refusals/refusals.ts'
import { withWaitingNotice } from './refusals/waiting.ts'
import { UserError } from './user-error.ts'

/** A task as the tracker sends it. */
export interface Task {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly status: string
  readonly project_id?: string | undefined
  readonly assignee?: string | undefined
  readonly created_by?: string | undefined
}

/** Something said on a task or in a chat. */
export interface Said {
  readonly author: string
  readonly content: string
  readonly created_at: number
}

const CALL_MS = 10_000
/** Waits between attempts of a call that a gateway did not answer, or could not just then. */
const RETRY_MS = [250, 1_000] as const

/** The tracker's face for people and scripts (`/api/tracker/…`). Every write has a key: an attempt that is repeated has one effect. */
export class TrackerApi {
  readonly #where: EndpointOptions

  constructor(where: EndpointOptions) {
    this.#where = where
  }

  async tasks(): Promise<readonly Task[]> {
    const { tasks } = await this.#call('GET', 'tasks')
    return listOf(tasks, taskOf)
  }

  async task(id: string): Promise<{ readonly task: Task; readonly comments: readonly Said[] }> {
    const { task, comments } = await this.#call('GET', `tasks/${encodeURIComponent(id)}`)
    const found = taskOf(task)
    if (found === undefined) throw notATracker(this.#where)
    return { task: found, comments: listOf(comments, saidOf) }
  }

  async add(fields: Fields): Promise<Task> {
    const task = taskOf(await this.#call('POST', 'tasks', fields))
    if (task === undefined) throw notATracker(this.#where)
    return task
  }

  async setStatus(id: string, status: string): Promise<void> {
    await this.#call('PATCH', `tasks/${encodeURIComponent(id)}`, { status })
  }

  comment(taskId: string, content: string, mentions: readonly string[]): Promise<Fields> {
    return this.#call('POST', `tasks/${encodeURIComponent(taskId)}/comments`, { content, mentions })
  }

  /** Without a chat: the lobby. */
  async say(content: string, mentions: readonly string[], chatId?: string | undefined): Promise<Fields> {
    const chat = chatId ?? (await this.#call('GET', 'projects'))['lobby_chat_id']
    if (typeof chat !== 'string') throw new UserError('The tracker has no lobby; name a chat with --chat.')
    return this.#call('POST', `chats/${encodeURIComponent(chat)}/messages`, { content, mentions })
  }

  #call(method: string, path: string, body?: Fields): Promise<Fields> {
    return withWaitingNotice(this.#where.url, this.#attempts(method, path, body))
  }

  async #attempts(method: string, path: string, body?: Fields): Promise<Fields> {
    const key = crypto.randomUUID()
    for (const wait of RETRY_MS) {
      const answer = await this.#attempt(method, path, body, key).catch(() => undefined)
      if (answer !== undefined && answer.status < 500) return this.#read(answer)
      await pause(wait)
    }
    return this.#read(await this.#attempt(method, path, body, key).catch((error: unknown) => this.#unreachable(error)))
  }

  #attempt(method: string, path: string, body: Fields | undefined, key: string): Promise<Response> {
    return fetch(`${this.#where.url}/api/tracker/${path}`, {
      method,
      headers: { ...authorization(this.#where.token), 'idempotency-key': key },
      redirect: 'manual',
      signal: AbortSignal.timeout(CALL_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  #unreachable(error: unknown): never {
    throw refusalIn(error, this.#where)
  }

  async #read(response: Response): Promise<Fields> {
    const text = await response.text().catch((error: unknown) => this.#unreachable(error))
    const body = parsed(text)
    if (response.ok && body !== undefined) return body
    throw refusalOf(evidenceOf(response, text), this.#where, { next: 'track list' })
  }
}

/** A task in what a tracker sent; undefined where it is something else. */
export function taskOf(value: unknown): Task | undefined {
  const { id, title, description, status, project_id, assignee, created_by } = fieldsOf(value)
  if (typeof id !== 'string' || typeof title !== 'string') return undefined
  return {
    id,
    title,
    description: textOr(description, ''),
    status: textOr(status, 'open'),
    ...(typeof project_id === 'string' ? { project_id } : {}),
    ...(typeof assignee === 'string' ? { assignee } : {}),
    ...(typeof created_by === 'string' ? { created_by } : {}),
  }
}

function saidOf(value: unknown): Said | undefined {
  const { author, content, created_at } = fieldsOf(value)
  if (typeof content !== 'string') return undefined
  return { author: textOr(author, '?'), content, created_at: typeof created_at === 'number' ? created_at : 0 }
}

function listOf<T>(value: unknown, read: (one: unknown) => T | undefined): readonly T[] {
  if (!Array.isArray(value)) return []
  return value.map(read).filter((one) => one !== undefined)
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function notATracker(where: EndpointOptions): UserError {
  return refusalOf({ status: 200 }, where)
}
