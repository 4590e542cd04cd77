import type { Fields } from '@holdfast/protocol/hub'
import { isFields } from './entries.ts'

/** As JSON, of one part: it is kept with the session's state, and told to whoever joins. */
const MAX_PART_CHARS = 16_384

/** The events that say how a coding agent stands. */
export const AGENT_EVENTS: ReadonlySet<string> = new Set([
  'plan_updated',
  'usage_update',
  'agent_options',
  'config_option_update',
  'current_mode_update',
])

/**
 * How a coding agent stands after one more event: its plan, its usage, and what can be chosen, each as it was told last. Of
 * other events it is what it was. A part that is too large to be kept is left out: it is told as it happens.
 */
export function agentAfter(before: Fields | undefined, event: string, data: Fields): Fields | undefined {
  switch (event) {
    case 'plan_updated':
      return withParts(before, { plan: data })
    case 'usage_update':
      return withParts(before, { usage: data })
    case 'agent_options':
    case 'config_option_update': {
      const { modes, configOptions } = data
      return withParts(before, { modes, configOptions })
    }
    case 'current_mode_update': {
      const modes = isFields(before?.['modes']) ? before['modes'] : {}
      return withParts(before, { modes: { ...modes, currentModeId: data['currentModeId'] } })
    }
    default:
      return before
  }
}

function withParts(before: Fields | undefined, parts: Fields): Fields | undefined {
  const given = Object.entries(parts).filter(([, part]) => part !== undefined)
  const kept = given.map(([name, part]) => [name, JSON.stringify(part).length > MAX_PART_CHARS ? undefined : part])
  return given.length === 0 ? before : { ...before, ...Object.fromEntries(kept) }
}
