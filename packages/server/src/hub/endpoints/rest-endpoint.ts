import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  allowOrigin,
  keepPrivate,
  type Principal,
  preflight,
  type RequestEndpoint,
  requestUrl,
  sendJson,
} from '@holdfast/gate/internals'
import type { SessionRecord } from '@holdfast/log'
import {
  type Fields,
  foreignHubResource,
  HUB_REST_ROUTES,
  type HubHttpError,
  type HubLoopState,
  type HubRestRoute,
  type HubRestTarget,
  type HubSessionCreated,
  type HubSessionSummary,
  parseHubRest,
  parseHubRestPath,
} from '@holdfast/protocol/hub'
import { AgentRequests } from '../agents/agent-requests.ts'
import type { HubAccess, HubContext } from '../context.ts'
import { asHubError, HubError, type HubErrorCode } from '../errors.ts'
import type { HubSessions } from '../session/hub-sessions.ts'
import { isVisible, reachAfter, reachOf } from '../session/reach.ts'
import { asFields, defined, EntryReader } from '../state/entries.ts'
import { loopOf } from '../state/loop-state.ts'
import { INTERNAL, readRecord } from '../state/records.ts'
import { type Admission, demandVisible } from './admission.ts'
import { isoTime, numberIn, readBody, taken } from './http.ts'
import { searchSessions } from './session-search.ts'
import { historyEvent, infoOf, summaryOf, workflowModeOf } from './session-summary.ts'
import type { EventStreams } from './sse-endpoint.ts'

/** What the endpoint is made of. */
export interface RestEndpointParts {
  readonly context: HubContext
  readonly admission: Admission
  readonly sessions: HubSessions
  readonly streams: EventStreams
  /** Open connections of the whole hub. */
  count(): number
}

/** One request, understood. */
interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly principal: Principal
  readonly method: string
  readonly query: URLSearchParams
  readonly sessionId: string
}

/** What each resource asks of the principal. */
const ACCESS: Readonly<Record<HubRestRoute, HubAccess>> = {
  create: 'create',
  list: 'observe',
  session: 'observe',
  archive: 'manage',
  resume: 'manage',
  participants: 'observe',
  replay: 'observe',
  eventHistory: 'observe',
  events: 'observe',
  loop: 'observe',
}

const MAX_HISTORY = 500
const DEFAULT_HISTORY = 100
/** Pages of the index that one list looks through. */
const MAX_PAGES = 20

/** The hub over plain HTTP (hub §6, §7), under both prefixes. Errors are JSON. */
export class HubRestEndpoint implements RequestEndpoint {
  readonly #parts: RestEndpointParts

  readonly #agents: AgentRequests

  constructor(parts: RestEndpointParts) {
    this.#parts = parts
    this.#agents = new AgentRequests(parts.context, parts.admission)
  }

