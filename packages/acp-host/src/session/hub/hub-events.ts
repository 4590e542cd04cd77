import { isObject } from '@holdfast/contract/shape'
import { permissionOptionsOf } from '@holdfast/protocol/acp'
import { hubEventCategory } from '@holdfast/protocol/hub'
import type { AcpState } from '../../state/acp-state.ts'
import { OpenMessage, type WholeMessage } from '../../state/open-message.ts'
import type { RecordOf } from '../../state/records.ts'
import { ACP_SCOPE, hubIdOf, isForPeople, type Outcome, type Request } from '../../state/turn-types.ts'
import { diffText } from './diff-text.ts'
import { fitting } from './fitting.ts'

/** A record as the hub stores it. */
export type HubStored = Readonly<Record<string, unknown>> & { readonly t: 'event' | 'rpc' | 'answer' }

/** Of one text in an event; the whole of it is in the record of the agent's message. */
const MAX_TEXT_CHARS = 30_000
/** What an event may be called that an agent names. */
const NAME = /^[a-z0-9_./-]{1,100}$/i

/**
 * What the hub's clients see of an agent's session, who know nothing of ACP: hub §4's events. Each is written together with
 * the record that it comes of.
 */
export class HubEvents {
  readonly #state: AcpState
  readonly #message: OpenMessage

  constructor(state: AcpState) {
    this.#state = state
    this.#message = new OpenMessage(state.message)
  }

