import { randomId } from '@holdfast/contract'
import { PrincipalCounts } from '@holdfast/gate/internals'
import type { SessionInfo, SessionRecord } from '@holdfast/log'
import type { HubContext } from '../context.ts'
import { HubError } from '../errors.ts'
import { Room } from './hub-session.ts'
import { RoomBudget } from './session-budget.ts'

/** The sessions that somebody is in, each opened once. */
export class Rooms {
  readonly #context: HubContext
  readonly #rooms = new Map<string, Promise<Room>>()
  readonly #budget: RoomBudget
  readonly #openers = new PrincipalCounts()
  #hasClosed = false

  constructor(context: HubContext) {
    this.#context = context
    this.#budget = new RoomBudget(context.limits.maxOpenBytes)
  }

  get size(): number {
    return this.#rooms.size
  }

  /** About what all of them occupy. */
  get bytes(): number {
    return this.#budget.bytes
  }

  /**
   * The room of a session that exists, and the hold on it. Whoever is the first to come into it is who it counts for.
   * @throws HubError `hub/not_found`, `hub/unavailable`
   */
  async enter(
    sessionId: string,
    principalId?: string | undefined,
  ): Promise<{ readonly room: Room; readonly release: () => void }> {
    for (;;) {
      const room = await this.#opened(sessionId, principalId)
      // It may have ended between being opened and being asked for.
      if (!room.hasEnded) return { room, release: room.hold() }
    }
  }

  /** The room, where somebody is in it. */
  open(sessionId: string): Promise<Room> | undefined {
    return this.#rooms.get(sessionId)
  }

  /** Makes a session, under a new id where none is given. One that exists is returned as it is. */
  async create(id: string | undefined, info: Partial<SessionInfo>): Promise<SessionRecord> {
    const { log, random } = this.#context
    const { session } = await log.createSession(id ?? `s_${randomId(random, 20)}`, info)
    return session
  }

  async close(): Promise<void> {
    this.#hasClosed = true
    const rooms = await Promise.allSettled([...this.#rooms.values()])
    await Promise.all(rooms.map((opened) => (opened.status === 'fulfilled' ? opened.value.close() : undefined)))
  }

  #opened(sessionId: string, principalId: string | undefined): Promise<Room> {
    // Whoever was on the way in would open what nobody closes any more.
    if (this.#hasClosed) return Promise.reject(new HubError('hub/unavailable', 'The hub is going away.'))
    const known = this.#rooms.get(sessionId)
    if (known !== undefined) return known
    if (this.#rooms.size >= this.#context.limits.maxOpenSessions && !this.#budget.closeIdle()) {
      return Promise.reject(new HubError('hub/unavailable', 'The hub has as many sessions open as it may.'))
    }
    const { maxOpenSessionsPerPrincipal: most } = this.#context.limits
    if (principalId !== undefined && this.#openers.of(principalId) >= most) {
      return Promise.reject(new HubError('hub/unavailable', `This principal has ${most} sessions open already.`))
    }
    const uncount = principalId === undefined ? undefined : this.#openers.add(principalId)
    const forget = (): void => {
      uncount?.()
      if (this.#rooms.get(sessionId) === opened) this.#rooms.delete(sessionId)
    }
    const opened: Promise<Room> = this.#open(sessionId, forget)
    this.#rooms.set(sessionId, opened)
    opened.catch(forget)
    return opened
  }

  async #open(sessionId: string, forget: () => void): Promise<Room> {
    const done = await this.#budget.admit()
    try {
      return await Room.open(this.#context, this.#budget, sessionId, forget)
    } finally {
      done()
    }
  }
}
