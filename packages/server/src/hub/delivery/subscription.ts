import { setImmediate as turn } from 'node:timers/promises'
import type { Gap } from '@holdfast/log'
import { HubError, type HubErrorCode } from '../errors.ts'
import type { HubLimits } from '../limits.ts'
import { isUiResponse } from '../state/questions.ts'
import { clientSessionOf, type RpcRecord, TO_CONTROLLERS, TO_DRIVER } from '../state/records.ts'
import type { Delivery } from './delivery.ts'
import type { EventFilter } from './filters.ts'

/** Who a subscription belongs to, as far as routing goes. */
export interface Audience {
  readonly role: 'lead' | 'sub_agent' | 'observer' | 'controller'
  /** Names the client across its connections. */
  readonly scope: string
  readonly isDriver: boolean
  /** It speaks the resume extension, and so gets the end of a question. */
  readonly resumes: boolean
}

/** Where a subscription's messages go. */
export interface Sink {
  readonly bufferedBytes: number
  /** Resolves when the output was taken, or the sink is gone. */
  drained(signal: AbortSignal): Promise<void>
  deliver(delivery: Delivery, previous: number): void
  live(seq: number, eventHash: string): void
  /** `previous`: the number that was sent before. */
  mark(seq: number, eventHash: string, previous: number): void
  /** Events that are gone, then the state that makes up for them. */
  gap(gap: Gap): Promise<void>
  /** The subscription cannot go on. */
  fail(error: HubError): void
}

/** What a subscription needs of its session. */
export interface Feed {
  readonly head: number
  readonly eventHash: string
  /** The delivery with this number, while it is recent. */
  recent(n: number): Delivery | undefined
  page(after: number): Promise<{ readonly deliveries: readonly Delivery[]; readonly gap?: Gap | undefined }>
  isPending(wireId: string): boolean
  /** A client of this scope is connected here. */
  isHere(scope: string): boolean
  /** A question that has its answer, or an answer that came after another one. */
  isOver(record: RpcRecord, n: number): boolean
}

/**
 * One client's way through a session's log: live while it keeps up, and at its own pace, out of the log, while it does
 * not. Nothing is queued for it but what its socket holds (design: server §3.7).
 */
export class Subscription {
  readonly audience: Audience
  filter: EventFilter
  /** The last number that was considered; everything up to it was sent or did not match. */
  at: number
  readonly #feed: Feed
  readonly #sink: Sink
  readonly #limits: HubLimits
  /** Made for its first waiter. */
  #end: AbortController | undefined
  #hasEnded = false
  #eventHash: string
  /** The number that the client was last sent: of an event, or where it started. */
  #previous: number
  #skipped = 0
  #marked: number
  #isLive = false
  #hasSentLive = false
  #pumping = false

  constructor(parts: {
    readonly feed: Feed
    readonly sink: Sink
    readonly limits: HubLimits
    readonly audience: Audience
    readonly filter: EventFilter
    readonly after: number
    readonly eventHash: string
  }) {
    this.#feed = parts.feed
    this.#sink = parts.sink
    this.#limits = parts.limits
    this.audience = parts.audience
    this.filter = parts.filter
    this.at = parts.after
    this.#eventHash = parts.eventHash
    this.#previous = parts.after
    this.#marked = parts.after
  }