  handles(request: IncomingMessage): boolean {
    const path = requestUrl(request)?.pathname
    if (path === undefined) return false
    return parseHubRestPath(path) !== undefined || this.#agents.handles(path) || foreignHubResource(path) !== undefined
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch((error: unknown) => this.#refuse(response, asHubError(error)))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { admission, context } = this.#parts
    const url = requestUrl(request)
    const target = url === undefined ? undefined : parseHubRestPath(url.pathname)
    if (url !== undefined && this.#agents.handles(url.pathname)) return this.#agents.answer(request, response, url)
    if (url !== undefined && isForeign(url.pathname, request.method, target))
      return this.#notOffered(request, response, url)
    if (url === undefined || target === undefined) throw new HubError('hub/not_found', 'There is nothing here.')
    if ((request.url ?? '').length > context.limits.maxUrlLength) {
      throw new HubError('hub/bad_request', 'The request target is too long.')
    }
    admission.demandOrigin(request)
    allowOrigin(request, response)
    const { methods } = HUB_REST_ROUTES[target.route]
    const method = request.method ?? ''
    if (method === 'OPTIONS') return preflight(response, methods)
    if (!methods.some((one) => one === method)) {
      response.setHeader('allow', methods.join(', '))
      throw new HubError('hub/method_not_allowed', `Expected ${methods.join(' or ')}.`)
    }
    const principal = await admission.demand(request)
    const sessionId = target.sessionId ?? ''
    const access = target.route === 'session' && method !== 'GET' ? 'manage' : ACCESS[target.route]
    await admission.permit(principal, access, sessionId)
    await this.#route(target, { request, response, principal, method, query: url.searchParams, sessionId })
  }

  async #route(target: HubRestTarget, call: Call): Promise<void> {
    switch (target.route) {
      case 'create':
        return this.#create(call)
      case 'list':
        return this.#list(call)
      case 'session':
        return this.#session(call)
      case 'archive':
        return this.#status(call, 'archived')
      case 'resume':
        return this.#status(call, 'active')
      case 'participants':
        return this.#participants(call)
      case 'replay':
        return this.#replay(call)
      case 'eventHistory':
        return this.#history(call)
      case 'events':
        return this.#events(call)
      case 'loop':
        return this.#loop(call)
      default:
        throw new HubError('hub/not_found', 'There is nothing here.')
    }
  }

  async #create({ request, response, principal }: Call): Promise<void> {
    const { admission, sessions, context } = this.#parts
    const parsed = parseHubRest.createSession(await readBody(request, context.limits.maxBodyBytes))
    if (!parsed.ok) throw new HubError('hub/bad_request', parsed.issue)
    admission.takeCreation(principal)
    const { label, task, agent, visibility = 'private', tags, metadata } = parsed.message
    const data = defined({ mode: 'tui', visibility, task, agent, metadata, ...publishedPartsOf(parsed.message) })
    const wish = parsed.message.visibility
    const reach = wish === undefined ? context.reach : reachOf(wish)
    const record = await sessions.create(undefined, { ...infoOf(label, tags, data), owner: principal.id, reach })
    const created: HubSessionCreated = { sessionId: record.id, status: record.status, mode: 'tui', visibility }
    sendJson(response, 201, created)
  }

