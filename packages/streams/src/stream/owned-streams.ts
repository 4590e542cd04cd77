import type { Clock } from '@holdfast/contract'
import type { SessionLog } from '@holdfast/log'
import { StreamError } from '../errors.ts'
import { ownerTag } from './stream-record.ts'

/** What is counted of one principal. */
interface OwnCount {
  count: number
  /** Counted anew from here on: other gateways make and remove streams as well. */
  readonly until: number
}

/** Principals whose count is known; the one that was asked about longest ago is forgotten. */
const MAX_KNOWN = 10_000
const COUNT_AGE_MS = 60_000

/** How many streams each principal has, so that one principal cannot use the room of all others. */
export class OwnedStreams {
  readonly #log: SessionLog
  readonly #clock: Clock
  readonly #maxCount: number
  readonly #counts = new Map<string, OwnCount>()

  constructor(log: SessionLog, clock: Clock, maxCount: number) {
    this.#log = log
    this.#clock = clock
    this.#maxCount = maxCount
  }

  /** @throws StreamError `streams/rate_limited` where a principal has as many as it may */
  async demandRoom(owner: string): Promise<void> {
    const { count } = await this.#countOf(owner)
    if (count < this.#maxCount) return
    const text = `There are ${this.#maxCount} streams of this principal already: remove those that are not needed.`
    throw new StreamError('streams/rate_limited', text, { details: { waitMs: COUNT_AGE_MS } })
  }

  changed(owner: string | undefined, by: 1 | -1): void {
    const known = owner === undefined ? undefined : this.#counts.get(owner)
    if (known !== undefined) known.count += by
  }

  async #countOf(owner: string): Promise<OwnCount> {
    const known = this.#counts.get(owner)
    if (known !== undefined && this.#clock.now() < known.until) return known
    const counted = { count: await this.#countAnew(owner), until: this.#clock.now() + COUNT_AGE_MS }
    this.#counts.delete(owner)
    this.#counts.set(owner, counted)
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= MAX_KNOWN) break
      this.#counts.delete(oldest)
    }
    return counted
  }

  async #countAnew(owner: string): Promise<number> {
    let count = 0
    let cursor: string | undefined
    do {
      const page = await this.#log.listSessions({ tag: ownerTag(owner), cursor })
      count += page.sessions.length
      cursor = page.next
    } while (cursor !== undefined && count < this.#maxCount)
    return count
  }
}
