import type { Clock } from '@holdfast/core'
import { pause } from '@holdfast/core/contract'
import { TABS_DEFAULTS } from '../options.ts'

/** How often the tabs are counted. */
const GATHER_LOOK_MS = 10

/** Waits until all tabs that there are have said how far they are; for a moment at most. */
export async function gatherTabs(
  clock: Clock,
  present: () => Promise<readonly string[]>,
  known: (tab: string) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const until = clock.now() + TABS_DEFAULTS.gatherMs
  const tabs = await present()
  while (clock.now() < until && !signal.aborted && !tabs.every(known)) await pause(clock, GATHER_LOOK_MS, signal)
}
