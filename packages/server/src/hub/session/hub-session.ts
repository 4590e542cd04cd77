import { setImmediate as turn } from 'node:timers/promises'
import type { Timer } from '@holdfast/contract'
import { randomId } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate/internals'
import {
  AppendQueue,
  type AppendResult,
  EMPTY_ANCHOR,
  type LogEvent,
  type QueueOptions,
  type SenderMark,
  type SessionRecord,
} from '@holdfast/log'
import { type Fields, type HubPresenceMessage, hubEventCategory } from '@holdfast/protocol/hub'
import type { HandleRequest, HubContext } from '../context.ts'
import { Delivery } from '../delivery/delivery.ts'
import { Ring } from '../delivery/ring.ts'
import type { Feed, Subscription } from '../delivery/subscription.ts'
import { asHubError, HubError } from '../errors.ts'
import { Presence } from '../presence/presence.ts'
import { answeredQuestion } from '../state/questions.ts'
import { type FileRecord, type HubRecord, INTERNAL, kindOf, type RpcRecord, readRecord } from '../state/records.ts'
import { SessionState } from '../state/session-state.ts'
import { fileParts } from './file-parts.ts'
import { LeadLease } from './lead-lease.ts'
import { PendingApprovals } from './pending-approvals.ts'
import { isVisible } from './reach.ts'
import { RequestHandlers } from './request-handlers.ts'
import { Router, refusalOf } from './router.ts'
import type { SessionBudget } from './session-budget.ts'

/** Of a session's own objects, and of what the log has for those who follow it. */
const ROOM_COST = 16_384

/** Somebody who follows the session. */
export interface Member {
  /** Who it is, as its credentials say. */
  readonly principal: Principal
  readonly subscription: Subscription
  presence(message: HubPresenceMessage, text: string): void
  /** The session is gone. */
  ended(error: HubError): void
}

/** How an event of the hub's own is published. */
export interface PublishOptions {
  /** @defaultValue what the event's name says (hub §4) */
  readonly category?: string | undefined
  /** The same key again is the same event: it has no second effect. Remembered as the log remembers keys. */
  readonly key?: string | undefined
}

/** A record on its way to the log. */
export interface RecordOptions extends QueueOptions {
  /** Makes a second append of the same a duplicate. */
  readonly key?: string | undefined
  readonly keyScope?: string | undefined
  /** Does so for as long as the sender may send it again. */
  readonly sender?: SenderMark | undefined
  readonly fence?: number | undefined
}

/**
 * One session in this process, while somebody is in it: follows the log once for all, keeps what is folded from it,
 * and passes every event on (design: server §3.4). Append comes before send: only the log feeds subscribers.
 */
export class HubSession implements Feed {
  readonly sessionId: string
  readonly context: HubContext
  readonly state: SessionState
  readonly lead: LeadLease
  readonly router: Router
  readonly requestHandlers: RequestHandlers
  readonly approvals: PendingApprovals
  readonly presence: Presence
  readonly members: Set<Member> = new Set<Member>()
  readonly handlers: HandleRequest[] = []
  record: SessionRecord
  anchor: string = EMPTY_ANCHOR
  readonly #ring: Ring
  readonly #budget: SessionBudget
  readonly #appends: AppendQueue
  readonly #end = new AbortController()
  readonly #waiting: { readonly n: number; readonly go: () => void }[] = []
  #snapshotAt = 0
  #keeping: Promise<void> | undefined
  #ids = 0
  readonly #prefix: string
  #holds = 0
  #idle: Timer | undefined
  readonly #gone: () => void
  readonly #reachWatchers = new Set<() => void>()

  private constructor(context: HubContext, budget: SessionBudget, record: SessionRecord, gone: () => void) {
    const { limits } = context
    this.context = context
    this.#budget = budget
    this.record = record
    this.sessionId = record.id
    this.state = new SessionState(limits)
    this.#ring = new Ring(limits.ringEvents, limits.ringBytes)
    this.#appends = new AppendQueue(context.log, record.id, () => this.#keep())
    this.#prefix = randomId(context.random)
    this.#gone = gone
    this.router = new Router(this)
    this.requestHandlers = new RequestHandlers(this)
    this.approvals = new PendingApprovals(this)
    this.presence = new Presence(this)
    this.lead = new LeadLease({
      sessionId: record.id,
      log: context.log,
      state: this.state,
      clock: context.clock,
      leaseMs: limits.leaseMs,
      isShared: context.remotePresence !== undefined,
      append: (lead, options) => this.append(lead, options),
      reached: (n) => this.reached(n),
    })
  }

