import type { Principal } from '@holdfast/gate'
import type { LogEvent, SessionRecord } from '@holdfast/log'

/** The state of a session, and where its stream continues from there. */
export interface SessionStateAt {
  /** Messages as JSON texts. */
  readonly messages: readonly string[]
  /** `{epoch}.{n}.{eventHash}` */
  readonly position: string
}

/** What streams need to know of sessions that another endpoint keeps in the same log. */
export interface SessionSource {
  /** The session, for a principal that may read it, or let others read it. Rejects where that is not so, or there is none. */
  find(principal: Principal, sessionId: string, access: 'read' | 'share'): Promise<SessionRecord>
  /** The session of a link that this principal has made, where it still may be read by it. */
  findShared(by: string, sessionId: string): Promise<SessionRecord | undefined>
  /** What readers see of an event, as JSON with its number; undefined: nothing. */
  show(sessionId: string, event: LogEvent): string | undefined
  /** The state to begin with; with a position that still holds only that it does. */
  state(sessionId: string, position: string | undefined): Promise<SessionStateAt>
}