  get #agent(): string {
    return this.#state.opened?.agent ?? 'agent'
  }

  /** A prompt has its turn. */
  prompted(n: number, prompt: RecordOf<'acp.prompt'>): readonly HubStored[] {
    const content = prompt.prompt.map(wordsOf).join('')
    const author = { userId: prompt.by.principal }
    const { asked } = prompt
    const said =
      asked === undefined
        ? event('user_prompt', { content, author, turnId: turnId(n) })
        : event('steer_taken', { id: asked.id, content, author, turnId: turnId(n) })
    return [
      event('agent_start', { agent: this.#agent, status: 'running' }),
      event('turn_start', { turnId: turnId(n) }),
      said,
    ]
  }

  /** A prompt will have no turn: its sender in the hub is notified. */
  removed(prompt: RecordOf<'acp.prompt'> | undefined, reason: string): readonly HubStored[] {
    return prompt?.asked === undefined ? [] : [event('steer_removed', { id: prompt.asked.id, reason })]
  }

  /** A turn has ended. */
  turned(prompt: number, stopReason: string, error?: string | undefined): readonly HubStored[] {
    const ended = endOf(this.#message.close())
    const failed = error === undefined ? [] : [event('session_error', { error })]
    return [
      ...ended,
      ...failed,
      event('turn_end', { turnId: turnId(prompt), stopReason }),
      event('agent_end', { agent: this.#agent, status: 'idle' }),
    ]
  }

  /** An update of the session. */
  updated(update: unknown): readonly HubStored[] {
    if (!isObject(update)) return []
    const { kind: before } = this.#message
    const ended = this.#message.take(update)
    const { kind } = this.#message
    const isNew = kind !== undefined && (ended !== undefined || kind !== before)
    const started = isNew && kind === 'message' ? [event('message_start', { role: 'assistant' })] : []
    return [...endOf(ended), ...started, ...this.#shown(update)]
  }

  /** The agent has opened the session, or taken a choice: what can be chosen, and what is. */
  chosen({ why, method, params }: Request, outcome: Outcome): readonly HubStored[] {
    if (!('result' in outcome)) return []
    const { modes, configOptions } = isObject(outcome.result) ? outcome.result : {}
    if (method === 'session/set_mode') return [event('current_mode_update', { currentModeId: params['modeId'] })]
    if (modes === undefined && configOptions === undefined) return []
    return [event(why === 'open' ? 'agent_options' : 'config_option_update', fitting({ modes, configOptions }))]
  }

  /** A question for people. */
  asked({ p, o, m }: RecordOf<'acp.in'>): readonly HubStored[] {
    const { method } = m
    const params = isObject(m['params']) ? m['params'] : {}
    if (typeof method !== 'string' || !isForPeople(method)) return []
    const id = hubIdOf(p, o)
    const tool = isObject(params['toolCall']) ? params['toolCall'] : {}
    const options = permissionOptionsOf(params['options'])
    const title = text(tool['title']) ?? text(params['message']) ?? 'The agent asks'
    const shown = {
      title,
      options: options.map(({ name }) => name),
      choices: options,
      toolCall: fitting(tool),
      ...(method === 'elicitation/create' ? { elicitation: fitting(params) } : {}),
    }
    const message = { type: 'rpc_ui_request', id, method: options.length > 0 ? 'select' : 'input', params: shown }
    return [
      { t: 'rpc', to: 'controllers', message, from: ACP_SCOPE },
      event('permission_requested', { id, title, toolCallId: tool['toolCallId'], choices: options }),
    ]
  }

  /** A question is over. `isHubs`: by an answer that the hub knows. */
  answered(
    id: string,
    answer: Readonly<Record<string, unknown>>,
    by: string | undefined,
    isHubs: boolean,
  ): readonly HubStored[] {
    const answered = event('permission_answered', { id, by, ...outcomeFields(answer) })
    if (isHubs) return [answered]
    const message = { type: 'rpc_ui_response', id, result: answer['result'] ?? { error: answer['error'] } }
    return [{ t: 'rpc', to: 'driver', message, from: ACP_SCOPE }, answered]
  }

  /** The agent is gone, or came. */
  stated(name: string, data: Readonly<Record<string, unknown>>): HubStored {
    return event(name, { agent: this.#agent, ...data })
  }

  #shown(update: Readonly<Record<string, unknown>>): readonly HubStored[] {
    const kind = String(update['sessionUpdate'])
    switch (kind) {
      case 'agent_message_chunk':
        return deltas('message_update', update)
      case 'agent_thought_chunk':
        return deltas('thinking_update', update)
      case 'user_message_chunk':
        return [event('user_prompt', { content: wordsOf(update['content']) })]
      case 'tool_call':
      case 'tool_call_update':
        return [this.#tool(kind, update)]
      case 'plan':
        return [event('plan_updated', fitting({ ...update, agent: this.#agent }))]
      default:
        return [event(NAME.test(kind) ? kind : 'agent_update', fitting(update))]
    }
  }

  #tool(kind: string, update: Readonly<Record<string, unknown>>): HubStored {
    const { toolCallId, title, status, rawInput, content, kind: does } = update
    const isOver = status === 'completed' || status === 'failed'
    const common = { agent: this.#agent, toolCallId, toolName: title, kind: does, status, update: fitting(update) }
    if (kind === 'tool_call')
      return event('tool_call', { ...common, ...(isObject(rawInput) ? { toolArgs: fitting(rawInput) } : {}) })
    if (!isOver) return event('tool_execution_update', common)
    return event('tool_result', { ...common, content: clipped(wordsOf(content)), isError: status === 'failed' })
  }
}

function event(name: string, data: Readonly<Record<string, unknown>>): HubStored {
  return { t: 'event', event: name, data, category: hubEventCategory(name), from: ACP_SCOPE }
}

function deltas(name: string, update: Readonly<Record<string, unknown>>): readonly HubStored[] {
  return partsOf(OpenMessage.textOf(update)).map((delta) => event(name, { delta }))
}

/** A text in pieces that an event has room for. */
function partsOf(whole: string): readonly string[] {
  return Array.from({ length: Math.ceil(whole.length / MAX_TEXT_CHARS) }, (_, at) =>
    whole.slice(at * MAX_TEXT_CHARS, (at + 1) * MAX_TEXT_CHARS),
  )
}

function endOf(message: WholeMessage | undefined): readonly HubStored[] {
  if (message === undefined) return []
  const { kind, text: whole } = message
  return partsOf(whole).map((content) =>
    kind === 'message'
      ? event('message_end', { role: 'assistant', content })
      : event('thinking_end', { thinking: content }),
  )
}

function turnId(prompt: number): string {
  return `turn-${prompt}`
}

/** The words in content blocks of any kind. */
function wordsOf(content: unknown): string {
  if (Array.isArray(content)) return content.map(wordsOf).join('')
  if (!isObject(content)) return ''
  if (typeof content['text'] === 'string') return content['text']
  if (content['type'] === 'diff') return `${changeOf(content)}\n`
  if (content['content'] !== undefined) return wordsOf(content['content'])
  const { type, path, uri, name, resource } = content
  if (isObject(resource)) return text(resource['text']) ?? text(resource['uri']) ?? ''
  const shown = text(path) ?? text(uri) ?? text(name)
  return shown === undefined ? '' : `[${typeof type === 'string' ? type : 'content'}: ${shown}]`
}

function changeOf({ path, oldText, newText }: Readonly<Record<string, unknown>>): string {
  return diffText(text(path) ?? 'file', text(oldText), text(newText) ?? '')
}

function outcomeFields(answer: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const result = isObject(answer['result']) ? answer['result'] : {}
  const outcome = isObject(result['outcome']) ? result['outcome'] : {}
  return { outcome: outcome['outcome'] ?? result['action'] ?? 'cancelled', optionId: outcome['optionId'] }
}

function clipped(value: string): string {
  return value.length <= MAX_TEXT_CHARS ? value : `${value.slice(0, MAX_TEXT_CHARS)}…`
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
