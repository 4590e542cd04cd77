import type { SessionLog, SessionRecord } from '@holdfast/log'

/** The member of the session's data that says how far its records were shown. */
const MEMBER = 'relayed'

/** The last record that a relay has shown; `otherwise` where none ever did. */
export function relayedUpTo(session: SessionRecord | null, otherwise: number): number {
  const position = session?.data[MEMBER]
  return typeof position === 'number' ? position : otherwise
}

/** Remembers it. One relay at a time writes it, and a position that is too low costs work, nothing else. */
export async function rememberRelayed(log: SessionLog, session: string, n: number): Promise<void> {
  const known = await log.findSession(session)
  await log.updateSession(session, { data: { ...known?.data, [MEMBER]: n } })
}
