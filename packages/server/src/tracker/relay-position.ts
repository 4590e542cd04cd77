import { fits } from '@holdfast/contract/shape'
import type { SessionLog, SessionRecord } from '@holdfast/log'
import { relayProgress } from '../generated/checks.ts'
import type { RelayProgress } from '../generated/types.ts'

/**
 * The last record that a relay has shown; `otherwise` where none ever did. 0 where what is stored does not fit, and `unfit`
 * is called: what is shown again has no effect, and what was not shown is not released.
 */
export function relayedUpTo(session: SessionRecord | null, otherwise: number, unfit?: (issue: string) => void): number {
  const data: unknown = session?.data ?? {}
  if (fits(relayProgress, data)) return data.relayed ?? otherwise
  unfit?.(`data${relayProgress(data) ?? ''}`)
  return 0
}

/** Remembers it. One relay at a time writes it, and a position that is too low costs work, nothing else. */
export async function rememberRelayed(log: SessionLog, session: string, n: number): Promise<void> {
  const known = await log.findSession(session)
  const progress: RelayProgress = { relayed: n }
  await log.updateSession(session, { data: { ...known?.data, ...progress } })
}
