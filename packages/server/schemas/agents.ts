import { object } from '@holdfast/protocol/internals/schemas'
import * as z from 'zod'

export const agentFields = object({
  slug: z.string(),
  displayName: z.string(),
  description: z.string().optional(),
  instructions: z.string(),
  model: z.string().optional(),
  thinkingLevel: z.string().optional(),
  headlessCompatible: z.boolean(),
  tools: z.array(z.string()),
  serviceTools: z.array(z.string()),
  savedSkills: z.array(z.unknown()).describe('This server stores no skills, so the list is empty.'),
  companionAgents: z.array(z.string()),
}).describe('The definition of a custom agent, as published clients write it.')

const version = {
  version: z.number(),
  by: z.string(),
  at: z.number().describe('In milliseconds since 1970.'),
  fields: agentFields,
}

export const agentVersion = object(version).describe(
  'What others use of an agent: as it was at one moment, and never changed.',
)

const owned = {
  id: z.string(),
  owner: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  isArchived: z.boolean(),
  draft: agentFields,
}

export const agent = object({
  ...owned,
  versions: z.array(agentVersion).describe('The newest last; the oldest of very many are forgotten.'),
}).describe('A custom agent: what its owner works on, and what others have of it.')

export const agentsSnapshot = z.array(agent).describe('All custom agents.')

export const agentRecord = z
  .discriminatedUnion('t', [
    object({ t: z.literal('agent'), ...owned }).describe('An agent after a change of its owner, without its versions.'),
    object({ t: z.literal('version'), id: z.string(), ...version }).describe('One more version.'),
  ])
  .describe('A change of a custom agent.')

const slug = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/)
  .meta({ title: '1 to 64 letters, digits and . _ -' })
const text = z.string().optional()
const list = z.array(z.string()).optional()
const level = z.enum(['off', 'minimal', 'low', 'medium', 'high', 'xhigh'])

export const agentChangeBody = object({
  slug: slug.optional(),
  displayName: text,
  description: z.string().nullable().optional().describe('`null` takes it away.'),
  instructions: text,
  model: z.string().nullable().optional().describe('`null` takes it away.'),
  thinkingLevel: level.nullable().optional().describe('`null` takes it away.'),
  headlessCompatible: z.boolean().optional(),
  tools: list,
  serviceTools: list,
  companionAgents: list,
  savedSkillIds: z.array(z.unknown()).optional().describe('This hub keeps no skills: none, or left out.'),
}).describe('Body of `PATCH /agents/{name}`: what is absent stays as it is. Hub §7.')

export const agentBody = object({
  ...agentChangeBody.shape,
  slug,
  displayName: z.string(),
  instructions: z.string(),
}).describe('Body of `POST /agents`. Hub §7.')