  /** Opens a session that exists. `gone` is called once, when the session has ended. @throws HubError `hub/not_found` */
  static async open(
    context: HubContext,
    budget: SessionBudget,
    sessionId: string,
    gone: () => void,
  ): Promise<HubSession> {
    const record = await context.log.findSession(sessionId)
    if (record === null || record.status === INTERNAL) throw new HubError('hub/not_found', 'There is no such session.')
    const session = new HubSession(context, budget, record, gone)
    try {
      await session.#load()
    } catch (error) {
      void session.close()
      throw error
    }
    void session.#follow()
    return session
  }

  /** About what it occupies. */
  get bytes(): number {
    return this.#ring.bytes + this.state.bytes + ROOM_COST
  }

  dropRecent(): void {
    this.#ring.clear()
  }

  dropHistory(): void {
    this.state.entries.shorten()
  }

  get head(): number {
    return this.state.n
  }

  get epoch(): string {
    return this.record.epoch
  }

  /** Whether anybody wants to answer the lead's requests. */
  get hasHandlers(): boolean {
    return this.handlers.length > 0 || this.context.hooks.onRequest !== undefined
  }

  /** Somebody leads, here or at another hub. */
  get isLed(): boolean {
    return this.lead.isTaken || (this.context.remotePresence?.leads(this.sessionId) ?? false)
  }

  /** Aborted when the session has ended in this process. */
  get ended(): AbortSignal {
    return this.#end.signal
  }

  get hasEnded(): boolean {
    return this.#end.signal.aborted
  }

  /** Keeps the session until the result is called. */
  retain(): () => void {
    this.#holds++
    this.#budget.entered(this)
    this.#idle?.cancel()
    this.#idle = undefined
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#holds--
      if (this.#holds > 0 || this.hasEnded) return
      this.#idle = this.context.clock.after(this.#idleMs, () => void this.close())
      this.#budget.left(this)
    }
  }

  /** Leads may have come or gone at other hubs. */
  leadElsewhere(): void {
    if (this.lead.isTaken) return
    if (this.isLed) this.router.leadCame()
    // How far it was told is not known here; what it may have seen is not offered to the next one again.
    else this.router.leadLeft(this.head)
  }

  join(member: Member): void {
    this.members.add(member)
    this.#letGo(member)
  }

  /** Tells of changes of who may find the session. Returns its own undo. */
  watchReach(changed: () => void): () => void {
    this.#reachWatchers.add(changed)
    return () => this.#reachWatchers.delete(changed)
  }

  leave(member: Member): void {
    this.members.delete(member)
    member.subscription.stop()
  }

  /** Ends the session in this process; the log goes on. Resolves when its snapshot is stored. */
  close(): Promise<void> {
    if (this.hasEnded) return this.#keeping ?? Promise.resolve()
    const over = this.#close()
    this.#budget.ended(this, over)
    return over
  }

  async #close(): Promise<void> {
    this.#end.abort()
    this.#idle?.cancel()
    this.router.close()
    this.approvals.close()
    this.presence.close()
    for (const waiting of this.#waiting.splice(0)) waiting.go()
    this.#gone()
    if (this.state.n - this.#snapshotAt >= this.context.limits.ringEvents) await this.#keep()
  }

  recent(n: number): Delivery | undefined {
    return this.#ring.get(n)
  }

  async page(after: number): ReturnType<Feed['page']> {
    const { events, gap } = await this.context.log.read(this.sessionId, { after })
    return { deliveries: events.map((event) => new Delivery(this.sessionId, event)), gap }
  }

  isPending(wireId: string): boolean {
    const request = this.state.pending.get(wireId)
    return request !== undefined && (request.until ?? Number.POSITIVE_INFINITY) > this.context.clock.epoch()
  }

  isLate(record: RpcRecord, n: number): boolean {
    const question = answeredQuestion(record)
    return question !== undefined && this.state.questions.isLate(question, n)
  }

  /** Writes one record. */
  append(record: HubRecord, options: RecordOptions = {}): Promise<AppendResult> {
    return this.#write([record], options)
  }

  /** Puts an event of the hub's own into the session. @returns its number */
  async publish(event: string, data: Fields, options: PublishOptions = {}): Promise<number> {
    const { category = hubEventCategory(event), key } = options
    const result = await this.append({ t: 'event', event, data, category }, { key })
    const refusal = refusalOf(result)
    if (refusal !== undefined) throw refusal
    const known = result.outcome === 'appended' || result.outcome === 'duplicate' ? result.last : undefined
    const last = known ?? this.head
    await this.reached(last)
    return last
  }

  /** Writes a change of a file, in parts where it is larger than one event may be. */
  appendFile(record: FileRecord, options: RecordOptions): Promise<AppendResult> {
    return this.#write(fileParts(record), options)
  }

  async recordAt(n: number): Promise<HubRecord | undefined> {
    const { events } = await this.context.log.read(this.sessionId, { after: n - 1, limit: 1 })
    const [event] = events
    return event?.n === n ? readRecord(event) : undefined
  }

  reached(n: number): Promise<void> {
    if (this.head >= n || this.hasEnded) return Promise.resolve()
    return new Promise((go) => this.#waiting.push({ n, go }))
  }

  /** All of them or none, after all that was asked for before. */
  async #write(records: readonly HubRecord[], options: RecordOptions): Promise<AppendResult> {
    const { clock, metrics, node } = this.context
    const base = options.key ?? `${this.#prefix}-${++this.#ids}`
    const events = records.map((record, at) => ({
      id: at === 0 ? base : `${base}+${at}`,
      kind: kindOf(record),
      at: clock.epoch(),
      payload: record,
    }))
    const { key, keyScope, sender } = options
    const how = { producer: { id: node, fence: options.fence ?? 0 }, key, keyScope, sender }
    const result = await this.#appends.append({ events, options: how }, options)
    metrics.appended(result.outcome)
    return result
  }

  /** Another node may have changed the description. Whoever may not find the session any more is not in it either. */
  async #reachChanged(): Promise<void> {
    const record = await this.context.log.findSession(this.sessionId).catch(() => null)
    if (record === null || this.hasEnded) return
    this.record = record
    for (const changed of [...this.#reachWatchers]) changed()
    for (const member of [...this.members]) this.#letGo(member)
  }

  #letGo(member: Member): void {
    if (isVisible(member.principal, this.record)) return
    member.ended(new HubError('hub/not_found', 'There is no such session.'))
  }

  get #idleMs(): number {
    return this.context.limits.idleSessionMs
  }

