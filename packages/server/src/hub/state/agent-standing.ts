import type { Fields } from '@holdfast/protocol/hub'
import { isFields } from './entries.ts'

/** As JSON, of one part: it is kept with the session's state, and sent to clients that join. */
const MAX_PART_CHARS = 16_384

/** What an event of a coding agent says of its standing. */
type PartsOf = (data: Fields, before: Fields | undefined) => Fields

const optionsIn: PartsOf = ({ modes, configOptions }) => ({ modes, configOptions })

const PARTS: ReadonlyMap<string, PartsOf> = new Map([
  ['plan_updated', (data) => ({ plan: data })],
  ['usage_update', (data) => ({ usage: data })],
  ['agent_options', optionsIn],
  ['config_option_update', optionsIn],
  [
    'current_mode_update',
    (data, before) => {
      const modes = isFields(before?.['modes']) ? before['modes'] : {}
      return { modes: { ...modes, currentModeId: data['currentModeId'] } }
    },
  ],
])

/** The events that say how a coding agent stands. */
export const AGENT_EVENTS: ReadonlySet<string> = new Set(PARTS.keys())

/**
 * How a coding agent stands after one more event: its plan, its usage, and what can be chosen, each as last received. Of
 * other events it is what it was. A part that is too large to be kept is left out: it is sent as it happens.
 */
export function agentAfter(before: Fields | undefined, event: string, data: Fields): Fields | undefined {
  const partsOf = PARTS.get(event)
  return partsOf === undefined ? before : withParts(before, partsOf(data, before))
}

function withParts(before: Fields | undefined, parts: Fields): Fields | undefined {
  const given = Object.entries(parts).filter(([, part]) => part !== undefined)
  const kept = given.map(([name, part]) => [name, JSON.stringify(part).length > MAX_PART_CHARS ? undefined : part])
  return given.length === 0 ? before : { ...before, ...Object.fromEntries(kept) }
}
