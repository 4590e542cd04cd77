import { randomId } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate/internals'
import type { Gap } from '@holdfast/log'
import {
  type Fields,
  formatHubPosition,
  type HubAction,
  type HubRequest,
  type HubResponse,
  type HubServerMessage,
} from '@holdfast/protocol/hub'
import { decideResume } from '../connection/resume-decision.ts'
import type { HandleRequest } from '../context.ts'
import { Delivery } from '../delivery/delivery.ts'
import { hydrationText } from '../delivery/hydration.ts'
import { HubError, refusalOf } from '../errors.ts'
import type { Participant } from '../presence/participant.ts'
import type { PendingApproval } from '../state/approval-state.ts'
import { TO_DRIVER } from '../state/records.ts'
import type { HubSession } from './hub-session.ts'
import type { ApprovalListener } from './pending-approvals.ts'
import type { PublishOptions } from './session-core.ts'
import { isVisible } from './visibility.ts'

/** One item of {@link SessionHandle.follow}. */
export type SessionItem =
  | {
      readonly type: 'event'
      readonly seq: number
      /** Where to go on after this one. */
      readonly position: string
      /** The event as hub clients get it. */
      readonly message: HubServerMessage
    }
  /** Everything so far was handed over. */
  | { readonly type: 'live'; readonly seq: number; readonly position: string }
  /** Events that are gone; {@link HubSession.hydration} has the state that makes up for them. */
  | Gap

export interface FollowOptions {
  /** The position of an earlier item. @defaultValue from the next event on */
  readonly after?: string | undefined
  readonly signal: AbortSignal
}

export interface AskLeadOptions {
  /** Idempotency key: a request with the same id is sent only once. @defaultValue a random one */
  readonly id?: string | undefined
  /** Names the asker; ids are its own. @defaultValue one for each {@link SessionHandle} */
  readonly asker?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** @defaultValue 30,000 */
  readonly timeoutMs?: number | undefined
}

/** A request for the lead, its id left to the hub. */
export type LeadBound = {
  readonly [K in HubRequest['type']]: Omit<Extract<HubRequest, { type: K }>, 'id'>
}[HubRequest['type']]

/** The right to write a session as its lead, see {@link SessionHandle.lead}. */
export interface AcquiredLead {
  /** What is written under an older one than the newest is refused by the log. */
  readonly fence: number
  /** Gives it up. Idempotent. */
  release(): void
}

const DEFAULT_TIMEOUT_MS = 30_000

/**
 * A session of the hub, for code in the same process: other endpoints beside it, or the application that embeds it.
 * Holds the session in memory until it is closed.
 */
export class SessionHandle {
  readonly #session: HubSession
  readonly #release: () => void
  readonly #scope: string
  readonly #end = new AbortController()
  readonly #unwatch: () => void
  readonly #roomEnded = (): void => this.#end.abort()

