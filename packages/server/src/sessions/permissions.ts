import { createHash } from 'node:crypto'
import type { Clock, Timer } from '@holdfast/contract'
import { deferred } from '@holdfast/core'
import type { Fields, HubAction } from '@holdfast/protocol/hub'
import {
  isSessionPermissionAnswer,
  isSessionPermissionRequest,
  type SessionControlRequest,
  type SessionControlResult,
  type SessionMessage,
  type SessionPermissionAnswer,
  type SessionPermissionRequest,
} from '@holdfast/protocol/sessions'
import type { HandleRequest, LeadRequest } from '../hub/index.ts'

/** Who may be asked. */
export interface PromptListener {
  send(message: SessionMessage): void
}

export interface PermissionPromptsOptions {
  readonly clock: Clock
  /** A prompt that nobody answers for so long is blocked. @defaultValue 3,600,000 (an hour) */
  readonly timeoutMs?: number | undefined
  /** Prompts of one session that may wait; more are blocked at once. @defaultValue 100 */
  readonly maxPending?: number | undefined
}

/** A prompt under way. */
interface Prompt {
  readonly message: SessionControlRequest
  readonly timer: Timer
  readonly answered: Promise<readonly HubAction[]>
  settle(answer: SessionPermissionAnswer, from: PromptListener | undefined): void
}

interface Session {
  readonly listeners: Set<PromptListener>
  readonly prompts: Map<string, Prompt>
}

const TIMEOUT_MS = 3_600_000
const MAX_PENDING = 100
/** The name under which a lead asks: as an event, or as a tool. */
const CAN_USE_TOOL = 'can_use_tool'

/**
 * Permission prompts of leads: asked of every subscriber of the session, those who come later included. The first valid
 * answer wins, the others are told by `control_cancel_request`, and late answers are ignored.
 */
export class PermissionPrompts {
  readonly #options: PermissionPromptsOptions
  readonly #sessions = new Map<string, Session>()

  constructor(options: PermissionPromptsOptions) {
    this.#options = options
  }

  /** For the hub's `onRequest`: answers what is a permission prompt and leaves everything else. */
  readonly handle: HandleRequest = (request) => {
    const asked = promptOf(request)
    return asked === undefined ? undefined : this.#ask(request, asked)
  }

  /** Prompts of a session that wait. */
  pending(sessionId: string): number {
    return this.#sessions.get(sessionId)?.prompts.size ?? 0
  }

  /** Asks this one too, from what waits now on. Returns its own undo. */
  join(sessionId: string, listener: PromptListener): () => void {
    const session = this.#session(sessionId)
    session.listeners.add(listener)
    for (const { message } of session.prompts.values()) listener.send(message)
    return () => {
      session.listeners.delete(listener)
      this.#forget(sessionId, session)
    }
  }

  /** False where the answer is late, of no use, or to something else. */
  answer(sessionId: string, result: SessionControlResult, from: PromptListener): boolean {
    const prompt = this.#sessions.get(sessionId)?.prompts.get(result.request_id)
    if (prompt === undefined || result.subtype !== 'success' || !isSessionPermissionAnswer(result.response))
      return false
    prompt.settle(result.response, from)
    return true
  }

  /** Blocks what waits. */
  close(): void {
    for (const session of this.#sessions.values()) {
      for (const prompt of [...session.prompts.values()]) prompt.settle(denied('The server is going away.'), undefined)
    }
  }

  #ask(request: LeadRequest, asked: SessionPermissionRequest): Promise<readonly HubAction[]> {
    const { clock, timeoutMs = TIMEOUT_MS, maxPending = MAX_PENDING } = this.#options
    const { sessionId } = request
    const session = this.#session(sessionId)
    const id = promptId(request, asked)
    const known = session.prompts.get(id)
    if (known !== undefined) return known.answered
    if (session.prompts.size >= maxPending) return Promise.resolve(actionsOf(denied('Too many prompts wait.')))
    const message: SessionControlRequest = { type: 'control_request', request_id: id, request: asked }
    const { promise: answered, resolve } = deferred<readonly HubAction[]>()
    const settle: Prompt['settle'] = (answer, from) => {
      timer.cancel()
      session.prompts.delete(id)
      for (const listener of session.listeners) {
        if (listener !== from) listener.send({ type: 'control_cancel_request', request_id: id })
      }
      this.#forget(sessionId, session)
      resolve(actionsOf(answer))
    }
    const timer = clock.after(timeoutMs, () => settle(denied('Nobody answered in time.'), undefined))
    session.prompts.set(id, { message, timer, answered, settle })
    for (const listener of session.listeners) listener.send(message)
    return answered
  }

  #session(sessionId: string): Session {
    const known = this.#sessions.get(sessionId)
    if (known !== undefined) return known
    const made: Session = { listeners: new Set(), prompts: new Map() }
    this.#sessions.set(sessionId, made)
    return made
  }

  #forget(sessionId: string, session: Session): void {
    if (session.listeners.size === 0 && session.prompts.size === 0) this.#sessions.delete(sessionId)
  }
}

/** A lead's request as a prompt; undefined where it is something else. */
function promptOf({ message }: LeadRequest): SessionPermissionRequest | undefined {
  const given: Fields | undefined =
    message.type === 'event' && message.event === CAN_USE_TOOL
      ? message.data
      : message.type === 'tool' && message.name === CAN_USE_TOOL
        ? message.params
        : undefined
  const request = { ...given, subtype: CAN_USE_TOOL }
  return given !== undefined && isSessionPermissionRequest(request) ? request : undefined
}

/** The same for a prompt that the lead asks again after a restart; another one for another prompt, whatever its lead calls it. */
function promptId({ message }: LeadRequest, asked: SessionPermissionRequest): string {
  const content = JSON.stringify([message.id, asked])
  return `perm_${createHash('sha256').update(content).digest('base64url').slice(0, 22)}`
}

function denied(message: string): SessionPermissionAnswer {
  return { behavior: 'deny', message }
}

/** The answer as the lead reads it: the SDK's own words as the result, or a block. */
function actionsOf(answer: SessionPermissionAnswer): readonly HubAction[] {
  return answer.behavior === 'allow'
    ? [{ action: 'RETURN', result: answer }]
    : [
        { action: 'BLOCK', reason: answer.message },
        { action: 'RETURN', result: answer },
      ]
}
