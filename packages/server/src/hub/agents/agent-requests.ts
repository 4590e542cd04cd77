import {
  bodyOf,
  hasScope,
  type Principal,
  type RestAnswer,
  type RestCall,
  type RestRoute,
  type RestRun,
  withBody,
} from '@holdfast/gate/internals'
import { agentBody, agentChangeBody } from '../../generated/checks.ts'
import type { AgentFields } from '../../generated/types.ts'
import type { Authorization } from '../endpoints/authorization.ts'
import { isoTime } from '../endpoints/http.ts'
import { HubError } from '../errors.ts'
import { defined } from '../state/entries.ts'
import { type AgentCatalog, noAgent } from './agent-catalog.ts'
import type { Agent, AgentVersion } from './agent-state.ts'

/**
 * The REST routes of custom agents, as published clients use them (hub §7). Unpublished agents are visible to their
 * owner and to the scope `admin`; published ones to everyone who may observe. Owners change theirs, with the scope
 * `control` or `lead`.
 */
export function agentRoutes(catalog: AgentCatalog, authorization: Authorization): readonly RestRoute[] {
  const on = (method: 'GET' | 'POST' | 'PATCH', path: string, run: RestRun): RestRoute => ({
    method,
    path: `/agents${path}`,
    permit: async ({ principal }) => {
      if (principal.grant !== undefined) throw new HubError('hub/forbidden', 'A grant does not reach so far.')
      await authorization.permit(principal, method === 'GET' ? 'observe' : 'manage', '')
    },
    run,
  })
  const shown = (agent: Agent, { principal }: RestCall, status = 200): RestAnswer => ({
    status,
    body: { agent: agentFields(agent, principal) },
  })
  const changed = (change: (agent: Agent, call: RestCall) => Promise<Agent>): RestRun => {
    return async (call) => shown(await change(await owned(catalog, call), call), call)
  }
  return [
    on('GET', '', async ({ principal, query }) => {
      const withArchived = query.get('includeArchived') === 'true'
      const seen = (await catalog.list()).filter((one) => isVisible(principal, one))
      const agents = seen.filter((one) => withArchived || !one.isArchived).map((one) => agentFields(one, principal))
      return { body: { agents } }
    }),
    on(
      'POST',
      '',
      withBody(bodyOf(agentBody), async (call, body) => shown(await catalog.create(call.principal, body), call, 201)),
    ),
    on('GET', '/{name}', async (call) => shown(await visible(catalog, call), call)),
    on(
      'PATCH',
      '/{name}',
      changed(async ({ id }, call) => catalog.update(id, bodyOf(agentChangeBody)(await call.body()))),
    ),
    on(
      'POST',
      '/{name}/publish',
      changed(({ id }, { principal }) => catalog.publish(id, principal)),
    ),
    on(
      'POST',
      '/{name}/archive',
      changed(({ id }) => catalog.archive(id)),
    ),
    on('GET', '/{name}/versions', async (call) => {
      const agent = await visible(catalog, call)
      return { body: { versions: agent.versions.map((one) => versionBody(agent, one)).reverse() } }
    }),
  ]
}

async function visible(catalog: AgentCatalog, { principal, parameters }: RestCall): Promise<Agent> {
  const { name = '' } = parameters
  const agents = await catalog.list()
  const agent = agents.find(({ id }) => id === name) ?? agents.find((one) => isCalled(one, name, principal))
  if (agent !== undefined && isVisible(principal, agent)) return agent
  throw noAgent()
}

async function owned(catalog: AgentCatalog, call: RestCall): Promise<Agent> {
  const agent = await visible(catalog, call)
  if (isOwners(agent, call.principal)) return agent
  throw new HubError('hub/forbidden', 'Only its owner changes an agent.')
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
function agentFields(agent: Agent, principal: Principal): object {
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
    published: latest === undefined ? undefined : versionBody(agent, latest),
    draft: isOwn ? draft : undefined,
  })
}

function versionBody({ id }: Agent, { version, by, at, fields }: AgentVersion): object {
  return { ...fields, id: `${id}.${version}`, agentId: id, version, createdByUserId: by, createdAt: isoTime(at) }
}
