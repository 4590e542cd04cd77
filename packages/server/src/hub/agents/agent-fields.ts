import type { Fields } from '@holdfast/protocol/hub'
import { HubError } from '../errors.ts'
import { asFields, defined } from '../state/entries.ts'

/** What a custom agent is told to be, as published clients write it. */
export interface AgentFields {
  readonly slug: string
  readonly displayName: string
  readonly description?: string | undefined
  readonly instructions: string
  readonly model?: string | undefined
  readonly thinkingLevel?: string | undefined
  readonly headlessCompatible: boolean
  readonly tools: readonly string[]
  readonly serviceTools: readonly string[]
  /** Skills are not kept here, so there are none. */
  readonly savedSkills: readonly never[]
  readonly companionAgents: readonly string[]
}

/** Everything that an agent is told, as JSON. */
const MAX_FIELDS_BYTES = 65_536
const MAX_LIST = 256
/** Stands in URLs. */
const SLUG = /^[A-Za-z0-9][\w.-]{0,63}$/
const LEVELS: ReadonlySet<unknown> = new Set(['off', 'minimal', 'low', 'medium', 'high', 'xhigh'])

const NEW = {
  headlessCompatible: false,
  tools: [],
  serviceTools: [],
  savedSkills: [],
  companionAgents: [],
} as const satisfies Partial<AgentFields>

/** What somebody asks of them; what is absent stays as it is. */
type AgentChanges = { readonly [K in keyof AgentFields]?: AgentFields[K] | undefined }

/** The fields of a new agent. @throws HubError `hub/bad_request`, `hub/not_offered`, `hub/too_large` */
export function newAgentFields(body: unknown): AgentFields {
  const { slug, displayName, instructions, ...more } = changesIn(asFields(body))
  if (slug === undefined || displayName === undefined || instructions === undefined) {
    throw bad('expected slug, displayName and instructions')
  }
  return bounded(changed({ ...NEW, slug, displayName, instructions }, more))
}

/** The fields after a change: null takes away what may be absent. @throws as {@link newAgentFields} */
export function changedAgentFields(before: AgentFields, body: unknown): AgentFields {
  const said = asFields(body)
  const kept = {
    ...before,
    ...(said['description'] === null ? { description: undefined } : {}),
    ...(said['model'] === null ? { model: undefined } : {}),
    ...(said['thinkingLevel'] === null ? { thinkingLevel: undefined } : {}),
  }
  return bounded(changed(kept, changesIn(said)))
}

function changed(before: AgentFields, said: AgentChanges): AgentFields {
  return defined({
    slug: said.slug ?? before.slug,
    displayName: said.displayName ?? before.displayName,
    description: said.description ?? before.description,
    instructions: said.instructions ?? before.instructions,
    model: said.model ?? before.model,
    thinkingLevel: said.thinkingLevel ?? before.thinkingLevel,
    headlessCompatible: said.headlessCompatible ?? before.headlessCompatible,
    tools: said.tools ?? before.tools,
    serviceTools: said.serviceTools ?? before.serviceTools,
    savedSkills: [],
    companionAgents: said.companionAgents ?? before.companionAgents,
  })
}

function changesIn(body: Fields): AgentChanges {
  const slug = textIn(body, 'slug')
  if (slug !== undefined && !SLUG.test(slug)) throw bad('slug: expected 1 to 64 letters, digits and . _ -')
  const level = textIn(body, 'thinkingLevel')
  if (level !== undefined && !LEVELS.has(level)) throw bad(`thinkingLevel: expected ${[...LEVELS].join(', ')}`)
  const skills = listIn(body, 'savedSkillIds')
  if (skills !== undefined && skills.length > 0) {
    throw new HubError('hub/not_offered', 'This hub keeps no skills: leave savedSkillIds out.')
  }
  return {
    slug,
    displayName: textIn(body, 'displayName'),
    description: textIn(body, 'description'),
    instructions: textIn(body, 'instructions'),
    model: textIn(body, 'model'),
    thinkingLevel: level,
    headlessCompatible: switchIn(body, 'headlessCompatible'),
    tools: listIn(body, 'tools'),
    serviceTools: listIn(body, 'serviceTools'),
    companionAgents: listIn(body, 'companionAgents'),
  }
}

function bounded(fields: AgentFields): AgentFields {
  if (fields.displayName === '') throw bad('displayName: expected some text')
  if (JSON.stringify(fields).length <= MAX_FIELDS_BYTES) return fields
  throw new HubError('hub/too_large', `An agent may have ${MAX_FIELDS_BYTES} characters in all.`)
}

function textIn(body: Fields, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw bad(`${name}: expected a text`)
}

function switchIn(body: Fields, name: string): boolean | undefined {
  const value = body[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw bad(`${name}: expected true or false`)
}

function listIn(body: Fields, name: string): readonly string[] | undefined {
  const value = body[name]
  if (value === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(value) ? value : [undefined]
  const texts = list.filter((one): one is string => typeof one === 'string')
  if (texts.length === list.length && texts.length <= MAX_LIST) return texts
  throw bad(`${name}: expected a list of at most ${MAX_LIST} texts`)
}

function bad(message: string): HubError {
  return new HubError('hub/bad_request', `body.${message}`.replace('body.expected', 'body: expected'))
}
