import {
  type AppendResult,
  EMPTY_EVENT_HASH,
  type LogEvent,
  type Replica,
  type SessionRecord,
  type WriteOptions,
} from '@holdfast/log'
import type { Fields, HubAction, HubResponse } from '@holdfast/protocol/hub'
import type { HandleRequest, HubContext } from '../context.ts'
import { Delivery, Ring } from '../delivery/delivery.ts'
import type { Feed } from '../delivery/subscription.ts'
import type { HubError } from '../errors.ts'
import type { Participant } from '../presence/participant.ts'
import { Presence } from '../presence/presence.ts'
import type { FileRecord, HubRecord, RpcRecord } from '../state/records.ts'
import type { SessionState } from '../state/session-state.ts'
import { Activity } from './activity.ts'
import { FanOut } from './fan-out.ts'
import { LeadLease } from './lead-lease.ts'
import { PendingApprovals } from './pending-approvals.ts'
import { ReachWatch } from './reach-watch.ts'
import { reactTo } from './reactions.ts'
import { RequestHandlers } from './request-handlers.ts'
import { Router } from './router.ts'
import type { SessionBudget } from './session-budget.ts'
import type { Member, Notice, PublishOptions, SessionCore } from './session-core.ts'
import { findRecord, recordAt, sessionReplica } from './session-replica.ts'
import { SessionUses } from './session-uses.ts'
import { SessionWriter } from './session-writer.ts'

/** Of a session's own objects, and of what the log has for those who follow it. */
const SESSION_COST = 16_384

/**
 * One session in this process, while it has a participant: a replica of its log, whose events are passed on to everybody
 * (design: server §3.4). Append comes before send: only the log feeds subscribers.
 */
export class HubSession implements SessionCore, Feed {
  readonly sessionId: string
  readonly context: HubContext
  readonly lead: LeadLease
  readonly router: Router
  readonly requestHandlers: RequestHandlers
  readonly approvals: PendingApprovals
  readonly presence: Presence
  readonly activity: Activity = new Activity(this)
  readonly members: Set<Member> = new Set<Member>()
  readonly handlers: HandleRequest[] = []
  record: SessionRecord
  eventHash: string = EMPTY_EVENT_HASH
  readonly #replica: Replica<SessionState, HubRecord | undefined>
  readonly #ring: Ring
  readonly #budget: SessionBudget
  readonly #uses: SessionUses
  #closing: Promise<void> | undefined
  readonly #gone: () => void
  readonly #reach = new ReachWatch()
  readonly #fanOut: FanOut
  readonly #writer: SessionWriter

