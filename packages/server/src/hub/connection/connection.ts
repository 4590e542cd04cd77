import type { ChannelEnd, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import {
  type ExpiryEvents,
  ExpiryWatch,
  PeerWatch,
  type Principal,
  RESTART_CLOSE,
  spreadReason,
} from '@holdfast/gate/internals'
import type { Gap } from '@holdfast/log'
import type { HubInitMessage, HubPresenceMessage, HubServerMessage } from '@holdfast/protocol/hub'
import type { Delivery } from '../delivery/delivery.ts'
import { passesPresence } from '../delivery/filters.ts'
import { hydrationSize } from '../delivery/hydration.ts'
import { type Sink, Subscription } from '../delivery/subscription.ts'
import { asHubError, HubError } from '../errors.ts'
import { PresenceFeed, type PresenceSink } from '../presence/presence-feed.ts'
import type { HubSession } from '../session/hub-session.ts'
import type { Candidate } from '../session/lead-lease.ts'
import type { Member } from '../session/session-core.ts'
import { AskingAgain, type AskingParts } from './asking-again.ts'
import { type ConnectionParts, type MessageHost, participantOf, scopeOf } from './connection-parts.ts'
import { InboundFlow } from './inbound-flow.ts'
import { MessageHandlers } from './message-handlers.ts'
import type { ResumeDecision } from './resume-decision.ts'
import { sendHead, sendHistoryPage, sendState } from './state-messages.ts'

/**
 * A participant over WebSocket: its frames in, its part of the session's log out. Most of them are idle: what one needs that
 * says something is made when it does, and its parts call it by its methods, not by functions made for each.
 */
export class Connection implements Sink, Member, Candidate, MessageHost, PresenceSink, ExpiryEvents, AskingParts {
  readonly parts: ConnectionParts
  readonly session: HubSession
  readonly subscription: Subscription
  readonly participant: MessageHost['participant']
  principal: Principal
  fence: number | undefined
  readonly #channel: WebSocketChannel
  /** From the first frame on. */
  #flow: InboundFlow | undefined
  #messages: MessageHandlers | undefined
  readonly #watch: PeerWatch
  readonly #expiry: ExpiryWatch
  readonly #presence: PresenceFeed
  /** Of those who may be asked something. */
  readonly #asking: AskingAgain | undefined
  #isOpen = true
  #isClosing = false
  /** The client was sent the state at least once. */
  #isHydrated = false

  constructor(parts: ConnectionParts, { after, eventHash }: Pick<ResumeDecision, 'after' | 'eventHash'>) {
    const { context, session, role, filter, channel } = parts
    this.parts = parts
    this.principal = parts.principal
    this.#channel = channel
    this.session = session
    this.#presence = new PresenceFeed(this, context.limits)
    this.#watch = new PeerWatch(context.clock, context.limits)
    this.#expiry = new ExpiryWatch(context.clock, parts.principal, this)
    this.participant = participantOf(parts)
    this.subscription = new Subscription({
      feed: session,
      sink: this,
      limits: context.limits,
      audience: { role, scope: scopeOf(parts), isDriver: parts.isDriver, resumes: parts.resumes },
      filter,
      after,
      eventHash,
    })
    if (role === 'lead' || role === 'controller') this.#asking = new AskingAgain(this, after)
  }

  get resumes(): boolean {
    return this.parts.resumes
  }

  get signal(): AbortSignal {
    return this.subscription.signal
  }

  get instance(): string {
    return this.parts.clientSessionId
  }

  get scope(): string {
    return this.subscription.audience.scope
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedBytes
  }

  drained(signal: AbortSignal): Promise<void> {
    return this.#channel.drained(signal)
  }

  /** Becomes the lead. @throws HubError */
  async lead(): Promise<void> {
    this.fence = await this.session.lead.acquire(this)
    if (!this.#isOpen) this.session.lead.release(this)
  }

  /** Confirms the connection, and starts its stream. `isFresh`: no position of its own holds. */
  open(init: HubInitMessage, isFresh: boolean): void {
    const { role, context, resumes } = this.parts
    if (!this.#isOpen) return
    const { at } = this.subscription
    this.send(init)
    if (role === 'observer' && isFresh) this.hydrate()
    this.session.join(this)
    this.subscription.start()
    if (role === 'lead') {
      this.session.router.leadCame()
      if (isFresh) this.#orRefuse(this.#asking?.lead(at))
    }
    this.session.presence.join(this.participant)
    context.metrics.joined(role, 'ws', resumes && !isFresh)
    this.#expiry.start()
  }

  frame(frame: WebSocketFrame): void {
    // What comes after the close was sent would overtake what was not acknowledged, and is sent again.
    if (this.#isClosing) return
    const { context } = this.parts
    this.#watch.received()
    this.participant.lastActivity = context.clock.epoch()
    context.metrics.received(frame.length)
    this.#handlers.take(frame)
  }

  get #handlers(): MessageHandlers {
    const { channel, context } = this.parts
    this.#flow ??= new InboundFlow(channel, context.clock, context.limits, context.inbound)
    this.#messages ??= new MessageHandlers(this, this.#flow)
    return this.#messages
  }

  pong(): void {
    this.#watch.received()
  }

  closed(_end: ChannelEnd): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#endInbound()
    this.#expiry.stop()
    const session = this.session
    session.leave(this)
    if (session.lead.release(this)) session.router.leadLeft(this.subscription.at)
    session.presence.leave(this.participant)
    this.parts.release()
    this.parts.owner.ended(this.parts.id)
  }

  deliver(delivery: Delivery, previous: number): void {
    const { resumes, context } = this.parts
    const text = resumes ? delivery.stamped(previous, this.subscription.filter.narrows) : delivery.plain
    this.#channel.send(text)
    context.metrics.delivered(text.length)
  }

  live(seq: number, eventHash: string): void {
    if (this.parts.resumes) sendHead(this.parts, { type: 'live', seq, anchor: eventHash })
  }

  mark(seq: number, eventHash: string, prev: number): void {
    if (this.parts.resumes) sendHead(this.parts, { type: 'mark', seq, prev, anchor: eventHash })
  }

  async gap({ from, to, reason }: Gap): Promise<void> {
    await this.parts.context.gate.pass(this.hydrationSize)
    if (this.parts.resumes) this.send({ type: 'gap', from, to, reason })
    this.subscription.jump(this.session.head, this.session.eventHash)
    this.#asking?.skipped(from)
    this.hydrate()
    this.parts.context.metrics.gap(reason)
  }

  fail(error: HubError): void {
    this.refuse(error)
  }

  ended(error: HubError): void {
    this.refuse(error)
  }

  replaced(error: HubError): void {
    this.refuse(error)
  }

  presence(message: HubPresenceMessage, text: string): void {
    if (passesPresence(this.subscription.filter, message.event)) this.#presence.send(text)
  }

  sendPresence(text: string): void {
    this.#channel.send(text)
  }

  presenceNow(): string {
    return this.session.presence.now()
  }

  /** Every so often: is the client still there? */
  check(): void {
    const channel = this.#channel
    if (this.#watch.isGone(channel.bufferedBytes, this.#flow?.isPaused !== true)) channel.terminate()
    else if (channel.traits.ping) channel.ping()
    this.#presence.catchUp()
  }

  /** Every so often: where filters skipped, the head. */
  mention(): void {
    this.subscription.mark()
  }

  /** Continues under newer credentials of the same principal. Hub §11. */
  async renew(bearer: string): Promise<void> {
    this.principal = await this.parts.owner.renew(this.parts, this.principal, bearer)
    const { expiresAt } = this.principal
    if (this.#isOpen && !this.#isClosing) this.#expiry.renew(expiresAt)
    this.send({ type: 'auth.renewed', ...(expiresAt === undefined ? {} : { expiresAt }) })
  }

  expiring(expiresAt: number): void {
    if (this.parts.resumes) this.send({ type: 'auth.expiring', expiresAt })
  }

  expired(): void {
    this.refuse(new HubError('hub/unauthorized', 'The credentials have expired.'))
  }

  refuse(error: HubError): void {
    // What waits behind the first one is refused with it.
    if (this.#isClosing) return
    this.parts.context.metrics.refused(error.code)
    this.#close(error.closeCode, error.message)
  }

  drain(reconnectWindowMs: number): void {
    this.#messages?.flushAcks()
    this.subscription.offer()
    this.#close(RESTART_CLOSE, spreadReason(reconnectWindowMs))
  }

  #close(code: number, reason: string): void {
    this.#isClosing = true
    this.#endInbound()
    this.#expiry.stop()
    this.subscription.stop()
    this.#channel.close(code, reason)
  }

  #endInbound(): void {
    this.#flow?.end()
    this.#messages?.end()
  }

  send(message: HubServerMessage): void {
    this.#channel.send(JSON.stringify(message))
  }

  get hydrationSize(): number {
    return hydrationSize(this.session, this.parts.isPaged)
  }

  /** A page of the conversation, no faster than the client takes it. */
  sendHistory(id: string, before: number): Promise<void> {
    return sendHistoryPage(this.parts, { id, before, signal: this.signal })
  }

  /** Its unanswered questions are for this controller, too. */
  leadCame(): void {
    if (this.parts.role === 'controller' && this.#isHydrated) this.#orRefuse(this.#asking?.controller())
  }

  /** Sends the state so far. */
  hydrate(): void {
    sendState(this.parts, this.subscription)
    this.#isHydrated = true
    this.leadCame()
  }

  /** What it was asked before. */
  ask(message: object): void {
    this.#channel.send(JSON.stringify(message))
  }

  async hasCapacity(): Promise<void> {
    if (this.bufferedBytes > this.parts.context.limits.socketHighBytes) await this.drained(this.signal)
  }

  #orRefuse(work: Promise<void> | undefined): void {
    work?.catch((error: unknown) => this.refuse(asHubError(error)))
  }
}
