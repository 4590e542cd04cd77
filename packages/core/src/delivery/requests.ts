import {
  abortReason,
  type Clock,
  type HoldfastError,
  type StandardSchema,
  systemClock,
  type Timer,
} from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import type { DeliveryClass } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import { type Deferred, deferred } from '../support/deferred.ts'
import type { Delivery } from './outbox/delivery.ts'
import type { SendOptions } from './outbox/outbox-host.ts'

/** What requests need of a connection. A `Connection` fits. */
export interface RequestLink<In, Out> {
  send(message: Out | (() => Out), options?: SendOptions): Delivery
  acked(ids: Iterable<string>): void
  intercept(interceptor: (message: In) => boolean): () => void
  /** Reading continues while an answer is expected; `blocked` is called where it cannot. */
  expect?(blocked: () => void): () => void
  on(name: 'dropped', listener: (event: { readonly cause: unknown }) => void): () => void
  on(
    name: 'status',
    listener: (event: { readonly status: { readonly state: string; readonly outcome?: unknown } }) => void,
  ): () => void
}

/** How a wire names requests and answers. */
export interface RequestRules<In, Out> {
  /** The id of the request that this message answers; undefined when it answers none. */
  readonly answers: (message: In) => string | undefined
  /** Makes the message that withdraws a request from the peer. */
  readonly cancel?: ((id: string) => Out | undefined) | undefined
  readonly clock?: Clock | undefined
  /** Prefix of the ids, so that they are unique across clients of one session. @defaultValue eight random characters */
  readonly instance?: string | undefined
  /** Unanswered requests at once. @defaultValue 1000 */
  readonly maxCount?: number | undefined
}

/** Per request. */
export interface AskOptions {
  /** From the call, not from the write. In milliseconds. @defaultValue 30000 */
  readonly timeoutMs?: number | undefined
  /** Aborting it rejects with the signal's reason and withdraws the request from the peer, where the protocol can. */
  readonly signal?: AbortSignal | undefined
  /**
   * What happens when the link is lost before the answer: `reject` with `request/dropped` (its details say whether the
   * request was sent), or `carry` it over and send it again under the same id. Carry only requests that the peer
   * answers once per id.
   * @defaultValue 'reject'
   */
  readonly onDrop?: 'reject' | 'carry' | undefined
  readonly id?: string | undefined
  /** Delivery class of the request's message. @defaultValue what the protocol declares, else `once` */
  readonly delivery?: DeliveryClass | undefined
}

/** Options of a request whose answer is validated. */
export interface CheckedAskOptions<Answer> extends AskOptions {
  /**
   * The schema of the answer: zod, valibot, arktype or another library that implements Standard Schema. An answer that
   * does not fit rejects with `request/answer_invalid`, whose `cause` has the schema's issues.
   */
  readonly schema: StandardSchema<Answer>
}

interface Pending<In, Out> {
  readonly id: string
  readonly build: (id: string) => Out
  readonly carry: boolean
  readonly answer: Deferred<In>
  delivery: Delivery
  /** It survived a drop in the outbox, which will write it again or say why not. */
  carried: boolean
  /** It was written under an earlier delivery, so it may have been carried out whatever becomes of this one. */
  sent: boolean
  settle(): void
}

const TIMEOUT_MS = 30_000

/** Questions and answers over a connection. Every request settles: answer, timeout, abort, drop or close. */
export class Requests<In, Out> {
  readonly #link: RequestLink<In, Out>
  readonly #rules: RequestRules<In, Out>
  readonly #clock: Clock
  readonly #instance: string
  readonly #pending = new Map<string, Pending<In, Out>>()
  readonly #undo: (() => void)[]
  #unexpect: (() => void) | undefined
  readonly #blocked = (): void => this.#rejectBlocked()
  #counter = 0
  #orphans = 0

