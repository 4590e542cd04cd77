import type { Fields, HubAction } from '@holdfast/protocol/hub'
import {
  isSessionPermissionAnswer,
  isSessionPermissionRequest,
  type SessionControlResult,
  type SessionMessage,
  type SessionPermissionAnswer,
  type SessionPermissionRequest,
} from '@holdfast/protocol/sessions'
import type { PendingApproval, RequireApproval, SessionHandle } from '../hub/index.ts'

export interface PermissionPromptsOptions {
  /** How long a prompt waits for an answer before it is blocked. In milliseconds. @defaultValue 3,600,000 (an hour) */
  readonly timeoutMs?: number | undefined
}

const TIMEOUT_MS = 3_600_000
/** The name under which a lead asks: as an event, or as a tool. */
const CAN_USE_TOOL = 'can_use_tool'

/**
 * For the hub's `requireApproval`: permission prompts of leads wait, in the session's log, until a subscriber of the
 * session answers, on any node. At most the hub's limit `maxPendingApprovals`; more are blocked at once.
 */
export function permissionPrompts({ timeoutMs = TIMEOUT_MS }: PermissionPromptsOptions = {}): RequireApproval {
  const otherwise = actionsOf({ behavior: 'deny', message: 'Nobody answered in time, or too many prompts wait.' })
  return ({ message }) => (promptOf({ ...message }) === undefined ? undefined : { timeoutMs, otherwise })
}

/**
 * The prompts of one session, for one subscriber that may answer them: waiting ones, and new ones. A prompt that
 * another answered first, or that timed out, is withdrawn by `control_cancel_request`.
 */
export class PromptAnswerer {
  readonly #session: SessionHandle
  readonly #name: string
  readonly #send: (message: SessionMessage) => void
  readonly #leave: () => void

  /** `name` distinguishes this one from all others that answer, on every node. */
  constructor(session: SessionHandle, name: string, send: (message: SessionMessage) => void) {
    this.#session = session
    this.#name = name
    this.#send = send
    this.#leave = session.watchApprovals({
      requested: (request) => this.#ask(request),
      settled: (request, by) => {
        if (by === name || promptOf(request.message) === undefined) return
        send({ type: 'control_cancel_request', request_id: this.#idOf(request.n) })
      },
    })
    for (const request of session.pendingApprovals) this.#ask(request)
  }

  leave(): void {
    this.#leave()
  }

  /** False where the answer is late, of no use, or to something else. @throws HubError where it may count later */
  async answer(result: SessionControlResult): Promise<boolean> {
    const { request_id: id } = result
    const request = this.#session.pendingApprovals.find(
      ({ n, message }) => promptOf(message) !== undefined && this.#idOf(n) === id,
    )
    if (request === undefined || result.subtype !== 'success' || !isSessionPermissionAnswer(result.response))
      return false
    return this.#session.answerApproval(request.n, actionsOf(result.response), this.#name)
  }

  #ask({ n, message }: PendingApproval): void {
    const request = promptOf(message)
    if (request !== undefined) this.#send({ type: 'control_request', request_id: this.#idOf(n), request })
  }

  /** The same on every node and at every time; never again that of another prompt. */
  #idOf(n: number): string {
    return `perm_${this.#session.epoch}_${n}`
  }
}

/** A lead's request as a prompt; undefined where it is something else. */
function promptOf({ type, event, name, data, params }: Fields): SessionPermissionRequest | undefined {
  const isPrompt = (type === 'event' && event === CAN_USE_TOOL) || (type === 'tool' && name === CAN_USE_TOOL)
  const request = { ...Object(type === 'event' ? data : params), subtype: CAN_USE_TOOL }
  return isPrompt && isSessionPermissionRequest(request) ? request : undefined
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
