import type { Clock, Connection, Delivery } from '@holdfast/core'
import { TaskPool } from '@holdfast/core/internals'
import { OpenQuestions } from '@holdfast/core/protocol'
import {
  type Fields,
  isSessionControlCancel,
  isSessionControlRequest,
  type SessionControlInner,
  type SessionControlRequest,
  type SessionControlResult,
  type SessionMessage,
} from '@holdfast/protocol/sessions'

/** The second argument of a handler. */
export interface ControlContext {
  /** Aborted when the session withdraws the request, or the subscription is over. */
  readonly signal: AbortSignal
  readonly requestId: string
}

/** Answers a control request: the returned value is the `response`, a thrown error the `error`. */
export type ControlHandler<Request = SessionControlInner> = (
  request: Request,
  context: ControlContext,
) => object | undefined | Promise<object | undefined>

/** What incoming control needs around it. */
export interface ControlInOptions {
  readonly clock: Clock
  readonly maxHandlers: number
  readonly maxWaiting: number
  readonly maxAnswers: number
  /** A handler threw. */
  readonly failed: (error: unknown) => void
}

interface Answer {
  readonly result: SessionControlResult
  readonly at: number
  delivery: Delivery
}

/** Where nothing proves that an answer arrived, those younger than this are sent again after a drop. In milliseconds. */
const UNPROVEN_MS = 60_000

/** Control requests of the session: each is handled once, its answer survives drops, a cancel ends it. Sessions §4.5, §4.6. */
export class ControlIn {
  readonly #connection: Connection<SessionMessage, SessionMessage>
  readonly #options: ControlInOptions
  readonly #handlers = new Map<string, ControlHandler>()
  /** Those that a handler has, or will have when there is room. */
  readonly #running = new Map<string, AbortController>()
  readonly #tasks: TaskPool
  /** Those that no handler was there for. */
  readonly #open: OpenQuestions<SessionControlRequest>
  readonly #answers = new Map<string, Answer>()
  readonly #undo: readonly (() => void)[]

  constructor(connection: Connection<SessionMessage, SessionMessage>, options: ControlInOptions) {
    this.#connection = connection
    this.#options = options
    this.#tasks = new TaskPool({ maxRunning: options.maxHandlers, maxWaiting: options.maxWaiting })
    this.#open = new OpenQuestions(options.maxWaiting)
    this.#undo = [
      connection.intercept((message) => this.#received(message)),
      connection.on('status', ({ status }) => {
        if (status.state === 'open') this.#reopened()
        else if (status.state === 'closed') this.#abandon('The subscription is over.')
      }),
    ]
  }

  /** Requests that handlers have, or wait for. */
  get running(): number {
    return this.#running.size
  }

  /**
   * Registers the handler of one subtype, or with `*` of all others; open requests are passed to it. Returns a function
   * that removes it.
   */
  handle(subtype: string, handler: ControlHandler): () => void {
    this.#handlers.set(subtype, handler)
    this.#open.offer((request) => this.#start(request))
    return () => {
      if (this.#handlers.get(subtype) === handler) this.#handlers.delete(subtype)
    }
  }

  /** Sends an answer: kept over drops and sent again until it arrived. */
  respond(result: SessionControlResult): Delivery {
    const id = result.request_id
    this.#open.settle(id)
    const delivery = this.#send(result)
    this.#answers.delete(id)
    this.#answers.set(id, { result, at: this.#options.clock.now(), delivery })
    if (this.#answers.size > this.#options.maxAnswers)
      for (const oldest of this.#answers.keys()) {
        this.#answers.delete(oldest)
        break
      }
    return delivery
  }

  dispose(): void {
    for (const undo of this.#undo) undo()
    this.#abandon('The subscription is over.')
  }

  #received(message: SessionMessage): boolean {
    if (isSessionControlCancel(message)) return this.#cancelled(message.request_id)
    if (!isSessionControlRequest(message)) return false
    const { request_id: id } = message
    if (this.#running.has(id)) return true
    const answer = this.#answers.get(id)
    if (answer !== undefined) {
      // It was answered and asked again: the answer got lost or came before its question, unless it was never written.
      if (answer.delivery.state !== 'queued') answer.delivery = this.#send(answer.result)
      return true
    }
    if (this.#start(message)) return true
    this.#open.keep(id, message, sizeOf(message))
    return false
  }

  /** False: there is no handler for it. */
  #start(message: SessionControlRequest): boolean {
    const { request_id: id, request } = message
    const handler = this.#handlers.get(request.subtype) ?? this.#handlers.get('*')
    if (handler === undefined) return false
    const abort = new AbortController()
    this.#running.set(id, abort)
    const isTaken = this.#tasks.run(
      () => this.#run(message, handler, abort),
      () => sizeOf(message),
    )
    if (!isTaken) {
      this.#running.delete(id)
      this.#send({ subtype: 'error', request_id: id, error: 'too many control requests at once' })
    }
    return true
  }

  async #run(message: SessionControlRequest, handler: ControlHandler, abort: AbortController): Promise<void> {
    const { request_id: requestId, request } = message
    const { signal } = abort
    // Cancelled while it waited for its turn.
    if (signal.aborted) return
    let result: SessionControlResult
    try {
      const response = await handler(request, { signal, requestId })
      result = {
        subtype: 'success',
        request_id: requestId,
        ...(response === undefined ? {} : { response: { ...response } satisfies Fields }),
      }
    } catch (error) {
      if (!signal.aborted) this.#options.failed(error)
      result = {
        subtype: 'error',
        request_id: requestId,
        error: error instanceof Error ? error.message : String(error),
      }
    }
    if (this.#running.get(requestId) !== abort) return
    this.#running.delete(requestId)
    if (!signal.aborted) this.respond(result)
  }

  /** A cancel of a request without a handler here is for the application. */
  #cancelled(id: string): boolean {
    this.#open.settle(id)
    this.#answers.get(id)?.delivery.cancel()
    this.#answers.delete(id)
    const abort = this.#running.get(id)
    this.#running.delete(id)
    abort?.abort(new CancelledError('The session no longer wants the answer.'))
    return abort !== undefined
  }

  #send(result: SessionControlResult): Delivery {
    return this.#connection.send({ type: 'control_response', response: result }, { delivery: 'retry' })
  }

  /** Without pings nothing proves that what was written last arrived: young answers go again, late ones are ignored. */
  #reopened(): void {
    if (this.#connection.guarantees.confirmation !== 'none') return
    const now = this.#options.clock.now()
    for (const answer of this.#answers.values()) {
      if (answer.delivery.settled && now - answer.at < UNPROVEN_MS) answer.delivery = this.#send(answer.result)
    }
  }

  #abandon(reason: string): void {
    this.#open.clear()
    const running = [...this.#running.values()]
    this.#running.clear()
    for (const abort of running) abort.abort(new CancelledError(reason))
  }
}

function sizeOf(request: SessionControlRequest): number {
  return JSON.stringify(request).length
}

/** What an aborted signal says; `AbortError` is the name that runtimes use. */
class CancelledError extends Error {
  override readonly name = 'AbortError'
}
