import { type HubEventCount, readHubStamp } from '@holdfast/protocol/hub'
import type { CountingTransport } from './counting-transport.ts'
import type { Caught, OutageAccount } from './outages.ts'

/** What the account reads besides the events themselves. */
export interface EventAccountSources {
  readonly transport: Pick<CountingTransport, 'count' | 'duplicates' | 'liveAt'>
  /** Messages that no server has confirmed. */
  readonly unconfirmed: () => number
  /** Messages in doubt, since the start. */
  readonly inDoubt: () => number
  readonly dials: () => number
}

/** After this long without a word from the gateway, what has come is all there is. */
const QUIET_MS = 1_500
const LOOK_EVERY_MS = 50

/** What an outage did to a session: which of its events came late, and whether any is missing or came twice. */
export class EventAccount implements OutageAccount {
  readonly #sources: EventAccountSources
  /** Gaps of unknown size. */
  #unknownGaps = 0
  #caught = 0
  #isAway = false
  #atDrop = { last: 0, holes: 0, doubled: 0, repeats: 0, sent: 0, inDoubt: 0, cause: '', dials: 0 }

  constructor(sources: EventAccountSources) {
    this.#sources = sources
  }

  /** One message, as the page gets it. */
  take(message: { readonly type?: string | undefined }): void {
    const stamp = readHubStamp(message)
    if (stamp === undefined) return
    if (message.type === 'session_hydration') this.#count.jump(stamp.seq)
    else if (this.#count.take(stamp) && this.#isAway) this.#caught++
  }

  /** The gateway says that events are missing. */
  gap(from: number | undefined, to: number | undefined): void {
    if (from === undefined || to === undefined) this.#unknownGaps++
    this.#count.gap(from, to)
  }

  began(why: string): void {
    const { transport, unconfirmed, inDoubt, dials } = this.#sources
    const counted = { last: this.#count.last, holes: this.#holes, doubled: this.#count.repeated, sent: unconfirmed() }
    this.#atDrop = { ...counted, repeats: transport.duplicates, inDoubt: inDoubt(), cause: why, dials: dials() }
    this.#caught = 0
    this.#isAway = true
    transport.liveAt = undefined
  }

  async ended(): Promise<Caught> {
    const kept = this.#sources.unconfirmed()
    const since = performance.now()
    while (!this.#isComplete && performance.now() - since < QUIET_MS) await pause()
    this.#isAway = false
    return this.#result(kept)
  }

  get #isComplete(): boolean {
    const { liveAt } = this.#sources.transport
    return liveAt !== undefined && this.#count.hasReached(liveAt)
  }

  get #count(): HubEventCount {
    return this.#sources.transport.count
  }

  get #holes(): number {
    return this.#count.missing + this.#unknownGaps
  }

  #result(kept: number): Caught {
    const { last, holes, doubled, repeats, inDoubt, cause, dials } = this.#atDrop
    const { transport } = this.#sources
    const found = { lost: this.#holes - holes, doubled: this.#count.repeated - doubled }
    const doubted = this.#sources.inDoubt() - inDoubt
    const range = this.#caught === 0 ? 'none' : `after number ${last}, up to ${this.#count.last}`
    return {
      ...found,
      caughtUp: `${this.#caught} ${this.#caught === 1 ? 'event' : 'events'} caught up`,
      kept: kept === 0 ? undefined : `${kept} of your messages kept, ${doubted} in doubt`,
      proof: [
        ['Why it broke', cause],
        ['Attempts', String(this.#sources.dials() - dials)],
        ['Last event before', `number ${last} of the log`],
        ['Events that came late', range],
        ['Holes in their numbers', String(found.lost)],
        ['Came again and were dropped', String(transport.duplicates - repeats)],
        ['Shown twice', String(found.doubled)],
        ['Your messages that waited', String(kept)],
        ['Of those in doubt', String(doubted)],
      ],
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
}
