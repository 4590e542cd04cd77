import type { IncomingMessage, ServerResponse } from 'node:http'
import { allowOrigin, hasScope, type Principal, preflight, sendJson } from '@holdfast/gate/internals'
import { HUB_REST_PREFIXES } from '@holdfast/protocol/hub'
import type { HubContext } from '../context.ts'
import type { Admission } from '../endpoints/admission.ts'
import { isoTime, readBody } from '../endpoints/http.ts'
import { HubError } from '../errors.ts'
import { defined } from '../state/entries.ts'
import { AgentCatalog, noAgent } from './agent-catalog.ts'
import type { AgentFields } from './agent-fields.ts'
import type { Agent, AgentVersion } from './agent-state.ts'

/** What a path below `agents` names, and the methods that it takes. */
const ROUTES = {
  all: ['GET', 'POST'],
  one: ['GET', 'PATCH'],
  publish: ['POST'],
  archive: ['POST'],
  versions: ['GET'],
} as const

interface Target {
  readonly route: keyof typeof ROUTES
  readonly name: string
}

/**
 * Custom agents over HTTP, as published clients ask for them (hub §7). What nobody has published is there for its owner, and
 * for the scope `admin`; what is published for whoever may observe. Owners change theirs, with the scope `control` or `lead`.
 */
export class AgentRequests {
  readonly #context: HubContext
  readonly #admission: Admission
  readonly #catalog: AgentCatalog

  constructor(context: HubContext, admission: Admission) {
    this.#context = context
    this.#admission = admission
    this.#catalog = new AgentCatalog(context)
  }

  handles(pathname: string): boolean {
    return targetOf(pathname) !== undefined
  }

  /** @throws HubError */
  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const target = targetOf(url.pathname)
    if (target === undefined) throw new HubError('hub/not_found', 'There is nothing here.')
    this.#admission.demandOrigin(request)
    allowOrigin(request, response)
    const methods: readonly string[] = ROUTES[target.route]
    const { method = '' } = request
    if (method === 'OPTIONS') return preflight(response, methods)
    if (!methods.includes(method)) {
      response.setHeader('allow', methods.join(', '))
      throw new HubError('hub/method_not_allowed', `Expected ${methods.join(' or ')}.`)
    }
    const principal = await this.#admission.demand(request)
    if (principal.grant !== undefined) throw new HubError('hub/forbidden', 'A grant does not reach so far.')
    await this.#admission.permit(principal, method === 'GET' ? 'observe' : 'manage', '')
    await (method === 'GET'
      ? this.#read(target, principal, response, url.searchParams)
      : this.#change(target, principal, request, response))
  }

  async #read({ route, name }: Target, principal: Principal, response: ServerResponse, query: URLSearchParams) {
    if (route === 'all') {
      const withArchived = query.get('includeArchived') === 'true'
      const seen = (await this.#catalog.list()).filter((one) => isVisible(principal, one))
      const shown = seen.filter((one) => withArchived || !one.isArchived)
      return sendJson(response, 200, { agents: shown.map((one) => told(one, principal)) })
    }
    const agent = await this.#visible(principal, name)
    if (route === 'versions') {
      const versions = agent.versions.map((one) => toldVersion(agent, one)).reverse()
      return sendJson(response, 200, { versions })
    }
    sendJson(response, 200, { agent: told(agent, principal) })
  }

  async #change({ route, name }: Target, principal: Principal, request: IncomingMessage, response: ServerResponse) {
    const body = await readBody(request, this.#context.limits.maxBodyBytes)
    if (route === 'all') {
      const made = await this.#catalog.create(principal, body)
      return sendJson(response, 201, { agent: told(made, principal) })
    }
    const { id, owner } = await this.#visible(principal, name)
    if (owner !== principal.id && !hasScope(principal)) {
      throw new HubError('hub/forbidden', 'Only its owner changes an agent.')
    }
    const changed = await this.#changed(route, id, principal, body)
    sendJson(response, 200, { agent: told(changed, principal) })
  }

  #changed(route: Target['route'], id: string, principal: Principal, body: unknown): Promise<Agent> {
    if (route === 'publish') return this.#catalog.publish(id, principal)
    return route === 'archive' ? this.#catalog.archive(id) : this.#catalog.update(id, body)
  }

  async #visible(principal: Principal, name: string): Promise<Agent> {
    const agents = await this.#catalog.list()
    const agent = agents.find(({ id }) => id === name) ?? agents.find((one) => isCalled(one, name, principal))
    if (agent !== undefined && isVisible(principal, agent)) return agent
    throw noAgent()
  }
}

function targetOf(pathname: string): Target | undefined {
  const prefix = HUB_REST_PREFIXES.find((candidate) => pathname.startsWith(`${candidate}/agents`))
  if (prefix === undefined) return undefined
  const [, resource, name, action, ...more] = pathname.slice(prefix.length).replace(/\/$/, '').split('/')
  if (resource !== 'agents' || more.length > 0) return undefined
  if (name === undefined) return { route: 'all', name: '' }
  const route = action === undefined ? 'one' : action
  if (route !== 'one' && route !== 'publish' && route !== 'archive' && route !== 'versions') return undefined
  try {
    return { route, name: decodeURIComponent(name) }
  } catch {
    return undefined
  }
}

function isOwners({ owner }: Agent, principal: Principal): boolean {
  return owner === principal.id || hasScope(principal)
}

function isVisible(principal: Principal, agent: Agent): boolean {
  return isOwners(agent, principal) || agent.versions.length > 0
}

/** Its name, as this principal knows it. */
function isCalled(agent: Agent, name: string, principal: Principal): boolean {
  const published = agent.versions.at(-1)?.fields.slug
  return published === name || (isOwners(agent, principal) && agent.draft.slug === name)
}

/** An agent in the words of published clients: the draft for its owner, what is published for everybody else. */
function told(agent: Agent, principal: Principal): object {
  const { id, owner, createdAt, updatedAt, isArchived, draft, versions } = agent
  const latest = versions.at(-1)
  const isOwn = isOwners(agent, principal)
  const shown: AgentFields = isOwn ? draft : (latest?.fields ?? draft)
  const isChanged = latest === undefined || JSON.stringify(latest.fields) !== JSON.stringify(draft)
  return defined({
    ...shown,
    id,
    ownerUserId: owner,
    lifecycle: isArchived ? 'archived' : latest === undefined ? 'draft' : 'published',
    visibility: latest === undefined ? 'private_draft' : 'org',
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(isOwn ? updatedAt : (latest?.at ?? updatedAt)),
    hasPublishedVersion: latest !== undefined,
    hasUnpublishedChanges: isOwn && isChanged,
    latestPublishedVersion: latest?.version,
    latestPublishedAt: latest === undefined ? undefined : isoTime(latest.at),
    published: latest === undefined ? undefined : toldVersion(agent, latest),
    draft: isOwn ? draft : undefined,
  })
}

function toldVersion({ id }: Agent, { version, by, at, fields }: AgentVersion): object {
  return { ...fields, id: `${id}.${version}`, agentId: id, version, createdByUserId: by, createdAt: isoTime(at) }
}