  /** Snapshot and what came after it, page by page: others have their turn in between. */
  async #load(): Promise<void> {
    const { log } = this.context
    const snapshot = await log.snapshot(this.sessionId)
    if (snapshot !== null && this.state.restore(snapshot.n, snapshot.state)) this.#snapshotAt = snapshot.n
    for (;;) {
      const page = await log.read(this.sessionId, { after: this.state.n })
      if (page.gap !== undefined) this.state.n = page.gap.reason === 'retention' ? page.gap.to : page.first - 1
      for (const event of page.events) this.state.apply(event)
      this.#budget.grew(this)
      await turn()
      if (this.state.n < page.last) continue
      const head = await log.head(this.sessionId)
      this.anchor = head.anchor
      if (head.last <= this.state.n) break
    }
    this.router.loaded()
    this.approvals.loaded()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#end
    try {
      for await (const item of this.context.log.tail(this.sessionId, { after: this.head, signal })) {
        if (signal.aborted) return
        if (item.type === 'event') this.#take(item.event)
        // Only a log that was changed behind our back gets here: whoever is in it starts again.
        else if (item.type === 'gap') throw new HubError('hub/unavailable', 'The log was cut behind the session.')
      }
      if (!signal.aborted) throw new HubError('hub/unavailable', 'The log was closed.')
    } catch (error) {
      if (signal.aborted) return
      const told = asHubError(error)
      void this.close()
      for (const member of [...this.members]) member.ended(told)
    }
  }

  #take(event: LogEvent): void {
    const record = this.state.apply(event)
    const delivery = new Delivery(this.sessionId, event, record)
    this.anchor = delivery.anchor
    this.#ring.push(delivery, delivery.size)
    this.#budget.grew(this)
    this.router.apply(record)
    if (record?.t === 'lead') this.lead.apply(record.fence)
    if (record?.t === 'reach') void this.#reachChanged()
    this.approvals.apply(record)
    for (const member of this.members) member.subscription.offer(delivery)
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const waiting = this.#waiting[at]
      if (waiting === undefined || waiting.n > event.n) continue
      this.#waiting.splice(at, 1)
      waiting.go()
    }
    if (event.n - this.#snapshotAt >= this.context.limits.snapshotEvents) void this.#keep()
  }

  /** Stores a snapshot and lets the log forget what it may. One at a time. */
  #keep(): Promise<void> {
    this.#keeping ??= this.#store().finally(() => {
      this.#keeping = undefined
    })
    return this.#keeping
  }

  async #store(): Promise<void> {
    const { log, limits, logger } = this.context
    const { n } = this.state
    this.#snapshotAt = n
    try {
      await log.putSnapshot(this.sessionId, n, this.state.snapshot())
      const { retainEvents: maxEvents, retainBytes: maxBytes, retainMs: maxAgeMs } = limits
      await log.trim(this.sessionId, { maxEvents, maxBytes, maxAgeMs })
    } catch (error) {
      logger.warn('a snapshot was not stored', { sessionId: this.sessionId, code: asHubError(error).code })
    }
  }
}
