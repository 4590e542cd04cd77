import { type Clock, systemClock } from '@holdfast/core'
import type {
  HubCreateSessionBody,
  HubEventHistory,
  HubLifecycleAnswer,
  HubParticipantList,
  HubReplay,
  HubSessionCreated,
  HubSessionSummary,
  HubUpdateSessionBody,
} from '@holdfast/protocol/hub/rest'
import { systemFetch } from '@holdfast/transport-sse'
import type { HubFetch } from '../../api/fetch-types.ts'
import { HUB_API_DEFAULTS } from '../../api/hub-api.ts'
import { hubFromEnvironment } from '../../node/environment.ts'
import { ask } from '../../options.ts'
import { type CoderHttp, hubHttp } from './http.ts'
import * as sessions from './sessions.ts'
import { normalizeCoderUrl } from './urls.ts'

/** Options of {@link CoderClient}. */
export interface CoderClientOptions {
  readonly apiKey?: string | undefined
  /** The environment's, or looked up, where it is left out. */
  readonly url?: string | undefined
  /** For the lookup of the URL. */
  readonly region?: string | undefined
  readonly orgId?: string | undefined
  /** @defaultValue `systemFetch()`: the runtime's, in Node.js through the proxies that the environment names */
  readonly fetch?: HubFetch | undefined
  readonly clock?: Clock | undefined
}

/** How {@link CoderClient.prepareSessionForRemoteAttach} waits. In milliseconds. */
export interface CoderRemoteAttachPreparationOptions {
  /** @defaultValue 30000 */
  readonly timeoutMs?: number | undefined
  /** @defaultValue 1000 */
  readonly pollIntervalMs?: number | undefined
}

const ATTACH_DEFAULTS = { timeoutMs: 30_000, pollIntervalMs: 1_000 } as const

/** The published client of a hub's sessions over HTTP. Without the parts that this project's hub does not serve. */
export class CoderClient {
  readonly #options: CoderClientOptions
  readonly #http: CoderHttp
  readonly #clock: Clock
  #url: Promise<string> | undefined

  constructor(options: CoderClientOptions = {}) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const { token } = hubFromEnvironment({ ...options, token: options.apiKey })
    const send = options.fetch ?? systemFetch()
    const fixed = { ...HUB_API_DEFAULTS, token, orgId: options.orgId || undefined, fetch: send, clock: this.#clock }
    this.#http = hubHttp(async () => ({ ...fixed, url: await this.getUrl() }))
  }

  /** The hub's base: given, the environment's, or looked up once. A lookup that failed is made again by the next call. */
  getUrl(): Promise<string> {
    this.#url ??= this.#findUrl().catch((error: unknown) => {
      this.#url = undefined
      throw error
    })
    return this.#url
  }

  async #findUrl(): Promise<string> {
    const context = {
      attempt: 1,
      reason: 'initial',
      previousError: undefined,
      signal: new AbortController().signal,
    } as const
    return normalizeCoderUrl(
      await ask(hubFromEnvironment({ ...this.#options, token: this.#options.apiKey }).url, context),
    )
  }

  createSession(body: HubCreateSessionBody): Promise<HubSessionCreated> {
    return sessions.coderCreateSession(this.#http, { body })
  }

  getSession(sessionId: string): Promise<HubSessionSummary> {
    return sessions.coderGetSession(this.#http, { sessionId })
  }

  updateSession(sessionId: string, body: HubUpdateSessionBody): Promise<HubSessionSummary> {
    return sessions.coderUpdateSession(this.#http, { sessionId, body })
  }

  listSessions(params?: sessions.CoderListSessionsParams): Promise<sessions.CoderSessionListResponse> {
    return sessions.coderListSessions(this.#http, params)
  }

  deleteSession(sessionId: string): Promise<void> {
    return sessions.coderDeleteSession(this.#http, { sessionId })
  }

  archiveSession(sessionId: string): Promise<HubLifecycleAnswer> {
    return sessions.coderArchiveSession(this.#http, { sessionId })
  }

  resumeSession(sessionId: string): Promise<HubLifecycleAnswer> {
    return sessions.coderResumeSession(this.#http, { sessionId })
  }

  /** Wakes a session that sleeps, and waits until its runtime is there or the time is over. */
  async prepareSessionForRemoteAttach(
    sessionId: string,
    options: CoderRemoteAttachPreparationOptions = {},
  ): Promise<HubSessionSummary> {
    const { timeoutMs = ATTACH_DEFAULTS.timeoutMs, pollIntervalMs = ATTACH_DEFAULTS.pollIntervalMs } = options
    let session = await this.getSession(sessionId)
    if (session.historyOnly === true || session.wakeAvailable !== true || session.runtimeAvailable !== false)
      return session
    await this.resumeSession(sessionId)
    const until = this.#clock.now() + timeoutMs
    while (session.historyOnly !== true && session.runtimeAvailable === false && this.#clock.now() < until) {
      await new Promise<void>((resolve) => this.#clock.after(pollIntervalMs, resolve))
      // A poll that fails is no answer; the next one may be.
      session = await this.getSession(sessionId).catch(() => session)
    }
    return session
  }

  listConnectableSessions(
    params?: Omit<sessions.CoderListSessionsParams, 'includeArchived'>,
  ): Promise<sessions.CoderSessionListResponse> {
    return sessions.coderListConnectableSessions(this.#http, params)
  }

  getReplay(sessionId: string, params?: Omit<sessions.CoderSessionDataParams, 'sessionId'>): Promise<HubReplay> {
    return sessions.coderGetReplay(this.#http, { ...params, sessionId })
  }

  listParticipants(
    sessionId: string,
    params?: Omit<sessions.CoderSessionDataParams, 'sessionId'>,
  ): Promise<HubParticipantList> {
    return sessions.coderListParticipants(this.#http, { ...params, sessionId })
  }

  listEventHistory(
    sessionId: string,
    params?: Omit<sessions.CoderSessionDataParams, 'sessionId'>,
  ): Promise<HubEventHistory> {
    return sessions.coderListEventHistory(this.#http, { ...params, sessionId })
  }
}
