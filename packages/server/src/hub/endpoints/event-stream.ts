import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { randomId } from '@holdfast/contract'
import { type ExpiryEvents, ExpiryWatch, PeerWatch, type Principal } from '@holdfast/gate/internals'
import type { Gap } from '@holdfast/log'
import type { HubPresenceMessage } from '@holdfast/protocol/hub'
import type { HubLiveMessage, HubMarkMessage } from '@holdfast/protocol/hub/messages'
import { positionText, type ResumeDecision } from '../connection/resume-decision.ts'
import { headText } from '../connection/state-messages.ts'
import type { HubContext } from '../context.ts'
import type { Delivery } from '../delivery/delivery.ts'
import { type EventFilter, passesPresence } from '../delivery/filters.ts'
import { HISTORY_PAGE_BYTES, historyPage } from '../delivery/history.ts'
import { hydrationSize, hydrationText, snapshotMessage } from '../delivery/hydration.ts'
import { type Sink, Subscription } from '../delivery/subscription.ts'
import type { Participant } from '../presence/participant.ts'
import { PresenceFeed, type PresenceSink } from '../presence/presence-feed.ts'
import type { HubSession } from '../session/hub-session.ts'
import type { Member } from '../session/session-core.ts'
import { shownIdentity } from '../session/visibility.ts'

/** A stream that ended for its age is asked for again this soon. */
const RETRY_MS = 250

/** The part of its life by which a stream's end varies. */
const LIFE_SPREAD = 0.2

/** What one stream is made of. */
export interface StreamParts {
  readonly context: HubContext
  readonly session: HubSession
  readonly response: ServerResponse
  /** The request forbids every coding already. */
  readonly wantsAsIs: boolean
  readonly filter: EventFilter
  readonly start: ResumeDecision
  readonly resumes: boolean
  /** The state is sent page by page … */
  readonly isPaged: boolean
  /** … of which the client misses those before this event. */
  readonly earlier: number | undefined
  readonly who: Principal
  readonly ended: () => void
}

/** One observer over SSE. Every event that comes from the log carries its position as the event's id. */
export class EventStream implements Sink, Member, PresenceSink, ExpiryEvents {
  readonly subscription: Subscription
  readonly principal: Principal
  readonly #parts: StreamParts
  readonly #response: ServerResponse
  readonly participant: Participant
  #isCorked = false
  #isOpen = true
  #sendingHistory = 0
  readonly #watch: PeerWatch
  readonly #expiry: ExpiryWatch
  readonly #presence: PresenceFeed
  readonly #until: number

  constructor(parts: StreamParts) {
    const { context, session, filter, start } = parts
    const { sseLifeMs } = context.limits
    // Streams that came together do not go together.
    this.#until = context.clock.now() + sseLifeMs * (0.9 + context.random() * LIFE_SPREAD)
    this.#expiry = new ExpiryWatch(context.clock, parts.who, this)
    this.#parts = parts
    this.principal = parts.who
    this.#response = parts.response
    this.#watch = new PeerWatch(context.clock, context.limits)
    this.#presence = new PresenceFeed(this, context.limits)
    const epoch = context.clock.epoch()
    this.participant = {
      id: `s_${randomId(context.random)}`,
      role: 'observer',
      transport: 'sse',
      subscriptions: filter.patterns,
      connectedAt: epoch,
      lastActivity: epoch,
      metadata: shownIdentity(parts.who, undefined),
    }
    this.subscription = new Subscription({
      feed: session,
      sink: this,
      limits: context.limits,
      audience: { role: 'observer', scope: this.participant.id, isDriver: false, resumes: parts.resumes },
      filter,
      after: start.after,
      eventHash: start.eventHash,
    })
  }

  get bufferedBytes(): number {
    return this.#response.writableLength
  }

  get parts(): { readonly session: HubSession } {
    return this.#parts
  }

  /** Observers are asked nothing. */
  leadCame(): void {}

