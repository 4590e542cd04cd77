import type { Decoded } from '@holdfast/contract'
import {
  type RequestEndpoint,
  type RestAnswer,
  type RestCall,
  type RestRoute,
  type RestRun,
  Router,
  withBody,
} from '@holdfast/gate/internals'
import { INTERNAL_STATUS, type SessionRecord } from '@holdfast/log'
import type { Fields } from '@holdfast/protocol/hub'
import {
  foreignHubResource,
  HUB_REST_PREFIXES,
  HUB_REST_ROUTES,
  type HubCreateSessionBody,
  type HubLoopState,
  type HubRestRoute,
  type HubSessionCreated,
  type HubSessionSummary,
  type HubUpdateSessionBody,
  parseHubRest,
} from '@holdfast/protocol/hub/rest'
import type { AgentCatalog } from '../agents/agent-catalog.ts'
import { agentRoutes } from '../agents/agent-requests.ts'
import type { HubAccess, HubContext } from '../context.ts'
import { asHubError, HUB_ERRORS, HubError } from '../errors.ts'
import type { HubSessions } from '../session/hub-sessions.ts'
import { isVisible, reachAfter, reachOf } from '../session/visibility.ts'
import { asFields, defined } from '../state/entries.ts'
import { loopOf } from '../state/loop-state.ts'
import { type Authorization, demandVisible } from './authorization.ts'
import { isoTime, numberIn } from './http.ts'
import { writeReplay } from './replay.ts'
import { searchSessions } from './session-search.ts'
import { historyEvent, infoOf, summaryOf, workflowModeOf } from './session-summary.ts'
import type { EventStreams } from './sse-endpoint.ts'

/** What the endpoint is made of. */
export interface RestEndpointParts {
  readonly context: HubContext
  readonly authorization: Authorization
  readonly sessions: HubSessions
  readonly streams: EventStreams
  readonly agents: AgentCatalog
  /** Open connections of the whole hub. */
  count(): number
}

/** By what published clients know that there is no such session, beside our own code. */
const NO_SESSION = { code: 'CODER_SESSION_NOT_FOUND' }

const MAX_HISTORY = 500
const DEFAULT_HISTORY = 100
/** Pages of the index that one list looks through. */
const MAX_PAGES = 20

/** The hub over plain HTTP (hub §6, §7), under both prefixes. */
export function hubRequests(parts: RestEndpointParts): RequestEndpoint {
  const { context, authorization, agents } = parts
  const { limits, metrics, logger } = context
  return new Router({
    bases: HUB_REST_PREFIXES,
    routes: [...new HubResources(parts).routes, ...agentRoutes(agents, authorization)],
    alsoOwns: ({ pathname }) => foreignHubResource(pathname) !== undefined,
    otherwise: ({ pathname }) => notOffered(foreignHubResource(pathname)),
    entrance: authorization.entrance,
    errors: {
      rows: HUB_ERRORS,
      as: asHubError,
      published: ({ code, details }) =>
        code === 'hub/not_found' && details['resource'] === undefined ? NO_SESSION : undefined,
    },
    maxBodyBytes: limits.maxBodyBytes,
    maxUrlLength: limits.maxUrlLength,
    logger,
    refused: (code) => metrics.refused(code),
  })
}

/** What the hub answers, resource by resource. */
class HubResources {
  readonly routes: readonly RestRoute[]
  readonly #parts: RestEndpointParts

