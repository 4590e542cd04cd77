import {
  array,
  type Fields,
  fields,
  maybeBoolean,
  maybeNumber,
  maybeText,
  type Open,
  object,
  optional,
  type Shape,
  text,
  word,
} from '../shape.ts'

/** A tool that the hub offers to agents. Hub §4. */
export interface HubToolDefinition {
  readonly name: string
  readonly label: string
  readonly description: string
  /** JSON Schema of the parameters. */
  readonly parameters: Fields
  readonly promptSnippet?: string | undefined
  readonly promptGuidelines?: string | undefined
  readonly timeoutMs?: number | undefined
}

/** A command that a person may type. Hub §4. */
export interface HubCommandDefinition {
  readonly name: string
  readonly description: string
}

/** An agent that the hub knows. Hub §4. */
export interface HubAgentDefinition {
  readonly name: string
  readonly displayName?: string | undefined
  readonly source?: Open<'builtin' | 'custom'> | undefined
  readonly description: string
  readonly systemPrompt: string
  readonly model?: string | undefined
  /** Names of the tools that it may use. */
  readonly tools?: readonly string[] | undefined
  readonly temperature?: number | undefined
  readonly thinkingLevel?: string | undefined
  readonly readOnly?: boolean | undefined
  readonly hubTools?: readonly HubToolDefinition[] | undefined
  readonly capabilities?: readonly string[] | undefined
  readonly strictToolSelection?: boolean | undefined
  readonly status?: Open<'available' | 'busy' | 'offline'> | undefined
}

export const toolDefinition: Shape<HubToolDefinition> = object<HubToolDefinition>({
  name: text,
  label: text,
  description: text,
  parameters: fields,
  promptSnippet: maybeText,
  promptGuidelines: maybeText,
  timeoutMs: maybeNumber,
})

export const commandDefinition: Shape<HubCommandDefinition> = object<HubCommandDefinition>({
  name: text,
  description: text,
})

export const agentDefinition: Shape<HubAgentDefinition> = object<HubAgentDefinition>({
  name: text,
  displayName: maybeText,
  source: optional(word()),
  description: text,
  systemPrompt: text,
  model: maybeText,
  tools: optional(array(text)),
  temperature: maybeNumber,
  thinkingLevel: maybeText,
  readOnly: maybeBoolean,
  hubTools: optional(array(toolDefinition)),
  capabilities: optional(array(text)),
  strictToolSelection: maybeBoolean,
  status: optional(word()),
})
