import type { LogEvent } from '@holdfast/log'

/** What an event costs beside its bytes. */
const EVENT_BYTES = 256

interface Cached {
  readonly event: LogEvent
  readonly size: number
}

interface CachedSession {
  readonly epoch: string
  readonly events: Map<number, Cached>
  bytes: number
}

/** Which page is asked for. */
export interface WantedPage {
  /** The number before its first event. */
  readonly from: number
  /** The last number that there is. */
  readonly last: number
  readonly limit: number
  readonly maxBytes: number
}

/**
 * Events that were read lately, so that the next reader of the same page needs none of it again. They never change; what
 * does, the head of the session, is asked for at each read. Bounded in bytes: the session that was read longest ago goes.
 */
export class EventCache {
  readonly #maxBytes: number
  readonly #sessions = new Map<string, CachedSession>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** What is kept, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  has(token: string, n: number): boolean {
    return this.#sessions.get(token)?.events.has(n) === true
  }

  /** The event of that number in that life of the session. */
  get(token: string, epoch: string, n: number): LogEvent | undefined {
    const session = this.#sessions.get(token)
    return session?.epoch === epoch ? session.events.get(n)?.event : undefined
  }

  /** The whole page; `undefined` where any of it is missing. */
  page(token: string, epoch: string, { from, last, limit, maxBytes }: WantedPage): readonly LogEvent[] | undefined {
    const session = this.#sessions.get(token)
    if (session?.epoch !== epoch) return undefined
    const events: LogEvent[] = []
    let bytes = 0
    for (let n = from + 1; n <= last && events.length < limit; n++) {
      const cached = session.events.get(n)
      if (cached === undefined) return undefined
      bytes += cached.size
      if (bytes > maxBytes && events.length > 0) break
      events.push(cached.event)
    }
    this.#sessions.delete(token)
    this.#sessions.set(token, session)
    return events
  }

  put(token: string, epoch: string, event: LogEvent, size: number): void {
    const session = this.#sessionOf(token, epoch)
    if (session.events.has(event.n)) return
    session.events.set(event.n, { event, size })
    this.#count(session, size + EVENT_BYTES)
    while (this.#bytes > this.#maxBytes) this.#dropOldest()
  }

  /** The session is gone, or another one. */
  drop(token: string): void {
    const session = this.#sessions.get(token)
    if (session === undefined) return
    this.#sessions.delete(token)
    this.#bytes -= session.bytes
  }

  #sessionOf(token: string, epoch: string): CachedSession {
    const found = this.#sessions.get(token)
    if (found?.epoch !== epoch) this.drop(token)
    const session: CachedSession = found?.epoch === epoch ? found : { epoch, events: new Map(), bytes: 0 }
    this.#sessions.delete(token)
    this.#sessions.set(token, session)
    return session
  }

  #count(session: CachedSession, bytes: number): void {
    session.bytes += bytes
    this.#bytes += bytes
  }

  /** The event that has been there longest, of the session that was read longest ago. */
  #dropOldest(): void {
    for (const [token, session] of this.#sessions) {
      for (const [n, { size }] of session.events) {
        session.events.delete(n)
        this.#count(session, -size - EVENT_BYTES)
        if (session.events.size === 0) this.drop(token)
        return
      }
      return this.drop(token)
    }
  }
}
