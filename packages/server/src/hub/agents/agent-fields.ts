import type { AgentBody, AgentChangeBody, AgentFields } from '../../generated/types.ts'
import { HubError } from '../errors.ts'
import { defined } from '../state/entries.ts'

/** Everything that an agent gets, as JSON. */
const MAX_FIELDS_BYTES = 65_536
const MAX_LIST = 256

const NEW = {
  headlessCompatible: false,
  tools: [],
  serviceTools: [],
  savedSkills: [],
  companionAgents: [],
} as const satisfies Partial<AgentFields>

/** The fields of a new agent. @throws HubError `hub/not_offered`, `hub/too_large`, `hub/bad_request` */
export function newAgentFields(body: AgentBody): AgentFields {
  const { slug, displayName, instructions } = body
  return changedAgentFields({ ...NEW, slug, displayName, instructions }, body)
}

/** The fields after a change: null takes away what may be absent. @throws as {@link newAgentFields} */
export function changedAgentFields(before: AgentFields, said: AgentChangeBody): AgentFields {
  const { savedSkillIds = [], description = before.description, model = before.model } = said
  const { thinkingLevel = before.thinkingLevel } = said
  if (savedSkillIds.length > 0) {
    throw new HubError('hub/not_offered', 'This hub keeps no skills: leave savedSkillIds out.')
  }
  return bounded({
    slug: said.slug ?? before.slug,
    displayName: said.displayName ?? before.displayName,
    ...defined({ description: description ?? undefined }),
    instructions: said.instructions ?? before.instructions,
    ...defined({ model: model ?? undefined, thinkingLevel: thinkingLevel ?? undefined }),
    headlessCompatible: said.headlessCompatible ?? before.headlessCompatible,
    tools: said.tools ?? before.tools,
    serviceTools: said.serviceTools ?? before.serviceTools,
    savedSkills: [],
    companionAgents: said.companionAgents ?? before.companionAgents,
  })
}

function bounded(fields: AgentFields): AgentFields {
  if (fields.displayName === '') throw new HubError('hub/bad_request', 'body.displayName: expected some text')
  for (const name of ['tools', 'serviceTools', 'companionAgents'] as const) {
    if (fields[name].length <= MAX_LIST) continue
    throw new HubError('hub/bad_request', `body.${name}: expected a list of at most ${MAX_LIST} texts`)
  }
  if (JSON.stringify(fields).length <= MAX_FIELDS_BYTES) return fields
  throw new HubError('hub/too_large', `An agent may have ${MAX_FIELDS_BYTES} characters in all.`)
}
