/** Close codes of sessions §2, by name. */
export const SESSIONS_CLOSE = { sessionNotFound: 4001, unauthorized: 4003 } as const

/**
 * What a close means for the client (sessions §2): `stop` at once; `missing`: the session may come back after it was
 * compacted, retried with a budget of its own; `dropped`: retried.
 */
export type SessionsCloseMeaning = 'stop' | 'missing' | 'dropped'

/** Looks a close code up in sessions §2. */
export function sessionsCloseMeaning(code: number | undefined): SessionsCloseMeaning {
  if (code === SESSIONS_CLOSE.unauthorized) return 'stop'
  return code === SESSIONS_CLOSE.sessionNotFound ? 'missing' : 'dropped'
}