  /** Aborted when the subscription ends. */
  get signal(): AbortSignal {
    this.#end ??= new AbortController()
    if (this.#hasEnded) this.#end.abort()
    return this.#end.signal
  }

  get eventHash(): string {
    return this.#eventHash
  }

  /** Sends what is missing, then live. */
  start(): void {
    void this.#pump()
  }

  stop(): void {
    this.#isLive = false
    this.#hasEnded = true
    this.#end?.abort()
  }

  /** The session has new events. */
  offer(): void {
    if (!this.#isLive || this.#hasEnded) return
    this.#takeRecent()
    if (this.at < this.#feed.head || this.#isFull()) this.#fallBehind()
  }

  /** The state that was just sent makes up for everything before `n`. */
  jump(n: number, eventHash: string): void {
    this.at = n
    this.#eventHash = eventHash
    this.#previous = n
    this.#marked = n
    this.#skipped = 0
  }

  /** Sends the head, where something was skipped since it was last sent. */
  mark(): void {
    if (!this.#isLive || this.at === this.#marked) return
    this.#marked = this.at
    this.#skipped = 0
    this.#sink.mark(this.at, this.#eventHash, this.#previous)
  }

  #fallBehind(): void {
    this.#isLive = false
    void this.#pump()
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (!this.#hasEnded && !(await this.#step()));
    } catch (error) {
      const code: HubErrorCode = 'hub/unavailable'
      if (!this.#hasEnded) this.#sink.fail(new HubError(code, 'The log cannot be read.', { cause: error }))
    } finally {
      this.#pumping = false
    }
  }

  /** One page further. True when it has caught up. */
  async #step(): Promise<boolean> {
    if (this.#sink.bufferedBytes > this.#limits.socketHighBytes / 4) await this.#sink.drained(this.signal)
    if (this.#hasEnded) return true
    this.#takeRecent()
    if (this.at >= this.#feed.head) return this.#catchUp()
    if (this.#isFull() || this.#feed.recent(this.at + 1) !== undefined) return this.#rest()
    const { deliveries, gap } = await this.#feed.page(this.at)
    if (this.#hasEnded) return true
    if (gap !== undefined) {
      await this.#sink.gap(gap)
      return this.#rest()
    }
    for (const delivery of deliveries) if (delivery.n === this.at + 1) this.#take(delivery)
    return this.#rest()
  }

  #isFull(): boolean {
    return this.#sink.bufferedBytes > this.#limits.socketHighBytes
  }

  /** What the session still has at hand. */
  #takeRecent(): void {
    for (let taken = 0; taken < this.#limits.ringEvents && !this.#isFull(); taken++) {
      const delivery = this.#feed.recent(this.at + 1)
      if (delivery === undefined) return
      this.#take(delivery)
    }
  }

  #catchUp(): boolean {
    this.#isLive = true
    if (!this.#hasSentLive) {
      this.#hasSentLive = true
      this.#marked = this.at
      this.#sink.live(this.at, this.#eventHash)
    }
    return true
  }

  /** Others get their turn. */
  async #rest(): Promise<boolean> {
    await turn()
    return false
  }

  #take(delivery: Delivery): void {
    this.at = delivery.n
    this.#eventHash = delivery.eventHash
    if (this.#isForUs(delivery)) {
      this.#sink.deliver(delivery, this.#previous)
      this.#previous = delivery.n
      this.#marked = delivery.n
      this.#skipped = 0
    } else if (++this.#skipped >= this.#limits.markEvents) {
      this.#skipped = 0
      this.#marked = delivery.n
      this.#sink.mark(delivery.n, delivery.eventHash, this.#previous)
    }
  }

  #isForUs({ record, n }: Delivery): boolean {
    const { role, scope } = this.audience
    switch (record?.t) {
      case 'event':
        return record.from !== scope && (!this.filter.narrows || this.filter.passes(record.event, record.category))
      case 'request':
        // One that was answered is not asked again.
        return role === 'lead' && this.#feed.isPending(record.wireId)
      case 'answer':
        return this.#isOurs(record.asker)
      case 'rpc':
        return this.#isRpcForUs(record, n)
      default:
        return false
    }
  }

  #isRpcForUs(record: RpcRecord, n: number): boolean {
    const { role, scope, isDriver, resumes } = this.audience
    const { to, message, from } = record
    if (to !== TO_DRIVER && to !== TO_CONTROLLERS) return this.#isOurs(to)
    if (this.#feed.isOver(record, n)) return false
    if (to === TO_DRIVER && isDriver) return true
    // Clients that were asked are notified that it is over: by another answer, or by the driver.
    if (isUiResponse(message)) return role === 'controller' && resumes && from !== scope
    return to === TO_CONTROLLERS && role === 'controller'
  }

  /** For us, or for a process that was here before us and whose position we go on from. */
  #isOurs(scope: string): boolean {
    const { scope: own } = this.audience
    if (scope === own) return true
    return clientSessionOf(scope) === clientSessionOf(own) && !this.#feed.isHere(scope)
  }
}
