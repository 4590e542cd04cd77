import * as published from '@agentuity/core/coder'
import * as ours from '@holdfast/hub/compat/schemas'
import { expect, it } from 'vitest'

/** By the name of a schema: what fits it, and what does not. */
const EXAMPLES: Readonly<Record<string, { readonly good: readonly object[]; readonly bad: readonly unknown[] }>> = {
  ServerMessageSchema: {
    good: [
      { type: 'init', role: 'observer', sessionId: 's' },
      { type: 'broadcast', event: 'agent_start', data: {}, category: 'agent', sessionId: 's', timestamp: 1 },
      { id: '1', actions: [{ action: 'ACK' }] },
      { type: 'pong', timestamp: 1 },
    ],
    bad: [
      { type: 'never-heard-of' },
      { type: 'pong' },
      { error: 'no' },
      { id: '1', actions: [{ action: 'NONE' }] },
      null,
    ],
  },
  ClientMessageSchema: {
    good: [
      { type: 'ping', timestamp: 1 },
      { type: 'command', id: '1', name: 'run', args: '' },
      { type: 'subscribe', patterns: ['agent'] },
    ],
    bad: [{ type: 'never-heard-of' }, { type: 'command', id: '1', name: 'run' }, 7],
  },
  ObserverSseMessageSchema: {
    good: [{ type: 'hydration', sessionId: 's', entries: [{ type: 'message', timestamp: 1, content: 'x' }] }],
    bad: [{ type: 'hydration', sessionId: 's' }, { type: 'never-heard-of' }],
  },
  CoderHubLeadInitMessageSchema: {
    good: [{ type: 'init', role: 'lead', tools: [], commands: [], agents: [], config: {} }],
    bad: [{ type: 'init', role: 'observer' }],
  },
  CoderHubEventNameSchema: { good: [], bad: ['never_heard_of', 1] },
  CoderSessionVisibilitySchema: { good: [], bad: ['everybody'] },
  ConversationEntrySchema: {
    good: [{ type: 'tool_call', timestamp: 1, toolName: 't', toolArgs: { a: 1 } }],
    bad: [{ type: 'tool_call' }, { type: 'tool_call', timestamp: 'now' }],
  },
  CoderHubToolDefinitionSchema: {
    good: [{ name: 'n', label: 'l', description: 'd', parameters: {} }],
    bad: [{ name: 'n', label: 'l', description: 'd', parameters: [] }],
  },
}

interface AnySchema {
  safeParse(value: unknown): { readonly success: boolean; readonly data?: unknown }
}

function schemaOf(module: object, name: string): AnySchema {
  const found: unknown = Object.entries(module).find(([key]) => key === name)?.[1]
  const isSchema = (value: unknown): value is AnySchema =>
    typeof value === 'object' && value !== null && 'safeParse' in value
  if (!isSchema(found)) throw new Error(`${name} is no schema`)
  return found
}

it('every schema of compat/schemas has the name of a published one', () => {
  for (const name of Object.keys(ours)) expect(() => schemaOf(published, name), name).not.toThrow()
  expect(Object.keys(ours).length).toBeGreaterThan(65)
})

it.each(Object.entries(EXAMPLES))(
  'the schema of %s accepts and refuses what the published one does',
  (name, { good, bad }) => {
    for (const value of good) {
      const [theirs, mine] = [schemaOf(published, name).safeParse(value), schemaOf(ours, name).safeParse(value)]
      expect(theirs, `${name} ${JSON.stringify(value)}`).toEqual({ success: true, data: value })
      expect(mine, `${name} ${JSON.stringify(value)}`).toEqual({ success: true, data: value })
    }
    for (const value of bad) {
      expect(schemaOf(published, name).safeParse(value).success, JSON.stringify(value)).toBe(false)
      expect(schemaOf(ours, name).safeParse(value).success, JSON.stringify(value)).toBe(false)
    }
  },
)
