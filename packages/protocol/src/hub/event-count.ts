import { type HubStamp, readHubStamp } from './resume.ts'

/** How the texts begin that have a number in the log and are no events for readers: answers to requests have no type. */
const NOT_READ = /^\{"(?:id":|type":"(?:live|mark)")/
/** Such numbers that no event has come behind yet; with more all are forgotten. */
const MAX_NOT_READ = 1_000

/**
 * Counts the events of one session as an application gets them, by the numbers of their stamps: each names the one that was sent
 * before it. So a hole and a repetition show here, whatever the client believes. Hub §11.
 */
export class HubEventCount {
  /** The number of the newest event that was counted. 0: there was none. */
  last = 0
  /** Holes in the numbers, and events of which the hub said that they are missing. */
  missing = 0
  /** Events that the application got twice. */
  repeated = 0
  /** What came and is not for readers, with the number that was sent before it. */
  readonly #notRead = new Map<number, number>()

  /**
   * A text as the transport brings it. An answer has a number in the log, and goes to the asking code instead of to readers;
   * `live` and `mark` say how far the log is, and the next connection continues from there.
   */
  arrived(text: string): void {
    const message = NOT_READ.test(text) ? parsed(text) : undefined
    const stamp = message === undefined ? undefined : readHubStamp(message)
    if (message === undefined || stamp === undefined || stamp.seq <= this.last) return
    const isStatement = 'type' in message
    // A question of the driver may begin with its id, too, and readers get it.
    if (isStatement && message.type !== 'live' && message.type !== 'mark') return
    this.#notRead.set(stamp.seq, isStatement ? 0 : (stamp.prev ?? stamp.seq - 1))
    if (this.#notRead.size > MAX_NOT_READ) this.#notRead.clear()
  }

  /**
   * One event, as the application gets it. Without `prev` the number before was sent before it; without `anchor` the server
   * numbers what it likes, and only repetitions show. @returns whether it is new
   */
  take({ seq, anchor, prev = anchor === undefined ? 0 : seq - 1 }: HubStamp): boolean {
    if (seq <= this.last) {
      this.repeated++
      return false
    }
    if (this.last > 0 && !this.hasReached(prev)) this.missing++
    this.jump(seq)
    return true
  }

  /** A hydration of this number stands for everything before it. */
  jump(seq: number): void {
    this.last = Math.max(this.last, seq)
    for (const number of this.#notRead.keys()) if (number <= this.last) this.#notRead.delete(number)
  }

  /** The hub, or the client, says that events are missing; without both numbers it is not known how many. */
  gap(from: number | undefined, to: number | undefined): void {
    if (from !== undefined && to !== undefined) this.missing += to - from + 1
    if (from !== undefined) return this.jump(to ?? 0)
    // Where the log began anew, its numbers do too.
    this.last = 0
    this.#notRead.clear()
  }

  /** Whether readers got everything up to this number that is for them. */
  hasReached(seq: number): boolean {
    let at: number | undefined = seq
    while (at !== undefined && at > this.last) at = this.#notRead.get(at)
    return at !== undefined
  }
}

function parsed(text: string): object | undefined {
  try {
    return Object(JSON.parse(text))
  } catch {
    return undefined
  }
}