  private constructor(context: HubContext, budget: SessionBudget, record: SessionRecord, gone: () => void) {
    const { limits, log, clock } = context
    this.context = context
    this.#budget = budget
    this.record = record
    this.sessionId = record.id
    this.#ring = new Ring(limits.ringEvents, limits.ringBytes)
    this.#gone = gone
    this.#fanOut = new FanOut(context.slices, { events: limits.ringEvents, bytes: limits.ringBytes })
    this.#uses = new SessionUses(clock, limits.idleSessionMs, {
      entered: () => budget.entered(this),
      left: () => budget.left(this),
      idle: () => void this.close(),
    })
    this.#replica = sessionReplica(context, record.id, {
      found: (found) => {
        this.record = found
      },
      grew: () => budget.grew(this),
      loaded: (eventHash) => {
        this.eventHash = eventHash
        this.router.loaded()
        this.approvals.loaded()
      },
      applied: (event, applied) => this.#applied(event, applied),
      capacity: () => this.#fanOut.capacity(),
      ended: (error) => this.#lost(error),
    })
    this.#writer = new SessionWriter(this, this.#replica)
    this.router = new Router(this)
    this.requestHandlers = new RequestHandlers(this)
    this.approvals = new PendingApprovals(this)
    this.presence = new Presence(this)
    this.lead = new LeadLease({
      sessionId: record.id,
      log,
      state: () => this.state,
      clock,
      leaseMs: limits.leaseMs,
      isShared: context.remotePresence !== undefined,
      append: (records, options) => this.#writer.write(records, options),
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
    const session = new HubSession(context, budget, await findRecord(context, sessionId), gone)
    try {
      await session.#replica.start()
    } catch (error) {
      void session.close()
      throw error
    }
    return session
  }

  get state(): SessionState {
    return this.#replica.state
  }

  /** About what it occupies. */
  get bytes(): number {
    return this.#ring.bytes + this.state.bytes + SESSION_COST
  }

  dropRecent(): void {
    this.#ring.clear()
  }

  dropHistory(): void {
    this.state.shorten()
  }

  get head(): number {
    return this.state.n
  }

  get epoch(): string {
    return this.record.epoch
  }

  get participants(): readonly Participant[] {
    return this.presence.all
  }

  /** Whether anybody wants to answer the lead's requests. */
  get hasHandlers(): boolean {
    return this.handlers.length > 0 || this.context.hooks.onRequest !== undefined
  }

  get isLed(): boolean {
    return this.lead.isTaken || (this.context.remotePresence?.leads(this.sessionId) ?? false)
  }

  /** Aborted when the session has ended in this process. */
  get ended(): AbortSignal {
    return this.#replica.signal
  }

  get hasEnded(): boolean {
    return this.ended.aborted
  }

  /** Keeps the session until the result is called. */
  retain(): () => void {
    return this.#uses.retain()
  }

  /** Leads may have come or gone at other hubs. */
  remoteLeadCame(): void {
    if (this.lead.isTaken) return
    if (this.isLed) this.router.leadCame()
    // How far it was sent events is not known here; what it may have seen is not offered to the next one again.
    else this.router.leadLeft(this.head)
  }

  join(member: Member): void {
    this.members.add(member)
    this.#fanOut.join(member)
    this.#reach.demand(this.record, member)
  }

  /** Calls `changed` when it changes who can find the session. Returns a function that stops it. */
  watchReach(changed: () => void): () => void {
    return this.#reach.watch(changed)
  }

  /** Tells all members something, in the order of the calls; many of them a few at a time. */
  notify(notice: Notice): void {
    this.#fanOut.notify(notice)
  }

  leave(member: Member): void {
    this.members.delete(member)
    this.#fanOut.leave(member)
    member.subscription.stop()
  }

  /** Ends the session in this process; the log continues. Resolves when its snapshot is stored. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing
    this.#closing = this.#close()
    this.#budget.ended(this, this.#closing)
    return this.#closing
  }

  async #close(): Promise<void> {
    const stored = this.#replica.close(this.context.limits.ringEvents)
    this.#uses.close()
    this.router.close()
    this.approvals.close()
    this.presence.close()
    this.#gone()
    await stored
  }

  recent(n: number): Delivery | undefined {
    return this.#ring.get(n) ?? this.#fanOut.newest(n)
  }

  async page(after: number): ReturnType<Feed['page']> {
    const { events, gap } = await this.context.log.read(this.sessionId, { after })
    return { deliveries: events.map((event) => new Delivery(this.sessionId, event)), gap }
  }

  isPending(wireId: string): boolean {
    return this.state.isPending(wireId, this.context.clock.epoch())
  }

  isHere(scope: string): boolean {
    return [...this.members].some((member) => member.subscription.audience.scope === scope)
  }

  isOver(record: RpcRecord, n: number): boolean {
    return this.state.questions.isOver(record, n)
  }

  append(record: HubRecord, options: WriteOptions = {}): Promise<AppendResult> {
    return this.#writer.write([record], options)
  }

  /** Puts an event of the hub's own into the session. @returns its number */
  publish(event: string, data: Fields, options: PublishOptions = {}): Promise<number> {
    return this.#writer.publish(event, data, options)
  }

  /** Writes a change of a file, in parts where it is larger than one event may be. */
  appendFile(record: FileRecord, options: WriteOptions): Promise<AppendResult> {
    return this.#writer.file(record, options)
  }

  recordAt(n: number): Promise<HubRecord | undefined> {
    return recordAt(this.context.log, this.sessionId, n)
  }

  reached(n: number): Promise<void> {
    return this.#replica.reached(n)
  }

  known(asker: string, id: string): Promise<HubResponse | undefined> {
    return this.router.known(asker, id)
  }

  settle(n: number, actions: readonly HubAction[]): Promise<boolean> {
    return this.approvals.settle(n, actions)
  }

  /** Another node may have changed the description. */
  async reachChanged(): Promise<void> {
    const record = await this.context.log.findSession(this.sessionId).catch(() => null)
    if (record === null || this.hasEnded) return
    this.record = record
    this.#reach.changed(record, this.members)
  }

  #applied(event: LogEvent, record: HubRecord | undefined): void {
    const delivery = new Delivery(this.sessionId, event, record)
    this.eventHash = delivery.eventHash
    const bytes = delivery.size
    this.#ring.push(delivery, bytes)
    this.#budget.grew(this)
    if (record !== undefined && (record.t !== 'event' || record.hold !== undefined)) reactTo(record, this)
    this.#fanOut.offer(delivery, bytes)
  }

  #lost(error: HubError): void {
    void this.close()
    for (const member of [...this.members]) member.ended(error)
  }
}
