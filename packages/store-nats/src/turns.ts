import { type Clock, type Random, randomId } from '@holdfast/contract'
import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import type { Deadline } from './deadline.ts'
import { writerNews } from './generated/checks.ts'
import type { WriterNews } from './generated/types.ts'
import { maybeJson } from './stored-json.ts'

/** Who waits and is not heard of again is not waited for any longer: it died, or its message was lost. */
const WAIT_MS = 500
/** Of sessions, above which it is looked for those whose time is over. */
const SWEEP_SIZE = 1_000

interface Queue {
  /** Who waits, and until when that counts. */
  readonly others: Map<string, number>
  readonly freed: Set<() => void>
  /** The last record of those who have waited. */
  seq: number
}

/**
 * Lets writers of one session at several gateways take turns. The server checks every place, so none of this is needed
 * for order; but who lost its place has to read before it tries again, and one that writes on without a pause would
 * always be faster. So the loser says that it waits, and who hears of it writes nothing before it has written.
 */
export class Turns {
  readonly #nc: NatsConnection
  readonly #prefix: string
  readonly #me: string
  readonly #timers: Clock
  readonly #subscription: Subscription
  readonly #queues = new Map<string, Queue>()

  constructor(nc: NatsConnection, prefix: string, { timers, random }: { timers: Clock; random: Random }) {
    this.#nc = nc
    this.#prefix = `${prefix}.turn.`
    this.#me = randomId(random, 12)
    this.#timers = timers
    this.#subscription = nc.subscribe(`${this.#prefix}*`, {
      callback: (error, message) => {
        if (error === null)
          this.#receive(message.subject.slice(this.#prefix.length), maybeJson(writerNews, message.string()))
      },
    })
  }

  /** We have lost a place to another writer and try again. */
  wait(token: string): void {
    this.#announce(token, { by: this.#me })
  }

  /** We have written what we waited with, up to `seq`; or have given up. */
  over(token: string, seq = 0): void {
    this.#announce(token, { by: this.#me, seq })
  }

  /** Resolves when no other writer waits, with the last record of those that did; 0 where none waited. */
  async giveWay(token: string, deadline: Deadline): Promise<number> {
    const queue = this.#queues.get(token)
    if (queue === undefined) return 0
    while (this.#isAwaited(queue) && !deadline.isOver) await this.#change(queue)
    if (this.#queues.get(token) === queue) this.#queues.delete(token)
    return queue.seq
  }

  stop(): void {
    this.#subscription.unsubscribe()
    for (const { others, freed } of this.#queues.values()) {
      others.clear()
      for (const free of freed) free()
    }
    this.#queues.clear()
  }

  #receive(token: string, news: WriterNews | undefined): void {
    if (news === undefined || news.by === this.#me) return
    const { by, seq } = news
    const queue = this.#queues.get(token) ?? { others: new Map(), freed: new Set(), seq: 0 }
    if (seq === undefined) queue.others.set(by, this.#timers.now() + WAIT_MS)
    else {
      queue.others.delete(by)
      queue.seq = Math.max(queue.seq, seq)
      for (const free of queue.freed) free()
    }
    // This gateway does not write this session, or it would have been removed by now.
    if (queue.others.size === 0 && queue.freed.size === 0) this.#queues.delete(token)
    else this.#queues.set(token, queue)
    if (this.#queues.size > SWEEP_SIZE) this.#sweep()
  }

  #isAwaited({ others }: Queue): boolean {
    const now = this.#timers.now()
    for (const [by, until] of others) if (until <= now) others.delete(by)
    return others.size > 0
  }

  /** A writer has written, or the time of the first is over. */
  #change({ others, freed }: Queue): Promise<void> {
    return new Promise((resolve) => {
      const first = Math.min(...others.values())
      const free = (): void => {
        freed.delete(free)
        timer.cancel()
        resolve()
      }
      const timer = this.#timers.after(Math.max(first - this.#timers.now(), 0), free)
      freed.add(free)
    })
  }

  #sweep(): void {
    for (const [token, queue] of this.#queues) {
      if (queue.freed.size === 0 && !this.#isAwaited(queue)) this.#queues.delete(token)
    }
  }

  #announce(token: string, news: WriterNews): void {
    if (!this.#nc.isClosed()) this.#nc.publish(`${this.#prefix}${token}`, JSON.stringify(news))
  }
}
