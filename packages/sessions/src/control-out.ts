import { type Clock, type Connection, Requests } from '@holdfast/core'
import {
  type Fields,
  isSessionControlResponse,
  type SessionControlInner,
  type SessionMessage,
} from '@holdfast/protocol/sessions'
import { SessionsError } from './errors.ts'

/** Per control request. */
export interface ControlRequestOptions {
  /** From the call. In milliseconds. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined
  /** Aborting it rejects with the signal's reason and sends `control_cancel_request`. */
  readonly signal?: AbortSignal | undefined
  /**
   * What a drop before the answer does: `carry` sends the request again under the same `request_id`; `reject` gives it
   * up with `request/dropped`. @defaultValue 'carry'
   */
  readonly onDrop?: 'carry' | 'reject' | undefined
}

/** What we ask of the session: `interrupt`, `set_permission_mode`, … as promises. Sessions §4.5. */
export class ControlOut {
  readonly #requests: Requests<SessionMessage, SessionMessage>
  readonly #prefix: string
  readonly #timeoutMs: number
  readonly #undo: () => void
  #late = 0

  constructor(
    connection: Connection<SessionMessage, SessionMessage>,
    options: { readonly clock: Clock; readonly instance: string; readonly timeoutMs: number },
  ) {
    this.#prefix = `${options.instance}.`
    this.#timeoutMs = options.timeoutMs
    this.#requests = new Requests(connection, {
      answers: (message) => (isSessionControlResponse(message) ? message.response.request_id : undefined),
      cancel: (id) => ({ type: 'control_cancel_request', request_id: id }),
      clock: options.clock,
      instance: options.instance,
    })
    this.#undo = connection.intercept((message) => this.#isLate(message))
  }

  /** Answers that came after their request was given up. */
  get late(): number {
    return this.#late
  }

  /** @throws `sessions/control_failed`, `request/timeout`, `request/dropped`, `delivery/*`, `connection/closed`, the signal's reason */
  async ask(request: SessionControlInner, options: ControlRequestOptions = {}): Promise<Fields> {
    const { timeoutMs = this.#timeoutMs, signal, onDrop = 'carry' } = options
    const answer = await this.#requests.ask((id) => ({ type: 'control_request', request_id: id, request }), {
      timeoutMs,
      signal,
      onDrop,
      delivery: onDrop === 'carry' ? 'retry' : 'once',
    })
    if (!isSessionControlResponse(answer)) return {}
    const { response } = answer
    if (response.subtype === 'success') return response.response ?? {}
    const details = { requestId: response.request_id, subtype: request.subtype, error: response.error }
    throw new SessionsError('sessions/control_failed', `The session refused "${request.subtype}".`, details)
  }

  dispose(): void {
    this.#undo()
    this.#requests.dispose()
  }

  /** An answer to a request of ours that is not waited for any more. Those of others are for the application. */
  #isLate(message: SessionMessage): boolean {
    if (!isSessionControlResponse(message) || !message.response.request_id.startsWith(this.#prefix)) return false
    this.#late += 1
    return true
  }
}
