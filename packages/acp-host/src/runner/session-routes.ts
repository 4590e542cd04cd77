import { isObject } from '@holdfast/contract/shape'
import type { AcpSession } from '../session/acp-session.ts'
import type { AgentLine } from '../session/line-writer.ts'

/** Lines about a session that the agent has made and not named yet. */
const MAX_EARLY = 1_000

/** Which session a message of an agent is about. */
export class SessionRoutes {
  readonly #sessions = new Map<string, AcpSession>()
  /** The agent's id → ours. */
  readonly #bound = new Map<string, string>()
  /** Answers to `session/new` that are awaited, by id. */
  readonly #expected = new Map<string, string>()
  #early: AgentLine[] = []

  get sessions(): readonly AcpSession[] {
    return [...this.#sessions.values()]
  }

  join(session: AcpSession): void {
    this.#sessions.set(session.id, session)
  }

  leave(session: AcpSession): void {
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id)
  }

  bind(theirs: string, ours: string): void {
    this.#bound.set(theirs, ours)
  }

  /** The agent is asked for a new session: what is about an unknown one may be about this. */
  expect(session: string, n: number): void {
    this.#expected.set(`${session} ${n}`, session)
  }

  /** Another program. */
  clear(): void {
    this.#bound.clear()
    this.#expected.clear()
    this.#early = []
  }

  /** @returns false where it is about no session that is served here */
  take(line: AgentLine): boolean {
    const { message } = line
    if (typeof message['method'] !== 'string') return this.#response(line)
    const params = isObject(message['params']) ? message['params'] : {}
    const theirs = params['sessionId']
    const ours = typeof theirs === 'string' ? this.#bound.get(theirs) : undefined
    if (ours !== undefined) return this.#give(ours, line)
    if (typeof theirs === 'string' && this.#expected.size > 0 && this.#early.length < MAX_EARLY) {
      this.#early.push(line)
      return true
    }
    // Some requests and notifications name no session: with one session it is clear whose they are.
    const [only] = this.#bound.values()
    return theirs === undefined && this.#bound.size === 1 && only !== undefined && this.#give(only, line)
  }

  #response(line: AgentLine): boolean {
    const { id, result } = line.message
    if (typeof id !== 'string') return false
    const session = id.slice(0, id.lastIndexOf(' '))
    const theirs = isObject(result) ? result['sessionId'] : undefined
    const isExpected = this.#expected.delete(id)
    if (isExpected && typeof theirs === 'string') this.bind(theirs, session)
    // Each in its place: what is up to an offset in the log is not looked at again.
    if (isExpected) for (const early of this.#early.splice(0)) if (!this.take(early)) early.done()
    return this.#give(session, line)
  }

  #give(id: string, line: AgentLine): boolean {
    const session = this.#sessions.get(id)
    session?.take(line)
    return session !== undefined
  }
}
