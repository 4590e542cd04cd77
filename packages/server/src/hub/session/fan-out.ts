import type { Delivery } from '../delivery/delivery.ts'
import type { Slices } from '../delivery/slices.ts'
import type { Member } from './session-core.ts'

type Serve = (member: Member) => void

const offer: Serve = (member) => member.subscription.offer()

/** Of the recent events that a session has at hand: so much may come while observers are sent what came before. */
const SHARE = 1 / 4

/**
 * The members of a session, and what all of them are sent. Lead and controllers get it at once, in order with the answers to
 * it; observers, who may be many, in slices: each takes all that is new by then. Events come no faster than observers are sent them
 * of them out of memory.
 */
export class FanOut {
  readonly #slices: Slices
  readonly #recent: { readonly events: number; readonly bytes: number }
  readonly #speakers = new Set<Member>()
  readonly #observers = new Set<Member>()
  /** What observers are sent after the current slice. */
  readonly #waiting: Serve[] = []
  #isRunning = false
  #newest: Delivery | undefined
  /** What came since the last slice for observers began. */
  #events = 0
  #bytes = 0
  #wake: (() => void) | undefined

  /** @param recent how much of the newest events is at hand */
  constructor(slices: Slices, recent: { readonly events: number; readonly bytes: number }) {
    this.#slices = slices
    this.#recent = recent
  }

  join(member: Member): void {
    this.#of(member).add(member)
  }

  leave(member: Member): void {
    this.#of(member).delete(member)
  }

  /** There is a new event. */
  offer(delivery: Delivery, bytes: number): void {
    this.#newest = delivery
    this.#events += 1
    this.#bytes += bytes
    if (this.#waiting.includes(offer)) this.#speakers.forEach(offer)
    else this.each(offer)
    if (!this.#isRunning) this.#newest = undefined
  }

  /** The newest event, while it is on its way. */
  newest(n: number): Delivery | undefined {
    return this.#newest?.n === n ? this.#newest : undefined
  }

  /** Resolves when more events may come; undefined: they may already. One at a time may wait. */
  capacity(): Promise<void> | undefined {
    const { events, bytes } = this.#recent
    if (!this.#isRunning || (this.#events < events * SHARE && this.#bytes < bytes * SHARE)) return undefined
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** Sends to all, in the order of the calls. */
  each(serve: Serve): void {
    this.#speakers.forEach(serve)
    this.#waiting.push(serve)
    if (!this.#isRunning) this.#next()
  }

  #next(): void {
    const serve = this.#waiting.shift()
    this.#isRunning = serve !== undefined
    if (serve === offer || serve === undefined) this.#begun()
    if (serve === undefined) this.#newest = undefined
    else this.#slices.each(this.#observers, serve, () => this.#next())
  }

  #begun(): void {
    this.#events = 0
    this.#bytes = 0
    this.#wake?.()
    this.#wake = undefined
  }

  #of(member: Member): Set<Member> {
    return member.subscription.audience.role === 'observer' ? this.#observers : this.#speakers
  }
}