  constructor(parts: RestEndpointParts) {
    this.#parts = parts
    const { createSession, updateSession } = parseHubRest
    this.routes = [
      this.#on('create', 'POST', 'create', withBody(understood(createSession), this.#create.bind(this))),
      this.#on('list', 'GET', 'observe', this.#list.bind(this)),
      { method: 'POST', path: '/session/builder', run: () => notOffered('session/builder') },
      this.#on('session', 'GET', 'observe', this.#session.bind(this)),
      this.#on('session', 'PATCH', 'manage', withBody(understood(updateSession), this.#change.bind(this))),
      this.#on('session', 'DELETE', 'manage', this.#remove.bind(this)),
      this.#on('archive', 'POST', 'manage', (call) => this.#status(call, 'archived')),
      this.#on('resume', 'POST', 'manage', (call) => this.#status(call, 'active')),
      this.#on('participants', 'GET', 'observe', this.#participants.bind(this)),
      this.#on('replay', 'GET', 'observe', async (call) => {
        const { id } = await this.#record(call)
        return writeReplay(this.#parts.context.log, id, call.response)
      }),
      this.#on('eventHistory', 'GET', 'observe', this.#history.bind(this)),
      this.#on('events', 'GET', 'observe', this.#events.bind(this)),
      this.#on('loop', 'GET', 'observe', this.#loop.bind(this)),
    ]
  }

  #on(resource: HubRestRoute, method: RestRoute['method'], access: HubAccess, run: RestRun): RestRoute {
    const permit = (call: RestCall): Promise<void> =>
      this.#parts.authorization.permit(call.principal, access, sessionOf(call))
    return { method, path: HUB_REST_ROUTES[resource].path, permit, run }
  }

  async #create({ principal }: RestCall, asked: HubCreateSessionBody): Promise<RestAnswer> {
    const { authorization, sessions, context } = this.#parts
    authorization.takeCreation(principal)
    const { label, task, agent, visibility = 'private', tags, metadata } = asked
    const data = defined({ mode: 'tui', visibility, task, agent, metadata, ...publishedPartsOf(asked) })
    const requested = asked.visibility
    const reach = requested === undefined ? context.reach : reachOf(requested)
    const record = await sessions.create(undefined, { ...infoOf(label, tags, data), owner: principal.id, reach })
    const created: HubSessionCreated = { sessionId: record.id, status: record.status, mode: 'tui', visibility }
    return { status: 201, body: created }
  }

  async #list(call: RestCall): Promise<RestAnswer> {
    const { query, principal } = call
    if (['search', 'offset', 'includeArchived'].some((name) => query.has(name))) return this.#search(call)
    const limit = numberIn(query, 'limit', DEFAULT_HISTORY, MAX_HISTORY)
    const status = query.get('status') ?? undefined
    const shown: SessionRecord[] = []
    let next = query.get('cursor') ?? undefined
    // A principal that may see few of many gets those few, and not page after page of none.
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const page = await this.#parts.context.log.listSessions({ limit: limit - shown.length, cursor: next, status })
      shown.push(...page.sessions.filter((one) => one.status !== INTERNAL_STATUS && isVisible(principal, one)))
      next = page.next
      if (next === undefined || shown.length >= limit) break
    }
    const websocket = await Promise.all(shown.map((record) => this.#summary(record)))
    const more = next === undefined ? {} : { next }
    return { body: { sessions: { websocket, sandbox: [] }, total: websocket.length, ...more } }
  }

  /** The list as published clients ask for it: by words and by place. */
  async #search({ query, principal }: RestCall): Promise<RestAnswer> {
    const limit = numberIn(query, 'limit', DEFAULT_HISTORY, MAX_HISTORY)
    const offset = numberIn(query, 'offset', 0, Number.MAX_SAFE_INTEGER)
    const withArchived = query.get('includeArchived') !== 'false'
    const text = query.get('search') || undefined
    const isShown = (one: SessionRecord): boolean =>
      one.status !== INTERNAL_STATUS && (withArchived || one.status !== 'archived') && isVisible(principal, one)
    const status = query.get('status') ?? undefined
    const found = await searchSessions(this.#parts.context.log, { text, limit, offset }, isShown, { status })
    const websocket = await Promise.all(found.sessions.map((record) => this.#summary(record)))
    return { body: { sessions: { websocket, sandbox: [] }, total: found.total, limit, offset } }
  }

  async #session(call: RestCall): Promise<RestAnswer> {
    return { body: await this.#summary(await this.#record(call)) }
  }

  async #remove(call: RestCall): Promise<RestAnswer> {
    const { id: sessionId } = await this.#record(call)
    await this.#parts.context.log.removeSession(sessionId)
    return { body: { sessionId, status: 'deleted' } }
  }

  async #change(call: RestCall, asked: HubUpdateSessionBody): Promise<RestAnswer> {
    const { context, sessions } = this.#parts
    const { principal } = call
    const before = await this.#record(call)
    const { id: sessionId } = before
    const { label, tags, visibility, metadata } = asked
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
    return { body: await this.#summary(record) }
  }

  async #status(call: RestCall, status: string): Promise<RestAnswer> {
    const { id: sessionId } = await this.#record(call)
    const record = await this.#parts.context.log.updateSession(sessionId, { status })
    const session = await this.#parts.sessions.open(sessionId)
    if (session !== undefined) session.record = record
    return { body: { sessionId, status } }
  }

  async #participants(call: RestCall): Promise<RestAnswer> {
    const { id: sessionId } = await this.#record(call)
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
    return { body: { sessionId, participants } }
  }

  async #history(call: RestCall): Promise<RestAnswer> {
    const { query } = call
    const limit = numberIn(query, 'limit', DEFAULT_HISTORY, MAX_HISTORY)
    const offset = numberIn(query, 'offset', 0, Number.MAX_SAFE_INTEGER)
    const { log } = this.#parts.context
    const { id: sessionId } = await this.#record(call)
    const { first, last } = await log.head(sessionId)
    const page = await log.read(sessionId, { after: first - 1 + offset, limit })
    return { body: { sessionId, events: page.events.map(historyEvent), total: last - first + 1 } }
  }

  async #events(call: RestCall): Promise<undefined> {
    const { request, response, principal } = call
    const { id: sessionId } = await this.#record(call)
    const { streams, context, count } = this.#parts
    if (count() >= context.limits.maxConnections) {
      throw new HubError('hub/unavailable', 'The hub has as many connections as it may.')
    }
    this.#parts.authorization.takeUpgrade(principal)
    response.once('close', this.#parts.authorization.connected(principal))
    await streams.open(request, response, sessionId, principal)
  }

  /** How a lead that works in rounds stands, from its events in the log. */
  async #loop(call: RestCall): Promise<RestAnswer> {
    const record = await this.#record(call)
    const { id: sessionId } = record
    const { session, release } = await this.#parts.sessions.enter(sessionId, call.principal.id)
    try {
      const workflowMode = workflowModeOf(record, session)
      const loop =
        workflowMode === 'loop'
          ? { status: 'idle', iteration: 0, ...loopOf(record.data['loop']), ...session.state.loop }
          : null
      const state: HubLoopState = { sessionId, workflowMode, loop }
      return { body: state }
    } finally {
      release()
    }
  }

  async #record(call: RestCall): Promise<SessionRecord> {
    const record = await this.#parts.context.log.findSession(sessionOf(call))
    if (record === null || record.status === INTERNAL_STATUS)
      throw new HubError('hub/not_found', 'There is no such session.')
    demandVisible(call.principal, record)
    return record
  }

  async #summary(record: SessionRecord): Promise<HubSessionSummary> {
    const { sessions, context } = this.#parts
    const session = await sessions.open(record.id)
    return summaryOf(record, session, context.remotePresence, sessions.lastActivityOf(record.id))
  }
}

function sessionOf({ parameters }: RestCall): string {
  return parameters['id'] ?? ''
}

/** A reader of bodies that reports what is wrong with one. */
function understood<T>(parse: (body: unknown) => Decoded<T>): (body: unknown) => T {
  return (body) => {
    const parsed = parse(body)
    if (parsed.ok) return parsed.message
    throw new HubError('hub/bad_request', parsed.issue)
  }
}

function notOffered(resource: string | undefined): never {
  throw new HubError('hub/not_offered', `This hub has no ${resource ?? 'such resource'}.`)
}

/** What published clients say of a session beside what the hub itself understands: kept, and sent again. */
function publishedPartsOf(body: object): Fields {
  const { workflowMode, loop, skills, defaultAgent } = asFields(body)
  return defined({
    workflowMode: workflowMode === 'loop' ? 'loop' : undefined,
    loop: loopOf(loop),
    skills: Array.isArray(skills) && skills.length > 0 ? skills : undefined,
    defaultAgent: typeof defaultAgent === 'string' ? defaultAgent : undefined,
  })
}
