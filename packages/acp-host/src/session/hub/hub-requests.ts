import { isObject } from '@holdfast/contract/shape'
import type { AcpState } from '../../state/acp-state.ts'
import type { AcpRecord, HubRequest } from '../../state/records.ts'
import { ACP_SCOPE } from '../../state/turn-types.ts'
import { fitting } from './fitting.ts'
import type { HubStored } from './hub-events.ts'

type Fields = Readonly<Record<string, unknown>>

/** Names under which controllers of the hub prompt. */
const PROMPTS: ReadonlySet<string> = new Set(['prompt', 'user_prompt', 'steer', 'follow_up'])
const CANCELS: ReadonlySet<string> = new Set(['cancel', 'stop', 'abort'])
/** Events that choose, and the agent's method for each. */
const CHOICES: Readonly<Record<string, { readonly method: string; readonly members: readonly string[] }>> = {
  set_mode: { method: 'session/set_mode', members: ['modeId'] },
  set_config_option: { method: 'session/set_config_option', members: ['configId', 'value'] },
}
/** The event that asks how the session stands: modes and options, plan, usage, commands, and whether a turn is running. */
const STATE = 'agent_state'

/** What is written for a request of a controller. */
export interface HubStep {
  readonly records: readonly AcpRecord[]
  readonly shown: readonly HubStored[]
  /** The controller wants the current turn to end. */
  readonly isCancel: boolean
}

/** What to do about a request of a controller: each has its answer, and why not where an agent can do nothing with it. */
export function hubStepOf(
  request: HubRequest,
  state: AcpState,
  { maxQueuedPrompts, now }: { readonly maxQueuedPrompts: number; readonly now: number },
): HubStep {
  const { message, asker, wireId, id, until = Number.POSITIVE_INFINITY } = request
  const { type, event, data } = message
  const name = type === 'command' ? message['name'] : event
  const refused = (reason: string): HubStep => ({ records: [], shown: [blocked(request, reason)], isCancel: false })
  if (until <= now) return refused('Nobody waits for the answer any more.')
  if (typeof name === 'string' && CANCELS.has(name)) return { records: [], shown: [taken(request)], isCancel: true }
  if (event === STATE) return { records: [], shown: [returned(request, fitting(stateOf(state)))], isCancel: false }
  const choice = typeof event === 'string' ? CHOICES[event] : undefined
  if (choice !== undefined) return chosen(request, choice, isObject(data) ? data : {}, state) ?? refused(NOT_OPEN)
  const text = type === 'command' ? commandText(message) : eventText(message)
  if (text === undefined) return refused(EXPECTED)
  if (state.queue.size >= maxQueuedPrompts) return refused('Too many prompts wait in this session already.')
  const by = { principal: asker, client: asker }
  const prompt: AcpRecord = { t: 'acp.prompt', prompt: [{ type: 'text', text }], by, asked: { wireId, asker, id } }
  return { records: [prompt], shown: [taken(request)], isCancel: false }
}

const NOT_OPEN = 'The agent does not have this session now: prompt it first.'
const EXPECTED = `An agent takes prompts (${[...PROMPTS].join(', ')}), its own commands, ${Object.keys(CHOICES).join(', ')}, ${STATE}, and ${[...CANCELS].join(', ')}.`

function chosen(
  request: HubRequest,
  { method, members }: { readonly method: string; readonly members: readonly string[] },
  data: Fields,
  { isOpen, program: p, agentSession: sessionId }: AcpState,
): HubStep | undefined {
  if (!isOpen || p === undefined) return undefined
  const params = { ...Object.fromEntries(members.map((name) => [name, data[name]])), sessionId }
  const by = { principal: request.asker, client: request.asker }
  return {
    records: [{ t: 'acp.out', p, m: { method, params }, why: 'set', by }],
    shown: [taken(request)],
    isCancel: false,
  }
}

function stateOf({ opened, turn, queue, info }: AcpState): Fields {
  const { agent, cwd } = opened ?? {}
  return { agent, cwd, isWorking: turn !== undefined, queuedPrompts: queue.size, ...info.shown }
}

/** What is answered where the log does not take what a request comes to. */
export function refusedStep(request: HubRequest): HubStored {
  return blocked(request, 'It is more than the log of the session has room for.')
}

function taken(request: HubRequest): HubStored {
  return answered(request, { action: 'ACK' })
}

function returned(request: HubRequest, result: Fields): HubStored {
  return answered(request, { action: 'RETURN', result })
}

function blocked(request: HubRequest, reason: string): HubStored {
  return answered(request, { action: 'BLOCK', reason })
}

function answered({ wireId, asker, id }: HubRequest, action: Fields): HubStored {
  return { t: 'answer', wireId, asker, id, actions: [action], from: ACP_SCOPE }
}

/** A prompt, or a command of the agent's own, which it reads as text. */
function commandText({ name, args }: Fields): string | undefined {
  if (typeof name !== 'string') return undefined
  const words = typeof args === 'string' ? args : ''
  if (PROMPTS.has(name)) return words
  return `/${name}${words === '' ? '' : ` ${words}`}`
}

function eventText({ event, data }: Fields): string | undefined {
  if (typeof event !== 'string' || !PROMPTS.has(event)) return undefined
  const given = isObject(data) ? data : {}
  for (const name of ['content', 'text', 'message', 'prompt']) {
    const value = given[name]
    if (typeof value === 'string') return value
  }
  return undefined
}
