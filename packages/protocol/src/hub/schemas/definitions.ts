import * as z from 'zod'
import { fields, object, word } from '../../schema-kit.ts'

const maybeText = z.string().optional()
const maybeTexts = z.array(z.string()).optional()

export const hubToolDefinition = object({
  name: z.string(),
  label: z.string(),
  description: z.string(),
  parameters: fields().describe('JSON Schema of the parameters.'),
  promptSnippet: maybeText,
  promptGuidelines: maybeText,
  timeoutMs: z.number().optional(),
}).describe('A tool that the hub offers to agents. Hub §4.')

export const hubCommandDefinition = object({ name: z.string(), description: z.string() }).describe(
  'A command that a person may type. Hub §4.',
)

export const hubAgentDefinition = object({
  name: z.string(),
  displayName: maybeText,
  source: word('builtin', 'custom').optional(),
  description: z.string(),
  systemPrompt: z.string(),
  model: maybeText,
  tools: maybeTexts.describe('Names of the tools that it may use.'),
  temperature: z.number().optional(),
  thinkingLevel: maybeText,
  readOnly: z.boolean().optional(),
  hubTools: z.array(hubToolDefinition).optional(),
  capabilities: maybeTexts,
  strictToolSelection: z.boolean().optional(),
  status: word('available', 'busy', 'offline').optional(),
}).describe('An agent that the hub knows. Hub §4.')