  constructor(link: RequestLink<In, Out>, rules: RequestRules<In, Out>) {
    this.#link = link
    this.#rules = rules
    this.#clock = rules.clock ?? systemClock
    this.#instance = rules.instance ?? crypto.randomUUID().slice(0, 8)
    this.#undo = [
      link.intercept((message) => this.#answered(message)),
      link.on('dropped', () => this.#dropped()),
      link.on('status', ({ status }) => {
        if (status.state === 'closed') this.#rejectAll(status.outcome)
      }),
    ]
  }

  /** Unanswered requests. */
  get count(): number {
    return this.#pending.size
  }

  /** Answers that arrived after their request had ended. */
  get orphans(): number {
    return this.#orphans
  }

  /**
   * Sends what `build` makes of a fresh id and resolves with the answer; with a `schema`, with what that reads in it.
   * @throws `request/timeout`, `request/dropped`, `request/reader_blocked`, `request/answer_invalid`, `delivery/*`,
   * `connection/closed`, or the signal's reason.
   */
  ask<Answer>(build: (id: string) => Out, options: CheckedAskOptions<Answer>): Promise<Answer>
  ask(build: (id: string) => Out, options?: AskOptions): Promise<In>
  ask(build: (id: string) => Out, options: Partial<CheckedAskOptions<unknown>> = {}): Promise<unknown> {
    const { schema } = options
    const answer = this.#ask(build, options)
    return schema === undefined ? answer : answer.then((message) => read(schema, message))
  }

  #ask(build: (id: string) => Out, options: AskOptions): Promise<In> {
    const { signal, timeoutMs = TIMEOUT_MS, onDrop } = options
    if (signal?.aborted === true) return Promise.reject(abortReason(signal))
    if (this.#pending.size >= (this.#rules.maxCount ?? 1_000)) {
      return Promise.reject(
        coreError('delivery/overflow', SENTENCES && `${this.#pending.size} requests are unanswered`),
      )
    }
    this.#counter += 1
    const id = options.id ?? `${this.#instance}.${this.#counter}`
    const answer = deferred<In>()
    const abort = (): void => this.#giveUp(id, abortReason(signal))
    const timer: Timer = this.#clock.after(timeoutMs, () =>
      this.#giveUp(
        id,
        coreError('request/timeout', SENTENCES && `No answer within ${timeoutMs} ms`, { details: { id } }),
      ),
    )
    signal?.addEventListener('abort', abort)
    const settle = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', abort)
      this.#pending.delete(id)
      if (this.#pending.size > 0) return
      this.#unexpect?.()
      this.#unexpect = undefined
    }
    const delivery = this.#link.send(build(id), { id, delivery: options.delivery })
    const pending: Pending<In, Out> = {
      id,
      build,
      carry: onDrop === 'carry',
      answer,
      delivery,
      carried: false,
      sent: false,
      settle,
    }
    this.#pending.set(id, pending)
    this.#unexpect ??= this.#link.expect?.(this.#blocked)
    this.#follow(pending)
    return answer.promise
  }

  /** The peer no longer knows whether it has these requests: those that were sent are rejected, and not sent again. */
  doubt(which: (id: string) => boolean): void {
    for (const pending of [...this.#pending.values()]) {
      if ((!pending.sent && pending.delivery.state === 'queued') || !which(pending.id)) continue
      pending.settle()
      pending.answer.reject(dropped(pending.id))
      pending.delivery.cancel()
    }
  }

  /** Rejects all unanswered requests and detaches from the connection. */
  dispose(): void {
    for (const undo of this.#undo) undo()
    this.#rejectAll(undefined)
  }

  #follow(pending: Pending<In, Out>): void {
    const { delivery } = pending
    delivery.whenSettled(() => {
      const {
        state,
        error = coreError('delivery/not_sent', SENTENCES && 'It was dropped: nothing could be written.'),
      } = delivery
      const lost = state === 'rejected' || state === 'dropped' || (state === 'inDoubt' && pending.carried)
      if (!lost || pending.delivery !== delivery) return
      pending.settle()
      pending.answer.reject(pending.sent ? dropped(pending.id, error) : error)
    })
  }

  #answered(message: In): boolean {
    const id = this.#rules.answers(message)
    if (id === undefined) return false
    const pending = this.#pending.get(id)
    // Also without a waiter: the peer has the request, and its place in the outbox is free.
    this.#link.acked([id])
    if (pending === undefined) {
      this.#orphans += 1
      return false
    }
    pending.settle()
    pending.answer.resolve(message)
    return true
  }

  #giveUp(id: string, reason: unknown): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    pending.settle()
    // First: taking the message back would reject with that.
    pending.answer.reject(reason)
    // A request that was never written is taken back, so it never will be.
    if (!pending.delivery.cancel()) {
      const cancel = this.#rules.cancel?.(id)
      if (cancel !== undefined) this.#link.send(cancel)
    }
  }

  #dropped(): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.delivery.state === 'queued') continue
      if (pending.carry) {
        // What the peer's acks cover is written again by the outbox itself, or was: the answer is still owed.
        pending.carried = !pending.delivery.settled
        if (!pending.carried) this.#again(pending)
        continue
      }
      pending.settle()
      pending.answer.reject(dropped(pending.id))
    }
  }

  /** What waits to be read has come to its bound, and reading stops: no answer can come. */
  #rejectBlocked(): void {
    const what = SENTENCES && 'The answer is behind unread messages.'
    for (const id of [...this.#pending.keys()])
      this.#giveUp(id, coreError('request/reader_blocked', what, { details: { id } }))
  }

  #again(pending: Pending<In, Out>): void {
    pending.sent = true
    pending.delivery = this.#link.send(pending.build(pending.id), {
      id: pending.id,
      delivery: pending.delivery.class,
    })
    this.#follow(pending)
  }

  #rejectAll(outcome: unknown): void {
    for (const pending of [...this.#pending.values()]) {
      pending.settle()
      const details = {
        id: pending.id,
        delivery: pending.delivery.state === 'queued' && !pending.sent ? 'notSent' : 'inDoubt',
      }
      pending.answer.reject(
        coreError('connection/closed', SENTENCES && 'The connection is closed.', { cause: errorOf(outcome), details }),
      )
      pending.delivery.cancel()
    }
  }
}

async function read(schema: StandardSchema, message: unknown): Promise<unknown> {
  const result = await schema['~standard'].validate(message)
  if (result.issues === undefined) return result.value
  throw coreError('request/answer_invalid', SENTENCES && 'The answer does not fit', { cause: result.issues })
}

function dropped(id: string, cause?: unknown): HoldfastError {
  const details = { id, delivery: 'inDoubt' }
  return coreError('request/dropped', SENTENCES && 'It was sent and may have been carried out', { cause, details })
}

function errorOf(outcome: unknown): unknown {
  return typeof outcome === 'object' && outcome !== null && 'error' in outcome ? outcome.error : undefined
}
