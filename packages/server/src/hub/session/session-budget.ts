import { HubError } from '../errors.ts'

/** A session in memory, as far as the bound on all of them goes. */
export interface BudgetedSession {
  /** About what it occupies. */
  readonly bytes: number
  /** Releases recent events, which the log has too. */
  dropRecent(): void
  /** Releases most of the conversation, which the log has too; clients learn that there is more. */
  dropHistory(): void
  /** Ends it in this process. Resolves when nothing of it is left. */
  close(): Promise<void>
}

/** Sessions that are read from the log at the same time: what is being read is not known in size. */
const MAX_OPENING = 16
/** Room is made down to this share of the bound, so that not every further event has to make some. */
const LOW_WATER = 7 / 8

/**
 * Bounds what all sessions in memory occupy together. Where it is too much, those without participants are closed, the one
 * that was left first before all others; then the others give up what the log has too, the quietest first; and while
 * even that is not enough no further one is opened.
 */
export class SessionBudget {
  readonly #maxBytes: number
  // In the order of their last event.
  readonly #sessions = new Map<BudgetedSession, number>()
  // In the order in which they were left.
  readonly #idle = new Set<BudgetedSession>()
  readonly #closing = new Set<BudgetedSession>()
  readonly #waiting: (() => void)[] = []
  #bytes = 0
  #opening = 0
  /** Looking for more to give up is in vain below this. */
  #nextSweep = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** All of them together, those that are being closed included. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Waits for a turn to open a session, and for the place. The result ends the turn.
   * @throws HubError `hub/unavailable` while those with participants take all there is
   */
  async admit(): Promise<() => void> {
    this.#makeRoom()
    while (this.#opening >= MAX_OPENING || (this.#isOver && this.#closing.size > 0)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
      this.#makeRoom()
    }
    if (this.#isOver) {
      this.#wakeOne()
      throw new HubError('hub/unavailable', 'The open sessions take as much memory as they may; try again soon.')
    }
    this.#opening++
    return () => {
      this.#opening--
      this.#wakeOne()
    }
  }

  /** It has taken something in. */
  grew(session: BudgetedSession): void {
    this.#setSize(session)
    if (this.#isOver) this.#makeRoom()
  }

  /** It has a participant. */
  entered(session: BudgetedSession): void {
    this.#idle.delete(session)
  }

  /** Its last participant has left. */
  left(session: BudgetedSession): void {
    this.#idle.add(session)
    if (this.#isOver) this.#makeRoom()
  }

  /** It ends; it counts until `over`. */
  ended(session: BudgetedSession, over: Promise<unknown>): void {
    this.#idle.delete(session)
    if (!this.#sessions.has(session)) return
    this.#closing.add(session)
    const gone = (): void => {
      this.#bytes -= this.#sessions.get(session) ?? 0
      this.#sessions.delete(session)
      this.#closing.delete(session)
      this.#nextSweep = 0
      for (const wake of this.#waiting.splice(0)) wake()
    }
    over.then(gone, gone)
  }

  /** Closes the one that was left first. False where all have participants. */
  closeIdle(): boolean {
    for (const session of this.#idle) {
      void session.close()
      return true
    }
    return false
  }

  get #isOver(): boolean {
    return this.#bytes > this.#maxBytes
  }

  #setSize(session: BudgetedSession): void {
    const { bytes } = session
    this.#bytes += bytes - (this.#sessions.get(session) ?? 0)
    this.#sessions.delete(session)
    this.#sessions.set(session, bytes)
  }

  #makeRoom(): void {
    if (!this.#isOver) return
    let kept = this.#bytes
    for (const session of this.#closing) kept -= this.#sessions.get(session) ?? 0
    while (kept > this.#maxBytes) {
      const [session] = this.#idle
      if (session === undefined) break
      kept -= this.#sessions.get(session) ?? 0
      void session.close()
    }
    if (kept > Math.max(this.#maxBytes, this.#nextSweep)) this.#sweep()
  }

  #sweep(): void {
    const low = this.#maxBytes * LOW_WATER
    this.#giveUp(low, (session) => session.dropRecent())
    this.#giveUp(this.#maxBytes, (session) => session.dropHistory())
    this.#nextSweep = this.#isOver ? this.#bytes + this.#maxBytes - low : 0
  }

  #giveUp(most: number, drop: (session: BudgetedSession) => void): void {
    for (const [session, before] of this.#sessions) {
      if (this.#bytes <= most) return
      if (this.#closing.has(session)) continue
      drop(session)
      const { bytes } = session
      // In its place: giving up is no event.
      this.#sessions.set(session, bytes)
      this.#bytes += bytes - before
    }
  }

  #wakeOne(): void {
    this.#waiting.shift()?.()
  }
}
