import { type HubSessionSummary, hubRestUrl, parseHubRest } from '@holdfast/protocol/hub/rest'
import { ApiError, ask } from './request.ts'

/** More sessions than anybody looks through; a search finds the others. */
const MAX_LISTED = 200

/** The gateway's REST interface for sessions (hub §7). */
export class Api {
  readonly #base: string
  readonly #token: string

  constructor(base: string, token: string) {
    this.#base = base
    this.#token = token
  }

  /** The newest sessions, or those in which the words are found. @throws ApiError */
  async sessions(search = ''): Promise<readonly HubSessionSummary[]> {
    const query = search === '' ? { limit: MAX_LISTED } : { limit: MAX_LISTED, search }
    const parsed = parseHubRest.sessionList(await this.#ask({ route: 'list' }, 'GET', undefined, query))
    if (!parsed.ok) throw new ApiError(parsed.issue)
    return parsed.message.sessions.websocket
  }

  /** Makes a session. @returns its id @throws ApiError */
  async create(label: string): Promise<string> {
    const parsed = parseHubRest.sessionCreated(await this.#ask({ route: 'create' }, 'POST', { label }))
    if (!parsed.ok) throw new ApiError(parsed.issue)
    return parsed.message.sessionId
  }

  /** @throws ApiError */
  async rename(sessionId: string, label: string): Promise<void> {
    await this.#ask({ route: 'session', sessionId }, 'PATCH', { label })
  }

  /** Puts a session away, or takes it out again. @throws ApiError */
  async archive(sessionId: string, isArchived: boolean): Promise<void> {
    await this.#ask({ route: isArchived ? 'archive' : 'resume', sessionId }, 'POST', {})
  }

  /** Deletes a session and all that was said in it. @throws ApiError */
  async remove(sessionId: string): Promise<void> {
    await this.#ask({ route: 'session', sessionId }, 'DELETE')
  }

  #ask(
    target: Parameters<typeof hubRestUrl>[1],
    method: string,
    body?: object | undefined,
    query: Parameters<typeof hubRestUrl>[2] = {},
  ): Promise<unknown> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return ask(hubRestUrl(this.#base, target, query), this.#token, { method, ...sent })
  }
}
