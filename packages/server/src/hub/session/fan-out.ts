import type { Delivery } from '../delivery/delivery.ts'
import type { Slices } from '../delivery/slices.ts'
import type { Member, Notice } from './session-core.ts'

type Serve = (member: Member) => void

const offer: Serve = (member) => member.subscription.offer()

/** In the queue: all that is new by then. */
const EVENTS = 'events'

/** Of the recent events that a session has at hand: so much may come while members are sent what came before. */
const SHARE = 1 / 4

/** Of notices that wait behind what members are being sent. */
const MAX_NOTICE_BYTES = 262_144

/**
 * The members of a session, and what all of them are sent, in two rounds: those who may say something, mostly few, get it at
 * once, in order with the answers to it, and wait for no observer; observers, who may be many, take all that is new when their turn
 * comes. Events come no faster than members are sent them out of memory.
 */
export class FanOut {
  readonly #speakers: Round
  readonly #observers: Round
  #newest: Delivery | undefined

  /** @param recent how much of the newest events is at hand */
  constructor(slices: Slices, recent: { readonly events: number; readonly bytes: number }) {
    const through = (): void => this.#through()
    this.#speakers = new Round(slices, recent, through)
    this.#observers = new Round(slices, recent, through)
  }

  join(member: Member): void {
    this.#of(member).members.add(member)
  }

  leave(member: Member): void {
    this.#of(member).members.delete(member)
  }

  /** There is a new event. */
  offer(delivery: Delivery, bytes: number): void {
    this.#newest = delivery
    this.#speakers.offer(bytes)
    this.#observers.offer(bytes)
    this.#through()
  }

  /** The newest event, while it is on its way. */
  newest(n: number): Delivery | undefined {
    return this.#newest?.n === n ? this.#newest : undefined
  }

  /** Resolves when more events may come; undefined: they may already. One at a time may wait. */
  capacity(): Promise<void> | undefined {
    const speakers = this.#speakers.capacity()
    const observers = this.#observers.capacity()
    if (speakers === undefined || observers === undefined) return speakers ?? observers
    return Promise.all([speakers, observers]).then(() => {})
  }

  /** Sends to all, in the order of the calls. */
  notify(notice: Notice): void {
    this.#speakers.notify(notice)
    this.#observers.notify(notice)
  }

  /** Everybody has the newest event. */
  #through(): void {
    if (!this.#speakers.isRunning && !this.#observers.isRunning) this.#newest = undefined
  }

  #of(member: Member): Round {
    return member.subscription.audience.role === 'observer' ? this.#observers : this.#speakers
  }
}

/** Members that are sent the same in the same order, few of them at once and many in slices. */
class Round {
  readonly members: Set<Member> = new Set<Member>()
  isRunning = false
  readonly #slices: Slices
  readonly #recent: { readonly events: number; readonly bytes: number }
  readonly #through: () => void
  /** What they are sent after what they are being sent. */
  #waiting: (Notice | typeof EVENTS)[] = []
  #noticeBytes = 0
  /** Waits in the place of notices that were too many. */
  #latest: Notice | undefined
  /** What came since the last round of events began. */
  #events = 0
  #bytes = 0
  #wake: (() => void) | undefined

  /** @param through called when they were sent everything */
  constructor(slices: Slices, recent: { readonly events: number; readonly bytes: number }, through: () => void) {
    this.#slices = slices
    this.#recent = recent
    this.#through = through
  }

  /** There is a new event, of so many bytes. */
  offer(bytes: number): void {
    this.#events += 1
    this.#bytes += bytes
    if (!this.#waiting.includes(EVENTS)) this.#queue(EVENTS)
  }

  notify(notice: Notice): void {
    // What waits is made in its turn, and knows of this.
    if (this.#latest !== undefined) return
    this.#noticeBytes += notice.bytes
    if (this.#noticeBytes <= MAX_NOTICE_BYTES) return this.#queue(notice)
    this.#waiting = this.#waiting.filter((one) => one === EVENTS)
    this.#noticeBytes = 0
    this.#latest = notice
    this.#queue(notice)
  }

  /** Resolves when more events may come; undefined: they may already. */
  capacity(): Promise<void> | undefined {
    const { events, bytes } = this.#recent
    if (!this.isRunning || (this.#events < events * SHARE && this.#bytes < bytes * SHARE)) return undefined
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #queue(what: Notice | typeof EVENTS): void {
    this.#waiting.push(what)
    if (!this.isRunning) this.#next()
  }

  #next(): void {
    const next = this.#waiting.shift()
    this.isRunning = next !== undefined
    if (next === EVENTS || next === undefined) this.#begun()
    if (next === undefined) this.#through()
    else this.#slices.each(this.members, next === EVENTS ? offer : this.#noticed(next), () => this.#next())
  }

  #noticed(notice: Notice): Serve {
    if (notice === this.#latest) {
      this.#latest = undefined
      return notice.latest()
    }
    this.#noticeBytes -= notice.bytes
    return notice.serve
  }

  #begun(): void {
    this.#events = 0
    this.#bytes = 0
    this.#wake?.()
    this.#wake = undefined
  }
}
