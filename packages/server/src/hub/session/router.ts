import { randomId, type Timer } from '@holdfast/contract'
import { afterRunning } from '@holdfast/gate/internals'
import type { AppendResult, WriteOptions } from '@holdfast/log'
import type { Fields, HubAction, HubResponse } from '@holdfast/protocol/hub'
import type { PendingRequest } from '../../generated/types.ts'
import type { RecordPages } from '../delivery/record-pages.ts'
import { asFields, textOf } from '../state/entries.ts'
import { type AnswerRecord, type HubRecord, numberOf, type RpcRecord, TO_CONTROLLERS } from '../state/records.ts'
import { answerKey } from '../state/session-state.ts'
import { forgetOldest } from '../state/state-parts.ts'
import type { SessionCore } from './session-core.ts'

/** Who sends, under which id, and how it is written. */
export interface Origin extends WriteOptions {
  readonly scope: string
  readonly fp?: string | undefined
  /** Of a request: the deadline of the answer, in milliseconds since 1970. */
  readonly until?: number | undefined
}

/** RPC commands whose response is awaited. */
const MAX_COMMANDS = 10_000

/**
 * Takes messages from those who send to those they are for, through the log: a controller's request to the lead, its
 * answer back to the asker, RPC messages between driver and controllers (hub §10; design: server §3.6).
 */
export class Router {
  /** Everything up to here was sent to a lead. */
  leadAt = 0
  readonly #session: SessionCore
  /** Ids on their way to the log that the lead will see. */
  readonly #reserved = new Set<string>()
  readonly #waiters = new Map<string, Set<(response: HubResponse) => void>>()
  /** RPC command id → scope that asked. */
  readonly #commands = new Map<string, string>()
  #away: Timer | undefined
  #closed = false
  #hasGrace = true

  constructor(session: SessionCore) {
    this.#session = session
  }

