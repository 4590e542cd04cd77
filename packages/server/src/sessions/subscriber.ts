import {
  type Clock,
  type Logger,
  type Random,
  randomId,
  type Timer,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/contract'
import type { FrameHandler, Principal } from '@holdfast/gate/internals'
import type { HubResponse } from '@holdfast/protocol/hub'
import { formatHubPosition, parseHubPosition } from '@holdfast/protocol/hub'
import {
  decodeSessionFrame,
  isKnownSessionMessage,
  isSessionControlCancel,
  isSessionControlRequest,
  isSessionControlResponse,
  isSessionSetPermissionMode,
  type SessionControlRequest,
  type SessionControlResult,
  type SessionMessage,
  type SessionUserMessage,
  sessionLine,
} from '@holdfast/protocol/sessions'
import type { SessionHandle } from '../hub/index.ts'
import { asFields, isFields } from '../hub/index.ts'
import { sessionMessageOf } from './feed.ts'
import { PromptAnswerer } from './permissions.ts'
import { positionOfUuid, uuidOfPosition } from './position-uuid.ts'

export interface SubscriberParts {
  readonly channel: WebSocketChannel
  readonly principal: Principal
  /** It may answer prompts and steer the lead. */
  readonly mayControl: boolean
  readonly session: SessionHandle
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** As the client asked: the uuid of the last message it has. */
  readonly after: string | undefined
  /** How many events a client without a position receives first. */
  readonly replayEvents: number
  /** Above this much output in its socket a subscriber is fed at its own pace. */
  readonly highWaterBytes: number
  readonly askTimeoutMs: number
  /** For clients without protocol pings; undefined: none. */
  readonly keepAliveMs: number | undefined
}

/** Subtypes that are carried to the lead … */
const FORWARDED = /^[a-z][a-z0-9_]{0,63}$/
/** … but those that a lead asks its clients. */
const TO_CLIENTS: ReadonlySet<string> = new Set(['can_use_tool', 'hook_callback', 'elicitation', 'request_user_dialog'])
/** A hub knows nothing of the program behind it; waiting prompts are asked by themselves. */
const INITIALIZED = {
  commands: [],
  agents: [],
  models: [],
  account: {},
  output_style: 'default',
  available_output_styles: ['default'],
  pending_permission_requests: [],
  pending_user_dialog_requests: [],
} as const

/** Control requests of one subscriber that may be under way. */
const MAX_ASKED = 100

/**
 * One subscriber of a hub session: receives its events in the sessions vocabulary, and control messages in both
 * directions. Sessions §1.
 */
export class Subscriber implements FrameHandler {
  readonly #parts: SubscriberParts
  readonly #end = new AbortController()
  readonly #asked = new Map<string, AbortController>()
  readonly #prompts: PromptAnswerer | undefined
  #keepAlive: Timer | undefined

  constructor(parts: SubscriberParts) {
    this.#parts = parts
    const { session, random } = parts
    const name = `sub_${randomId(random)}`
    this.#prompts = this.#mayAnswer ? new PromptAnswerer(session, name, (message) => this.send(message)) : undefined
    session.ended.addEventListener('abort', this.#away, { once: true })
    if (session.ended.aborted) this.#away()
    this.#stay()
    void this.#follow()
  }

  send(message: SessionMessage): void {
    this.#parts.channel.send(sessionLine(message))
  }

  frame(frame: WebSocketFrame): void {
    for (const decoded of decodeSessionFrame(frame)) if (decoded.ok) this.#message(decoded.message)
  }

  #message(message: SessionMessage): void {
    if (isSessionControlResponse(message)) {
      // The client has its answer until it is known to have counted: it gives it again to a prompt that still waits.
      this.#prompts?.answer(message.response).catch(() => this.#away())
    } else if (isSessionControlCancel(message)) {
      this.#asked.get(message.request_id)?.abort(new Error('cancelled'))
    } else if (isSessionControlRequest(message)) void this.#answer(message)
    else if (isKnownSessionMessage(message) && message.type === 'user') void this.#say(message)
  }

  closed(): void {
    this.#end.abort()
    this.#prompts?.leave()
    this.#parts.session.ended.removeEventListener('abort', this.#away)
    this.#keepAlive?.cancel()
    this.#parts.session.close()
  }

  get #mayAnswer(): boolean {
    return this.#parts.mayControl
  }

  /** Prompts, answers and events would be missed from here on: the client comes again. */
  readonly #away = (): void => {
    if (!this.#end.signal.aborted) this.#parts.channel.close(1013, 'The log cannot be read now.')
  }

  // ---- out --------------------------------------------------------------------------------------

  async #follow(): Promise<void> {
    const { session, channel, highWaterBytes, logger } = this.#parts
    const { signal } = this.#end
    try {
      const after = this.#start()
      for await (const item of session.follow({ ...(after === undefined ? {} : { after }), signal })) {
        if (item.type === 'gap') this.send({ type: 'replay_gap', reason: item.reason, from: item.from, to: item.to })
        if (item.type !== 'event') continue
        const { message, position } = item
        if (message.type !== 'broadcast') continue
        const event = asFields(message)
        const named = { uuid: uuidOfPosition(position), sessionId: session.id }
        this.send(sessionMessageOf(String(event['event']), asFields(event['data']), named))
        if (channel.bufferedBytes > highWaterBytes) await channel.drained(signal)
      }
    } catch (error) {
      if (signal.aborted) return
      logger.warn('a subscription cannot go on', { sessionId: session.id, error: String(error) })
      this.#away()
    }
  }

  /** Where to begin: after what the client has, else a little back. */
  #start(): string | undefined {
    const { session, after, replayEvents } = this.#parts
    const now = parseHubPosition(session.position)
    if (now === undefined) return undefined
    if (after === undefined) {
      const seq = Math.max(0, now.seq - replayEvents)
      return formatHubPosition({ epoch: now.epoch, seq })
    }
    const position = positionOfUuid(after, now.epoch)
    if (position !== undefined) return formatHubPosition(position)
    // It belongs to another life of the session: the whole of this one is new to the client.
    this.send({ type: 'replay_gap', reason: 'epoch' })
    return formatHubPosition({ epoch: now.epoch, seq: 0 })
  }

  #stay(): void {
    const { keepAliveMs, clock } = this.#parts
    if (keepAliveMs === undefined) return
    this.#keepAlive = clock.after(keepAliveMs, () => {
      this.send({ type: 'keep_alive' })
      this.#stay()
    })
  }

  // ---- in ---------------------------------------------------------------------------------------

  async #answer({ request_id: id, request }: SessionControlRequest): Promise<void> {
    // The same request again: its answer is on the way.
    if (this.#asked.has(id)) return
    if (this.#asked.size >= MAX_ASKED)
      return this.#respond({ subtype: 'error', request_id: id, error: 'Too many requests.' })
    const abort = new AbortController()
    this.#asked.set(id, abort)
    try {
      const response = await this.#carryOut(id, request, abort.signal)
      if (!abort.signal.aborted) this.#respond({ subtype: 'success', request_id: id, response })
    } catch (error) {
      if (abort.signal.aborted) return
      const reason = error instanceof Error ? error.message : 'failed'
      this.#respond({ subtype: 'error', request_id: id, error: reason })
    } finally {
      this.#asked.delete(id)
    }
  }

  /** What a person says is for the lead, once for each uuid. A failure to arrive is reported as the end of the turn. */
  async #say({ message: { content }, uuid }: SessionUserMessage): Promise<void> {
    const { session, principal, random, askTimeoutMs: timeoutMs } = this.#parts
    const id = `user_${uuid ?? randomId(random)}`
    if (this.#asked.has(id)) return
    const abort = new AbortController()
    try {
      if (!this.#mayAnswer) throw new Error('This needs the scope control.')
      if (this.#asked.size >= MAX_ASKED) throw new Error('Too many requests.')
      this.#asked.set(id, abort)
      const message = { type: 'event', event: 'prompt', data: { content: textIn(content) } } as const
      resultOf(await session.ask(message, { id, asker: `sdk_${principal.id}`, signal: abort.signal, timeoutMs }))
    } catch (error) {
      const errors = [error instanceof Error ? error.message : 'failed']
      if (this.#end.signal.aborted) return
      this.send({ type: 'result', subtype: 'error_during_execution', is_error: true, errors, session_id: session.id })
    } finally {
      this.#asked.delete(id)
    }
  }

  /** What steers is for the lead, under its own name, once for each request id: the set of subtypes is open. */
  async #carryOut(
    id: string,
    request: SessionControlRequest['request'],
    signal: AbortSignal,
  ): Promise<object & Readonly<Record<string, unknown>>> {
    const { session, principal, askTimeoutMs: timeoutMs } = this.#parts
    const { subtype } = request
    if (subtype === 'initialize') return INITIALIZED
    if (!this.#mayAnswer) throw new Error('This needs the scope control.')
    if (!FORWARDED.test(subtype) || TO_CLIENTS.has(subtype)) {
      throw new Error(`This server does not know "${subtype.slice(0, 64)}".`)
    }
    if (subtype === 'set_permission_mode' && !isSessionSetPermissionMode(request)) throw new Error('Expected a mode.')
    const { subtype: _subtype, ...data } = { ...request }
    const message = { type: 'event', event: subtype, data } as const
    const answer = await session.ask(message, { id, asker: `sdk_${principal.id}`, signal, timeoutMs })
    return resultOf(answer)
  }

  /** Where the client is gone, it asks again under the same id, and finds the answer. */
  #respond(result: SessionControlResult): void {
    if (!this.#end.signal.aborted) this.send({ type: 'control_response', response: result })
  }
}

/** What was said, as text where it is nothing but text. */
function textIn(content: unknown): unknown {
  if (!Array.isArray(content)) return content
  const texts = content.map((block) => (asFields(block)['type'] === 'text' ? asFields(block)['text'] : undefined))
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : content
}

/** What the lead's actions are to the one who asked. A block is an error. */
function resultOf({ actions }: HubResponse): object & Readonly<Record<string, unknown>> {
  for (const action of actions) {
    if (action.action === 'BLOCK') throw new Error('reason' in action ? String(action.reason) : 'The lead refused.')
  }
  for (const action of actions) {
    if (action.action === 'RETURN' && 'result' in action && isFields(action.result)) return action.result
  }
  return {}
}
