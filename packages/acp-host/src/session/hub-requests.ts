import { isObject } from '@holdfast/contract/shape'
import { ACP_SCOPE } from '../state/exchange.ts'
import type { HubRequest } from '../state/records.ts'
import type { HubStored } from './hub-events.ts'

/** Names under which controllers of the hub prompt. */
const PROMPTS: ReadonlySet<string> = new Set(['prompt', 'user_prompt', 'steer', 'follow_up'])
const CANCELS: ReadonlySet<string> = new Set(['cancel', 'stop', 'abort'])

/** What a controller wants of an agent. */
export type HubDemand = { readonly is: 'cancel' } | { readonly is: 'prompt'; readonly text: string }

/** What a controller's message for the lead means; why not, where an agent can do nothing with it. */
export function hubDemandOf(message: Readonly<Record<string, unknown>>): HubDemand | string {
  const { type, event } = message
  const name = type === 'command' ? message['name'] : event
  if (typeof name === 'string' && CANCELS.has(name)) return { is: 'cancel' }
  const text = type === 'command' ? commandText(message) : eventText(message)
  if (text !== undefined) return { is: 'prompt', text }
  return `An agent takes prompts (${[...PROMPTS].join(', ')}), its own commands, and ${[...CANCELS].join(', ')}.`
}

/** The answer to a controller: taken up, or why not. */
export function hubAnswer({ wireId, asker, id }: HubRequest, reason?: string | undefined): HubStored {
  const actions = [reason === undefined ? { action: 'ACK' } : { action: 'BLOCK', reason }]
  return { t: 'answer', wireId, asker, id, actions, from: ACP_SCOPE }
}

/** A prompt, or a command of the agent's own, which it reads as text. */
function commandText({ name, args }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof name !== 'string') return undefined
  const words = typeof args === 'string' ? args : ''
  if (PROMPTS.has(name)) return words
  return `/${name}${words === '' ? '' : ` ${words}`}`
}

function eventText({ event, data }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof event !== 'string' || !PROMPTS.has(event)) return undefined
  const given = isObject(data) ? data : {}
  for (const name of ['content', 'text', 'message', 'prompt']) {
    const value = given[name]
    if (typeof value === 'string') return value
  }
  return undefined
}
