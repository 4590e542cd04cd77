import type { Fields } from '@holdfast/protocol/hub'
import { isFields } from './entries.ts'

/** What an event of a loop says of how it stands. */
const STATUS: Readonly<Record<string, string>> = {
  loop_started: 'running',
  loop_resumed: 'running',
  loop_paused: 'paused',
  loop_blocked: 'blocked',
  loop_completed: 'completed',
  loop_cancelled: 'cancelled',
}

const TEXTS = ['goal', 'summary', 'nextAction', 'loopId', 'activePrdKey', 'activePrdTaskId'] as const
const NUMBERS = ['iteration', 'maxIterations', 'startedAt', 'updatedAt', 'completedAt', 'lastCheckpointAt'] as const
const SWITCHES = ['autoContinue', 'allowDetached'] as const
/** Of a text in it: it is kept with the session's state. */
const MAX_TEXT = 4_000

/**
 * How a lead that works in rounds stands after one more event (hub §4, `loop_…`): each says what has changed, in its data or
 * in `data.loop`. Of other events it is what it was.
 */
export function loopAfter(before: Fields | undefined, event: string, data: Fields): Fields | undefined {
  const said = isFields(data['loop']) ? data['loop'] : data
  const status = typeof said['status'] === 'string' ? said['status'].slice(0, MAX_TEXT) : STATUS[event]
  return {
    ...(before ?? { status: 'idle', iteration: 0 }),
    ...known(said),
    ...(status === undefined ? {} : { status }),
  }
}

/** A loop as its session was made for it, before the lead has said anything. */
export function loopOf(config: unknown): Fields | undefined {
  return isFields(config) ? { status: 'idle', iteration: 0, ...known(config) } : undefined
}

function known(said: Fields): Fields {
  const picked: Record<string, unknown> = {}
  for (const name of TEXTS) {
    const text = said[name]
    if (typeof text === 'string') picked[name] = text.slice(0, MAX_TEXT)
  }
  for (const name of NUMBERS) if (Number.isFinite(said[name])) picked[name] = said[name]
  for (const name of SWITCHES) if (typeof said[name] === 'boolean') picked[name] = said[name]
  return picked
}
