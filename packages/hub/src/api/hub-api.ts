import { type Clock, systemClock } from '@holdfast/core'
import type { Fresh } from '@holdfast/core/client'
import {
  type HubCreateSessionBody,
  type HubEventHistory,
  type HubLifecycleAnswer,
  type HubParticipantList,
  type HubReplay,
  type HubRestTarget,
  type HubSessionCreated,
  type HubSessionList,
  type HubSessionSummary,
  type HubUpdateSessionBody,
  parseHubRest,
} from '@holdfast/protocol/hub/rest'
import { HubApiError } from './errors.ts'
import type { HubFetch } from './fetch-types.ts'
import { type HubRequestOptions, request } from './request.ts'

declare const fetch: HubFetch

/** Options of a {@link HubApi}. Only `url` is needed. */
export interface HubApiOptions {
  /** Base URL of the hub (hub §1). A function is called again for every request. */
  readonly url: Fresh
  /** Sent as `Authorization: Bearer`. A function is called again for every request, and once more after 401. */
  readonly token?: Fresh | undefined
  readonly orgId?: string | undefined
  /**
   * `systemFetch()` of `@holdfast/transport-sse` goes through the proxies that the environment names, which Node's own does
   * not. @defaultValue the runtime's `fetch`, looked up at each request
   */
  readonly fetch?: HubFetch | undefined
  /** Longest time for a request and its answer. In milliseconds. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined
  /** Largest answer, in bytes: a replay carries a whole conversation. @defaultValue 67108864 (64 MiB) */
  readonly maxResponseBytes?: number | undefined
  readonly clock?: Clock | undefined
}

/** Which sessions are listed. */
export interface HubListOptions extends HubCallOptions {
  /** Sessions of one page, at most 500. @defaultValue the hub's own, 100 */
  readonly limit?: number | undefined
  /** Where to go on: `next` of the page before. */
  readonly cursor?: string | undefined
  /** Only sessions with this status. */
  readonly status?: string | undefined
}

/** Which events are returned. */
export interface HubEventHistoryOptions extends HubCallOptions {
  /** At most 500. @defaultValue the hub's own, 100 */
  readonly limit?: number | undefined
  /** Events to skip, from the oldest. */
  readonly offset?: number | undefined
}

export interface HubCallOptions {
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** Every default number of {@link HubApi}. Milliseconds and bytes. */
export const HUB_API_DEFAULTS = { timeoutMs: 30_000, maxResponseBytes: 67_108_864 } as const

/**
 * The hub's sessions over HTTP (hub §7): create, find, change and end them, read their history. Requests are not
 * retried, except once with a fresh token after 401. Every method throws a {@link HubApiError}, or the signal's reason.
 */
export class HubApi {
  readonly #options: HubRequestOptions

  /** @throws `api/invalid_option` */
  constructor(options: HubApiOptions) {
    const { timeoutMs, maxResponseBytes } = HUB_API_DEFAULTS
    const send: HubFetch = options.fetch ?? ((url, init) => fetch(url, init))
    this.#options = {
      url: urlOf(options.url),
      token: options.token,
      orgId: options.orgId === '' ? undefined : options.orgId,
      fetch: send,
      timeoutMs: positive('timeoutMs', options.timeoutMs ?? timeoutMs),
      maxResponseBytes: positive('maxResponseBytes', options.maxResponseBytes ?? maxResponseBytes),
      clock: options.clock ?? systemClock,
    }
  }

  /** Makes a session. Not to be repeated blindly: each call makes another. */
  async createSession(body: HubCreateSessionBody = {}, { signal }: HubCallOptions = {}): Promise<HubSessionCreated> {
    const target = { route: 'create' } as const
    return request(this.#options, { method: 'POST', target, body, signal, read: parseHubRest.sessionCreated })
  }

  /** One page of sessions; `next` is there while there are more. */
  async listSessions({ signal, ...query }: HubListOptions = {}): Promise<HubSessionList> {
    const target = { route: 'list' } as const
    return request(this.#options, {
      method: 'GET',
      target,
      query: { ...query },
      signal,
      read: parseHubRest.sessionList,
    })
  }

  /** All sessions, page after page. */
  async *sessions(options: Omit<HubListOptions, 'cursor'> = {}): AsyncGenerator<HubSessionSummary, undefined> {
    let cursor: string | undefined
    do {
      const page = await this.listSessions({ ...options, cursor })
      yield* page.sessions.websocket
      cursor = page.next
    } while (cursor !== undefined)
  }

  async getSession(sessionId: string, { signal }: HubCallOptions = {}): Promise<HubSessionSummary> {
    const target = targetOf('session', sessionId)
    return request(this.#options, { method: 'GET', target, signal, read: parseHubRest.session })
  }

  /** Changes the fields that are given and leaves the rest. */
  async updateSession(
    sessionId: string,
    body: HubUpdateSessionBody,
    { signal }: HubCallOptions = {},
  ): Promise<HubSessionSummary> {
    const target = targetOf('session', sessionId)
    return request(this.#options, { method: 'PATCH', target, body, signal, read: parseHubRest.session })
  }

  /** Deletes the session and its whole history. */
  async deleteSession(sessionId: string, { signal }: HubCallOptions = {}): Promise<void> {
    const target = targetOf('session', sessionId)
    await request(this.#options, { method: 'DELETE', target, signal, read: () => ({ ok: true, message: undefined }) })
  }

  async archiveSession(sessionId: string, options?: HubCallOptions): Promise<HubLifecycleAnswer> {
    return this.#lifecycle('archive', sessionId, options)
  }

  async resumeSession(sessionId: string, options?: HubCallOptions): Promise<HubLifecycleAnswer> {
    return this.#lifecycle('resume', sessionId, options)
  }

  /** Who is in the session now. */
  async participants(sessionId: string, { signal }: HubCallOptions = {}): Promise<HubParticipantList> {
    const target = targetOf('participants', sessionId)
    return request(this.#options, { method: 'GET', target, signal, read: parseHubRest.participantList })
  }

  /** The whole conversation. */
  async replay(sessionId: string, { signal }: HubCallOptions = {}): Promise<HubReplay> {
    const target = targetOf('replay', sessionId)
    return request(this.#options, { method: 'GET', target, signal, read: parseHubRest.replay })
  }

  /** Events of the session, the oldest first. */
  async eventHistory(sessionId: string, { signal, ...query }: HubEventHistoryOptions = {}): Promise<HubEventHistory> {
    const target = targetOf('eventHistory', sessionId)
    return request(this.#options, {
      method: 'GET',
      target,
      query: { ...query },
      signal,
      read: parseHubRest.eventHistory,
    })
  }

  async #lifecycle(
    route: 'archive' | 'resume',
    sessionId: string,
    { signal }: HubCallOptions = {},
  ): Promise<HubLifecycleAnswer> {
    const target = targetOf(route, sessionId)
    return request(this.#options, { method: 'POST', target, signal, read: parseHubRest.lifecycle })
  }
}

function targetOf(route: HubRestTarget['route'], sessionId: string): HubRestTarget {
  if (typeof sessionId === 'string' && sessionId !== '') return { route, sessionId }
  throw new HubApiError('api/invalid_option', 'Expected the id of a session, got none.')
}

function urlOf(url: Fresh): Fresh {
  if (typeof url === 'function' || (typeof url === 'string' && /^(https?|wss?):\/\//.test(url))) return url
  throw new HubApiError(
    'api/invalid_option',
    'Option url: expected an http or https URL, or a function that returns one.',
  )
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value
  throw new HubApiError('api/invalid_option', `Option ${name}: expected a number above 0.`)
}