  open(): void {
    const { session, start, context, resumes, wantsAsIs } = this.#parts
    const response = this.#response
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      // Proxies that compress what has no coding yet keep small events back.
      ...(wantsAsIs ? {} : { 'content-encoding': 'identity' }),
      'x-content-type-options': 'nosniff',
      // Proxies that buffer would hold events back.
      'x-accel-buffering': 'no',
    })
    response.on('close', () => this.#closed())
    response.on('error', () => this.#closed())
    // The head goes out with it, and a proxy that waits for a first byte has one.
    this.#write(':\n\n')
    if (start.isFresh || resumes) this.#event('snapshot', JSON.stringify(snapshotMessage(session, start.offer)))
    if (start.isFresh) this.#hydrate()
    else if (this.#parts.isPaged) this.#sendHistory(this.#parts.earlier)
    session.join(this)
    this.subscription.start()
    session.presence.join(this.participant)
    context.metrics.joined('observer', 'sse', !start.isFresh)
    this.#expiry.start()
  }

  drained(signal: AbortSignal): Promise<void> {
    const response = this.#response
    if (!response.writableNeedDrain || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        response.off('drain', done)
        response.off('close', done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      response.on('drain', done)
      response.on('close', done)
      signal.addEventListener('abort', done)
    })
  }

  deliver(delivery: Delivery, previous: number): void {
    const { resumes, context } = this.#parts
    const text = resumes ? delivery.stamped(previous, this.subscription.filter.narrows) : delivery.plain
    this.#event('broadcast', text, this.#position(delivery.n, delivery.eventHash))
    context.metrics.delivered(text.length)
  }

  live(seq: number, eventHash: string): void {
    if (this.#parts.resumes) this.#marked({ type: 'live', seq, anchor: eventHash })
  }

  mark(seq: number, eventHash: string, prev: number): void {
    if (this.#parts.resumes) this.#marked({ type: 'mark', seq, prev, anchor: eventHash })
  }

  async gap({ from, to, reason }: Gap): Promise<void> {
    const { resumes, isPaged, session, context } = this.#parts
    await context.gate.pass(hydrationSize(session, isPaged))
    if (resumes) this.#event('gap', JSON.stringify({ type: 'gap', from, to, reason }))
    this.subscription.jump(session.head, session.eventHash)
    this.#hydrate()
    context.metrics.gap(reason)
  }

  fail(): void {
    this.#response.end()
  }

  ended(): void {
    this.#response.end()
  }

  end(retryMs: number): void {
    this.subscription.stop()
    this.#expiry.stop()
    this.#response.end(`retry: ${retryMs}\n\n`)
  }

  expiring(): void {}

  expired(): void {
    this.end(RETRY_MS)
  }

  sendPresence(text: string): void {
    this.#event('presence', text)
  }

  presenceNow(): string {
    return this.#parts.session.presence.now()
  }

  presence(message: HubPresenceMessage, text: string): void {
    if (passesPresence(this.subscription.filter, message.event)) this.#presence.send(text)
  }

  tick(keepAlive: boolean): void {
    const buffered = this.bufferedBytes
    // It never speaks: only what it takes is heard.
    if (this.#watch.isGone(buffered, false)) this.#response.destroy()
    this.subscription.mark()
    this.#presence.catchUp()
    if (this.#parts.context.clock.now() >= this.#until) this.end(RETRY_MS)
    else if (keepAlive && buffered === 0) this.#write(':\n\n')
  }

  #hydrate(): void {
    const { session, resumes, isPaged } = this.#parts
    const { at, eventHash } = this.subscription
    const stamp = resumes ? { seq: at, anchor: eventHash } : undefined
    const text = hydrationText(session, 'hydration', { stamp, isPaged, hasEarlier: resumes })
    this.#event('hydration', text, this.#position(at, eventHash))
    this.#parts.context.gate.sent(text.length, this.drained(this.subscription.signal))
    if (isPaged) this.#sendHistory(session.state.entries.newest(HISTORY_PAGE_BYTES).earlier)
  }

  /** The conversation before an event, page by page, as the client takes it. A newer hydration ends an older one. */
  #sendHistory(before: number | undefined): void {
    this.#sendingHistory += 1
    this.#history(before, this.#sendingHistory).catch(() => this.fail())
  }

  async #history(before: number | undefined, sending: number): Promise<void> {
    const { signal } = this.subscription
    for (let at = before; at !== undefined; ) {
      await this.drained(signal)
      const { text, earlier } = await historyPage(this.#parts.session, { type: 'history' }, at)
      if (signal.aborted || sending !== this.#sendingHistory) return
      this.#event('history', text)
      at = earlier
      await turn()
    }
  }

  #marked(head: HubLiveMessage | HubMarkMessage): void {
    const { seq, anchor = '', type } = head
    this.#event(type, headText(head), this.#position(seq, anchor))
  }

  #position(seq: number, eventHash: string): string {
    return positionText(this.#parts.start.epoch, seq, eventHash)
  }

  #event(name: string, data: string, id?: string | undefined): void {
    this.#write(`event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)
  }

  /** One write to the socket for all that a turn of the event loop has to say. */
  #write(text: string): void {
    const response = this.#response
    if (!this.#isOpen || response.writableEnded) return
    if (!this.#isCorked) {
      this.#isCorked = true
      response.cork()
      process.nextTick(() => {
        this.#isCorked = false
        response.uncork()
      })
    }
    response.write(text)
  }

  #closed(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#expiry.stop()
    const { session, ended } = this.#parts
    session.leave(this)
    session.presence.leave(this.participant)
    ended()
  }
}