  async #list(call: Call): Promise<void> {
    const { response, query, principal } = call
    if (['search', 'offset', 'includeArchived'].some((name) => query.has(name))) return this.#search(call)
    const limit = numberIn(query, 'limit', DEFAULT_HISTORY, MAX_HISTORY)
    const status = query.get('status') ?? undefined
    const shown: SessionRecord[] = []
    let next = query.get('cursor') ?? undefined
    // Whoever may see few of many is told of those few, and not page after page of none.
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await this.#parts.context.log.listSessions({ limit: limit - shown.length, cursor: next, status })
      shown.push(...page.sessions.filter((one) => one.status !== INTERNAL && isVisible(principal, one)))
      next = page.next
      if (next === undefined || shown.length >= limit) break
    }
    const websocket = await Promise.all(shown.map((record) => this.#summary(record)))
    const more = next === undefined ? {} : { next }
    sendJson(response, 200, { sessions: { websocket, sandbox: [] }, total: websocket.length, ...more })
  }

  /** The list as published clients ask for it: by words and by place. */
  async #search({ response, query, principal }: Call): Promise<void> {
    const limit = numberIn(query, 'limit', DEFAULT_HISTORY, MAX_HISTORY)
    const offset = numberIn(query, 'offset', 0, Number.MAX_SAFE_INTEGER)
    const withArchived = query.get('includeArchived') !== 'false'
    const text = query.get('search') || undefined
    const isShown = (one: SessionRecord): boolean =>
      one.status !== INTERNAL && (withArchived || one.status !== 'archived') && isVisible(principal, one)
    const status = query.get('status') ?? undefined
    const found = await searchSessions(this.#parts.context.log, { text, limit, offset }, isShown, { status })
    const websocket = await Promise.all(found.sessions.map((record) => this.#summary(record)))
    sendJson(response, 200, { sessions: { websocket, sandbox: [] }, total: found.total, limit, offset })
  }

  async #session(call: Call): Promise<void> {
    const { method, response, sessionId } = call
    const { log } = this.#parts.context
    const record = await this.#record(call)
    if (method === 'DELETE') {
      await log.removeSession(sessionId)
      return sendJson(response, 200, { sessionId, status: 'deleted' })
    }
    sendJson(response, 200, await this.#summary(method === 'PATCH' ? await this.#change(call, record) : record))
  }

  async #change({ request, sessionId, principal }: Call, before: SessionRecord): Promise<SessionRecord> {
    const { context, sessions } = this.#parts
    const parsed = parseHubRest.updateSession(await readBody(request, context.limits.maxBodyBytes))
    if (!parsed.ok) throw new HubError('hub/bad_request', parsed.issue)
    const { label, tags, visibility, metadata } = parsed.message
    const data = { ...before.data, ...defined({ visibility, metadata }) }
    const reach = reachAfter(principal, before, visibility)
    const record = await context.log.updateSession(sessionId, { ...infoOf(label, tags, data), ...defined({ reach }) })
    const { session, release } = await sessions.enter(sessionId, principal.id)
    session.record = record
    try {
      if (reach !== undefined && reach !== (before.reach ?? 'open')) await session.append({ t: 'reach' })
      if (label !== undefined) await session.publish('session_label_updated', { label })
    } finally {
      release()
    }
    return record
  }

  async #status(call: Call, status: string): Promise<void> {
    const { response, sessionId } = call
    await this.#record(call)
    const record = await this.#parts.context.log.updateSession(sessionId, { status })
    const session = await this.#parts.sessions.open(sessionId)
    if (session !== undefined) session.record = record
    sendJson(response, 200, { sessionId, status })
  }

  async #participants(call: Call): Promise<void> {
    const { response, sessionId } = call
    await this.#record(call)
    const session = await this.#parts.sessions.open(sessionId)
    const here = session?.presence.all ?? this.#parts.context.remotePresence?.in(sessionId).participants ?? []
    const participants = here.map((one) => ({
      id: one.id,
      role: one.role === 'sub_agent' ? 'lead' : one.role,
      transport: one.transport,
      connectedAt: isoTime(one.connectedAt),
      lastActivityAt: isoTime(one.lastActivity),
      ...(one.metadata === undefined ? {} : { metadata: one.metadata }),
    }))
    sendJson(response, 200, { sessionId, participants })
  }

  /** The whole conversation, page by page out of the log, as fast as the client takes it. */
  async #replay(call: Call): Promise<void> {
    const { response, sessionId } = call
    await this.#record(call)
    const reader = new EntryReader()
    let after = 0
    let mark = `{"sessionId":${JSON.stringify(sessionId)},"entriesSource":"log","entries":[`
    response.setHeader('content-type', 'application/json; charset=utf-8')
    keepPrivate(response)
    while (!response.destroyed) {
      const page = await this.#parts.context.log.read(sessionId, { after })
      if (page.gap !== undefined) after = page.gap.to
      for (const event of page.events) {
        after = event.n
        const record = readRecord(event)
        const entry = record === undefined ? undefined : reader.read(record, event.at)
        if (entry === undefined) continue
        response.write(mark + JSON.stringify(entry))
        mark = ','
      }
      await taken(response)
      if (after >= page.last) break
    }
    response.end(mark === ',' ? ']}' : `${mark}]}`)
  }

  async #history(call: Call): Promise<void> {
    const { response, sessionId, query } = call
    const limit = numberIn(query, 'limit', DEFAULT_HISTORY, MAX_HISTORY)
    const offset = numberIn(query, 'offset', 0, Number.MAX_SAFE_INTEGER)
    const { log } = this.#parts.context
    await this.#record(call)
    const { first, last } = await log.head(sessionId)
    const page = await log.read(sessionId, { after: first - 1 + offset, limit })
    sendJson(response, 200, { sessionId, events: page.events.map(historyEvent), total: last - first + 1 })
  }

  async #events(call: Call): Promise<void> {
    const { request, response, principal, sessionId } = call
    await this.#record(call)
    const { streams, context, count } = this.#parts
    if (count() >= context.limits.maxConnections) {
      throw new HubError('hub/unavailable', 'The hub has as many connections as it may.')
    }
    this.#parts.admission.takeUpgrade(principal)
    response.once('close', this.#parts.admission.connected(principal))
    await streams.open(request, response, sessionId, principal)
  }

  /** How a lead that works in rounds stands, as its events in the log tell. */
  async #loop(call: Call): Promise<void> {
    const { response, sessionId, principal } = call
    const record = await this.#record(call)
    const { session, release } = await this.#parts.sessions.enter(sessionId, principal.id)
    try {
      const workflowMode = workflowModeOf(record, session)
      const loop =
        workflowMode === 'loop'
          ? { status: 'idle', iteration: 0, ...loopOf(record.data['loop']), ...session.state.loop }
          : null
      const state: HubLoopState = { sessionId, workflowMode, loop }
      sendJson(response, 200, state)
    } finally {
      release()
    }
  }

  async #notOffered(request: IncomingMessage, response: ServerResponse, { pathname }: URL): Promise<void> {
    const { admission } = this.#parts
    admission.demandOrigin(request)
    allowOrigin(request, response)
    await admission.demand(request)
    throw new HubError('hub/not_offered', `This hub has no ${foreignHubResource(pathname) ?? 'such resource'}.`)
  }

  async #record({ sessionId, principal }: Pick<Call, 'sessionId' | 'principal'>): Promise<SessionRecord> {
    const record = await this.#parts.context.log.findSession(sessionId)
    if (record === null || record.status === INTERNAL) throw new HubError('hub/not_found', 'There is no such session.')
    demandVisible(principal, record)
    return record
  }

  async #summary(record: SessionRecord): Promise<HubSessionSummary> {
    return summaryOf(record, await this.#parts.sessions.open(record.id), this.#parts.context.remotePresence)
  }

  #refuse(response: ServerResponse, error: HubError): void {
    const { context } = this.#parts
    context.metrics.refused(error.code)
    if (error.code === 'hub/internal') context.logger.error('a request failed', { error: String(error.cause) })
    if (response.headersSent) {
      response.destroy()
      return
    }
    const { waitMs } = error.details
    if (error.status === 401) response.setHeader('www-authenticate', 'Bearer')
    if (error.status === 429 || error.status === 503) {
      response.setHeader('retry-after', Math.ceil((typeof waitMs === 'number' ? waitMs : 1000) / 1000))
    }
    const body: HubHttpError = { error: { code: error.code, message: error.message } }
    const published = error.details['resource'] === undefined ? PUBLISHED_CODES[error.code] : undefined
    sendJson(response, error.status, { ...body, ...published })
  }
}

/** By what published clients know it, beside our own code. */
const PUBLISHED_CODES: Readonly<Partial<Record<HubErrorCode, { readonly code: string }>>> = {
  'hub/not_found': { code: 'CODER_SESSION_NOT_FOUND' },
}

/** A session may be called `builder`; only making one there is somebody else's. */
function isForeign(path: string, method: string | undefined, target: HubRestTarget | undefined): boolean {
  const resource = foreignHubResource(path)
  return resource !== undefined && (target === undefined || (resource === 'session/builder' && method === 'POST'))
}

/** What published clients say of a session beside what the hub itself understands: kept, and told again. */
function publishedPartsOf(body: object): Fields {
  const { workflowMode, loop, skills, defaultAgent } = asFields(body)
  return defined({
    workflowMode: workflowMode === 'loop' ? 'loop' : undefined,
    loop: loopOf(loop),
    skills: Array.isArray(skills) && skills.length > 0 ? skills : undefined,
    defaultAgent: typeof defaultAgent === 'string' ? defaultAgent : undefined,
  })
}