  constructor(session: HubSession, release: () => void, principal?: Principal | undefined) {
    this.#session = session
    this.#release = release
    this.#scope = `p_${randomId(session.context.random)}`
    session.ended.addEventListener('abort', this.#roomEnded, { once: true })
    if (session.hasEnded) this.#end.abort()
    this.#unwatch = session.watchReach(() => {
      if (principal !== undefined && !isVisible(principal, session.record)) this.#end.abort()
    })
  }

  get id(): string {
    return this.#session.sessionId
  }

  get head(): number {
    return this.#session.head
  }

  get hasLead(): boolean {
    return this.#session.isLed
  }

  get participants(): readonly Participant[] {
    return this.#session.presence.all
  }

  /** The position after the newest event. */
  get position(): string {
    const { epoch, head: seq, eventHash } = this.#session
    return formatHubPosition({ epoch, seq, anchor: eventHash })
  }

  /** The state so far, as a controller gets it: JSON of `session_hydration`. */
  hydration(): string {
    return hydrationText(this.#session, 'session_hydration')
  }

  /** The present text of a session file; undefined where there is none. */
  file(path: string): string | undefined {
    return this.#session.state.files.get(path)
  }

  get files(): readonly string[] {
    return this.#session.state.files.paths
  }

  /**
   * The session's events after a position, each once and in order, then live. Read at the reader's pace: nothing is
   * queued. Ends with the signal. Routed messages (requests, answers, RPC) are not among them.
   */
  async *follow({ after, signal }: FollowOptions): AsyncGenerator<SessionItem> {
    const { context, sessionId, epoch } = this.#session
    const start = await decideResume(this.#session, { asked: false, after, sends: false })
    const at = (seq: number, eventHash: string): string => formatHubPosition({ epoch, seq, anchor: eventHash })
    if (after !== undefined && start.isFresh) yield { type: 'gap', from: 1, to: start.after, reason: 'epoch' }
    let { eventHash } = start
    for await (const item of context.log.tail(sessionId, { after: start.after, signal })) {
      if (item.type === 'gap') yield item
      else if (item.type === 'mark') yield { type: 'live', seq: item.n, position: at(item.n, eventHash) }
      else {
        const delivery = new Delivery(sessionId, item.event)
        eventHash = delivery.eventHash
        const { record } = delivery
        if (record?.t !== 'event') continue
        const { event, data, category } = record
        const message = { type: 'broadcast', event, data, category, sessionId, timestamp: delivery.at } as const
        yield { type: 'event', seq: delivery.n, position: at(delivery.n, eventHash), message }
      }
    }
  }

  /**
   * Puts an event of the hub's own into the session. Resolves with its number when it is in the log.
   * @throws HubError
   */
  async publish(event: string, data: Fields, options: PublishOptions = {}): Promise<number> {
    return this.#session.publish(event, data, options)
  }

  /**
   * Asks the lead what a controller would, and waits for its answer. A request that is given up, by the time or the
   * signal, is answered with a block, so that a lead that comes later does not carry it out.
   * @throws HubError `hub/timeout`, `hub/unavailable`, `hub/too_large`; the signal's reason
   */
  async ask(message: LeadBound, options: AskLeadOptions = {}): Promise<HubResponse> {
    const { router, context } = this.#session
    const { id = randomId(context.random), asker = this.#scope, timeoutMs = DEFAULT_TIMEOUT_MS } = options
    const end = new AbortController()
    const abort = (): void => end.abort(options.signal?.reason)
    if (options.signal?.aborted) throw options.signal.reason
    options.signal?.addEventListener('abort', abort, { once: true })
    const timer = context.clock.after(timeoutMs, () => {
      end.abort(new HubError('hub/timeout', `The lead did not answer within ${timeoutMs} ms.`))
    })
    const until = context.clock.epoch() + timeoutMs
    const answer = router.awaited(asker, id, end.signal)
    answer.catch(() => {})
    try {
      const result = await router.request({ ...message }, id, {
        scope: asker,
        key: `${asker} m ${id}`,
        keyScope: asker,
        until,
      })
      // The answer is not waited for any more: a lead that comes late must not do it.
      end.signal.addEventListener('abort', () => router.withdraw(asker, id), { once: true })
      if (end.signal.aborted) router.withdraw(asker, id)
      const refusal = refusalOf(result)
      if (refusal !== undefined) throw refusal
      const known = result.outcome === 'duplicate' ? await router.known(asker, id) : undefined
      return known ?? (await answer)
    } finally {
      timer.cancel()
      options.signal?.removeEventListener('abort', abort)
      end.abort()
    }
  }

  /** Sends the RPC driver a message. Resolves when it is in the log. @throws HubError */
  async sendToDriver(message: { readonly type: 'rpc_command' | 'rpc_ui_response' } & Fields): Promise<void> {
    const refusal = refusalOf(await this.#session.router.rpc(TO_DRIVER, message, { scope: this.#scope }))
    if (refusal !== undefined) throw refusal
  }

  /**
   * Leads the session from this process: no other lead can, on any node, and requests for the lead wait in the log. The
   * caller reads and writes the session's log itself, under the fence that it gets. `replaced` is called when another
   * lead has taken over. `instance` must stay the same across restarts of one lead.
   * @throws HubError `hub/has_lead`, `hub/stale_driver`, `hub/unavailable`
   */
  async lead(instance: string, replaced: (error: HubError) => void): Promise<AcquiredLead> {
    const { lead, router } = this.#session
    const candidate = { instance, replaced }
    const fence = await lead.acquire(candidate)
    router.leadCame()
    return {
      fence,
      release: () => {
        if (lead.release(candidate)) router.leadLeft(this.#session.head)
      },
    }
  }

  /** Answers the lead's requests, before the hub's own hook is called. Returns a function that removes the handler. */
  handleRequests(handler: HandleRequest): () => void {
    const { handlers } = this.#session
    handlers.push(handler)
    return () => {
      const at = handlers.indexOf(handler)
      if (at >= 0) handlers.splice(at, 1)
    }
  }

  /**
   * Requests of leads that wait, the oldest first (option `requireApproval` of the hub): the same on every node.
   * @see {@link answerApproval}
   */
  get pendingApprovals(): readonly PendingApproval[] {
    return this.#session.state.approvals.all
  }

  /** Calls `listener` for each request that begins to wait, and for its end. Returns a function that stops it. */
  watchApprovals(listener: ApprovalListener): () => void {
    return this.#session.approvals.watch(listener)
  }

  /**
   * Answers request `n` of {@link pendingApprovals}. Only the first answer of all nodes counts: false where this was
   * not it. `by` is shown to observers. Resolves when the answer is in the log. @throws HubError
   */
  answerApproval(n: number, actions: readonly HubAction[], by?: string | undefined): Promise<boolean> {
    return this.#session.approvals.settle(n, actions, by)
  }

  /** Aborted when this process follows the session no more: it was removed, or its log is away. Open it again then. */
  get ended(): AbortSignal {
    return this.#end.signal
  }

  /** Names this life of the session: numbers mean something within it alone. */
  get epoch(): string {
    return this.#session.epoch
  }

  /** Releases the session. */
  close(): void {
    this.#unwatch()
    this.#session.ended.removeEventListener('abort', this.#roomEnded)
    this.#release()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
