import { randomId } from '@holdfast/contract'
import { PrincipalCounts } from '@holdfast/gate/internals'
import type { SessionInfo, SessionRecord } from '@holdfast/log'
import type { HubContext } from '../context.ts'
import { HubError } from '../errors.ts'
import { BoundedMap } from '../state/bounded-map.ts'
import { HubSession } from './hub-session.ts'
import { SessionBudget } from './session-budget.ts'

/** Sessions that left memory of which it is known when something last happened, and the characters of their ids. */
const MAX_LEFT = { maxCount: 10_000, maxLength: 1_048_576 } as const

/** The sessions with a participant, each opened once. */
export class HubSessions {
  readonly #context: HubContext
  readonly #sessions = new Map<string, Promise<HubSession>>()
  readonly #budget: SessionBudget
  readonly #openers = new PrincipalCounts()
  /** When something last happened in sessions that left memory: their descriptions know it to the minute alone. */
  readonly #lastActivity = new BoundedMap<number>({ ...MAX_LEFT, lengthOf: () => 0 })
  #hasClosed = false

  constructor(context: HubContext) {
    this.#context = context
    this.#budget = new SessionBudget(context.limits.maxOpenBytes)
  }

  get size(): number {
    return this.#sessions.size
  }

  /** About what all of them occupy. */
  get bytes(): number {
    return this.#budget.bytes
  }

  /**
   * A session that exists, and the hold on it. It counts for its first participant.
   * @throws HubError `hub/not_found`, `hub/unavailable`
   */
  async enter(
    sessionId: string,
    principalId?: string | undefined,
  ): Promise<{ readonly session: HubSession; readonly release: () => void }> {
    for (;;) {
      const session = await this.#opened(sessionId, principalId)
      // It may have ended between being opened and being asked for.
      if (!session.hasEnded) return { session, release: session.retain() }
    }
  }

  /** The session, if it has a participant. */
  open(sessionId: string): Promise<HubSession> | undefined {
    return this.#sessions.get(sessionId)
  }

  /** When something last happened in a session that was in memory here, in milliseconds since 1970; 0 where that is not known. */
  lastActivityOf(sessionId: string): number {
    return this.#lastActivity.get(sessionId) ?? 0
  }

  /** Makes a session, under a new id where none is given. One that exists is returned as it is. */
  async create(id: string | undefined, info: Partial<SessionInfo>): Promise<SessionRecord> {
    const { log, random } = this.#context
    const { session } = await log.createSession(id ?? `s_${randomId(random, 20)}`, info)
    return session
  }

  async close(): Promise<void> {
    this.#hasClosed = true
    const sessions = await Promise.allSettled([...this.#sessions.values()])
    await Promise.all(sessions.map((opened) => (opened.status === 'fulfilled' ? opened.value.close() : undefined)))
  }

  #opened(sessionId: string, principalId: string | undefined): Promise<HubSession> {
    // A connection on its way in would open what is never closed.
    if (this.#hasClosed) return Promise.reject(new HubError('hub/unavailable', 'The hub is going away.'))
    const known = this.#sessions.get(sessionId)
    if (known !== undefined) return known
    if (this.#sessions.size >= this.#context.limits.maxOpenSessions && !this.#budget.closeIdle()) {
      return Promise.reject(new HubError('hub/unavailable', 'The hub has as many sessions open as it may.'))
    }
    const { maxOpenSessionsPerPrincipal: most } = this.#context.limits
    if (principalId !== undefined && this.#openers.of(principalId) >= most) {
      return Promise.reject(new HubError('hub/unavailable', `This principal has ${most} sessions open already.`))
    }
    const uncount = principalId === undefined ? undefined : this.#openers.add(principalId)
    const forget = (): void => {
      uncount?.()
      if (this.#sessions.get(sessionId) === opened) this.#sessions.delete(sessionId)
    }
    const opened: Promise<HubSession> = this.#open(sessionId, forget)
    this.#sessions.set(sessionId, opened)
    opened.catch(forget)
    return opened
  }

  async #open(sessionId: string, forget: () => void): Promise<HubSession> {
    const done = await this.#budget.admit()
    try {
      const session = await HubSession.open(this.#context, this.#budget, sessionId, forget)
      const { ended, activity } = session
      ended.addEventListener('abort', () => this.#lastActivity.set(sessionId, activity.at), { once: true })
      return session
    } finally {
      done()
    }
  }
}