  /** The session's past is known. */
  loaded(): void {
    // A session that never had a lead still has all its requests to offer.
    this.leadAt = this.#session.state.driver === undefined ? 0 : this.#session.head
    if (!this.#session.isLed) this.leadLeft(this.leadAt)
  }

  /** Where a lead starts that has no position of its own. */
  get leadStart(): number {
    const { context, sessionId, head } = this.#session
    // The one before it is at another hub, which alone knows how far that was sent.
    return context.remotePresence?.leads(sessionId) ? head : Math.min(this.leadAt, head)
  }

  close(): void {
    this.#closed = true
    this.#away?.cancel()
  }

  /** A request for the lead. Where none has been here for long, it is answered at once. */
  async request(message: Fields, id: string, origin: Origin): Promise<AppendResult> {
    const { scope, fp, until } = origin
    const wireId = this.#reserve(id)
    try {
      const request: HubRecord = {
        t: 'request',
        message: { ...message, id: wireId },
        wireId,
        asker: scope,
        id,
        fp,
        until,
        sender: numberOf(origin),
      }
      const result = await this.#session.append(request, origin)
      if (result.outcome === 'appended') {
        await this.#session.reached(result.last)
        if (!this.#session.isLed)
          void this.#wake(wireId, { n: result.last, asker: scope, id, sender: numberOf(origin) })
      }
      return result
    } finally {
      this.#reserved.delete(wireId)
    }
  }

  /**
   * The lead's answer. A duplicate where the lead gave one before, which it may send again as long as it does not know
   * that it came. Undefined where no request ever had this id.
   */
  answer(wireId: string, actions: readonly HubAction[], origin: Origin): Promise<AppendResult> | undefined {
    const { pending: waiting, answered } = this.#session.state
    const pending = waiting.get(wireId)
    if (pending === undefined) {
      const n = answered.get(wireId)
      return n === undefined ? undefined : Promise.resolve({ outcome: 'duplicate', first: n, last: n })
    }
    const { asker, id, sender } = pending
    const { fp, scope: from } = origin
    return this.#session.append({ t: 'answer', wireId, asker, id, actions, fp, from, sender }, origin)
  }

  /** The answer is not waited for any more: a lead that has not seen the request does not see it now. */
  withdraw(asker: string, id: string): void {
    for (const [wireId, request] of this.#session.state.pending) {
      if (request.asker === asker && request.id === id) this.#refuse(wireId, request, 'It is not wanted any more.')
    }
  }

  /** The lead's answer cannot be passed on: the asker learns that, and why. */
  unanswered(wireId: string, why: string): void {
    const request = this.#session.state.pending.get(wireId)
    if (request !== undefined) this.#refuse(wireId, request, why)
  }

  /** A request that is not in the log any more: no lead can be asked it. */
  forgotten(wireId: string, request: PendingRequest): void {
    this.#refuse(wireId, request, 'It waited too long for a lead, and is not in the log any more.')
  }

  /** An RPC message on its way to the driver, or from it. */
  rpc(to: string, message: Fields, origin: Origin): Promise<AppendResult> {
    const id = textOf(asFields(message['command']), 'id')
    if (id !== undefined) {
      this.#commanded(id, origin.scope)
    }
    const record: RpcRecord = { t: 'rpc', to, message, from: origin.scope, fp: origin.fp }
    return this.#session.append(record, origin)
  }

  /** Who a driver's response is for: the sender of the command, else every controller. */
  commander(response: Fields): string {
    return this.#commands.get(textOf(response, 'id') ?? '') ?? TO_CONTROLLERS
  }

  /** The answer to a request that was asked before, if there is one. `records`: for a caller that asks for many. */
  async known(asker: string, id: string, records?: RecordPages): Promise<HubResponse | undefined> {
    const n = this.#session.state.answers.get(answerKey(asker, id))
    const record = n === undefined ? undefined : await (records?.at(n) ?? this.#session.recordAt(n))
    return record?.t === 'answer' ? { id: record.id, actions: record.actions } : undefined
  }

  /** Resolves with the answer to a request of this process. Rejects with the signal's reason. */
  awaited(asker: string, id: string, signal: AbortSignal): Promise<HubResponse> {
    const key = answerKey(asker, id)
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const waiters = this.#waiters.get(key) ?? new Set()
      const settle = (response: HubResponse): void => {
        signal.removeEventListener('abort', abort)
        resolve(response)
      }
      const abort = (): void => {
        waiters.delete(settle)
        if (waiters.size === 0) this.#waiters.delete(key)
        reject(signal.reason)
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiters.set(key, waiters.add(settle))
    })
  }

  /** An answer was written: callers that wait for it here get it. */
  answered({ asker, id, actions }: AnswerRecord): void {
    const key = answerKey(asker, id)
    const waiters = this.#waiters.get(key) ?? []
    this.#waiters.delete(key)
    for (const settle of waiters) settle({ id, actions })
  }

  /** An RPC message was written, here or at another hub. */
  commanded({ message, from }: RpcRecord): void {
    const id = textOf(asFields(message['command']), 'id')
    if (id !== undefined && from !== undefined) this.#commanded(id, from)
  }

  #commanded(id: string, scope: string): void {
    this.#commands.set(id, scope)
    if (this.#commands.size > MAX_COMMANDS) forgetOldest(this.#commands)
  }

  leadCame(): void {
    this.#away?.cancel()
    this.#away = undefined
    this.#hasGrace = true
    for (const member of this.#session.members) member.leadCame()
  }

  /** There is no lead; `at` is how far the lead was sent events. */
  leadLeft(at: number): void {
    this.leadAt = Math.max(this.leadAt, at)
    const { clock, limits } = this.#session.context
    this.#away?.cancel()
    // Sockets report their end after the session was closed.
    if (this.#closed) return
    this.#away = afterRunning(clock, limits.leadGraceMs, () => this.#giveUp())
  }

  /** What no lead ever saw is answered, so that a late one does not run it. */
  #giveUp(): void {
    if (this.#session.isLed) return
    this.#hasGrace = false
    for (const [wireId, request] of this.#session.state.pending) {
      if (request.n > this.leadAt) this.#refuse(wireId, request)
    }
  }

  /** There is no lead: one may come for this request. Without one for long, it is answered at once. */
  async #wake(wireId: string, request: PendingRequest): Promise<void> {
    const { hooks, logger } = this.#session.context
    const isWoken = await hooks.wake?.(this.#session.sessionId).catch((error: unknown) => {
      logger.warn('a session could not be woken', { error: String(error) })
      return false
    })
    if (isWoken !== true && !this.#hasGrace && !this.#session.isLed) this.#refuse(wireId, request)
  }

  #refuse(wireId: string, { n, asker, id, sender }: PendingRequest, reason = 'No lead is connected.'): void {
    const actions = [{ action: 'BLOCK', reason }]
    const { logger } = this.#session.context
    // Every hub of a cluster comes to this, and one of them does it. Ids come again, the request's number does not.
    const key = `no lead ${n}`
    this.#session.append({ t: 'answer', wireId, asker, id, actions, sender }, { key }).catch((error: unknown) => {
      logger.warn('a request without a lead was not answered', { error: String(error) })
    })
  }

  /** The asker's own id, unless another one that waits has the same. */
  #reserve(id: string): string {
    const { state, context } = this.#session
    // At another hub the same id may be used at this moment.
    let wireId = context.remotePresence === undefined ? id : `${id}~${randomId(context.random, 6)}`
    while (this.#reserved.has(wireId) || state.pending.has(wireId)) wireId = `${id}~${randomId(context.random, 6)}`
    this.#reserved.add(wireId)
    return wireId
  }
}
