import type { Principal } from '@holdfast/gate'
import type { SessionInfo } from '@holdfast/log'

/** What a principal wants to do with a session. */
export type SessionAccess = 'observe' | 'control' | 'create'

/** The right to write a session as its lead. */
export interface AcquiredLead {
  readonly fence: number
  /** The session's log is full: what may be forgotten is. */
  makeRoom(): Promise<void>
  /** Gives it up. Idempotent. */
  release(): void
}

/** Where agents' sessions are: they are the hub's too, whose clients see them without knowing ACP. */
export interface LedSessions {
  /** Whether a principal may do this, in a session that it may find; in any where none is named. */
  may(principal: Principal, access: SessionAccess, session?: string | undefined): Promise<boolean>
  /** Makes a session; one that is there stays as it is. */
  create(session: string, info: Partial<SessionInfo>): Promise<void>
  /**
   * Becomes the session's lead: one at a time, on all servers. `lost` is called where another one becomes it.
   * @throws where another process leads it
   */
  lead(session: string, lost: () => void): Promise<AcquiredLead>
}
