import type { Timer } from '@holdfast/contract'
import { type Change, LogError, Watchers } from '@holdfast/log'
import type { Msg, Subscription } from '@nats-io/transport-node'
import { inTurns } from './blobs.ts'
import type { ChainReader } from './chain-reader.ts'
import { decodeRecord, type Placed } from './chain-record.ts'
import { Deadline } from './deadline.ts'
import { type Link, RETRY_AFTER_MS } from './link.ts'
import type { Names, Place } from './names.ts'
import type { Settings } from './options.ts'

/** A subscription is checked once soon: the servers of a cluster notify each other of it without waiting. */
const FIRST_CHECK_MS = 250
/** Heads that are asked for in one round, so that many quiet sessions do not become a storm. */
const CHECKS_A_ROUND = 500
const CHECKS_AT_ONCE = 16

interface Feed {
  readonly place: Place
  readonly subscription: Subscription
  /** The server knows of the subscription. */
  readonly isListening: Promise<boolean>
  /** The last record that was reported or read. */
  seq: number
  checkAt: number
}

/**
 * What happens in the sessions with followers: the stream publishes each record again when it is stored. Such
 * messages may get lost, so a session without news is compared with its head every few seconds (design: server §3.4).
 */
export class LiveFeed {
  readonly #link: Link
  readonly #reader: ChainReader
  readonly #names: Names
  readonly #settings: Settings
  readonly #onRecord: (session: string, placed: Placed) => void
  readonly #watchers = new Watchers()
  readonly #feeds = new Map<string, Feed>()
  readonly #stopListening: () => void
  #timer: Timer | undefined
  #isStopped = false

  constructor(
    parts: { link: Link; reader: ChainReader; names: Names; settings: Settings },
    onRecord: (session: string, placed: Placed) => void,
  ) {
    this.#link = parts.link
    this.#reader = parts.reader
    this.#names = parts.names
    this.#settings = parts.settings
    this.#onRecord = onRecord
    // What was published while there was no connection is lost.
    this.#stopListening = this.#link.whenBack(() => this.#checkSoon())
    this.#arm()
  }

  watch(session: string, listener: (change: Change) => void): () => void {
    const end = this.#watchers.watch(session, listener)
    if (!this.#feeds.has(session)) this.#feeds.set(session, this.#subscribe(session))
    return () => {
      end()
      if (this.#watchers.has(session)) return
      this.#feeds.get(session)?.subscription.unsubscribe()
      this.#feeds.delete(session)
    }
  }

  /** Resolves when nothing of a session that is followed can be missed any more. @throws LogError `log/unavailable` */
  async listening(session: string, deadline: Deadline): Promise<void> {
    const feed = this.#feeds.get(session)
    if (feed === undefined || (await deadline.orEnd(feed.isListening)) === true) return
    const message = 'expected the server to take a subscription, it did not answer'
    throw new LogError('log/unavailable', message, { retryAfterMs: RETRY_AFTER_MS })
  }

  emitRemoved(session: string): void {
    this.#watchers.notify(session, { type: 'removed' })
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#stopListening()
    this.#watchers.notifyAll({ type: 'closed' })
  }

  #subscribe(session: string): Feed {
    const place = this.#names.placeOf(session)
    const subscription = this.#link.nc.subscribe(place.tail, {
      callback: (error, message) => {
        if (error === null) this.#take(session, placedIn(message))
      },
    })
    const isListening = this.#link.nc.flush().then(
      () => true,
      () => false,
    )
    return { place, subscription, isListening, seq: 0, checkAt: this.#settings.timers.now() + FIRST_CHECK_MS }
  }

  #take(session: string, placed: Placed): void {
    const feed = this.#feeds.get(session)
    if (feed === undefined || placed.seq <= feed.seq) return
    feed.seq = placed.seq
    feed.checkAt = this.#settings.timers.now() + this.#settings.idleCheckMs
    this.#onRecord(session, placed)
    const { mark, events, sizes } = placed.record
    if (mark.isRemoved === true) return this.emitRemoved(session)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    if (events.length > 0) this.#watchers.notify(session, { type: 'events', events, bytes })
  }

  #arm(): void {
    if (this.#isStopped) return
    this.#timer = this.#settings.timers.after(Math.min(FIRST_CHECK_MS, this.#settings.idleCheckMs), () => {
      void this.#checkQuiet().finally(() => this.#arm())
    })
  }

  #checkSoon(): void {
    for (const feed of this.#feeds.values()) feed.checkAt = 0
  }

  async #checkQuiet(): Promise<void> {
    const now = this.#settings.timers.now()
    const quiet = [...this.#feeds].filter(([, { checkAt }]) => checkAt <= now).slice(0, CHECKS_A_ROUND)
    await inTurns(
      quiet.length,
      async (i) => {
        const [session, feed] = quiet[i] ?? []
        if (session !== undefined && feed !== undefined) await this.#check(session, feed)
      },
      CHECKS_AT_ONCE,
    )
  }

  /** A record that was missed is reported now; its number shows followers that they miss what is before it. */
  async #check(session: string, feed: Feed): Promise<void> {
    feed.checkAt = this.#settings.timers.now() + this.#settings.idleCheckMs
    const deadline = new Deadline(this.#settings.timers, this.#settings.idleCheckMs)
    try {
      const last = await this.#lastWithEvents(feed, deadline)
      if (this.#feeds.get(session) !== feed || this.#isStopped) return
      if (last === null) this.emitRemoved(session)
      else this.#take(session, last)
    } catch {
      // Not reachable: the next round asks again.
    }
  }

  /** The head, or the record with the head's last event where the head has none. */
  async #lastWithEvents(feed: Feed, deadline: Deadline): Promise<Placed | null> {
    const last = await this.#reader.last(feed.place, deadline)
    if (last === null || last.seq <= feed.seq || last.record.events.length > 0) return last
    const { mark } = last.record
    if (mark.isRemoved === true || mark.last < mark.first) return last
    const holder = await this.#reader.search(feed.place, last, (record) => record.mark.last >= mark.last, mark.last)
    return holder.seq > feed.seq ? holder : last
  }
}

function placedIn(message: Msg): Placed {
  const seq = Number(message.headers?.get('Nats-Sequence') ?? 0)
  return { seq, record: decodeRecord(message.string()) }
}
