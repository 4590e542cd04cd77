import { readFileSync } from 'node:fs'
import type { ReplicaState } from '@holdfast/log'
import { expect, it } from 'vitest'
import { GrantsState } from '../src/grants/grants-state.ts'
import { AgentState } from '../src/hub/agents/agent-state.ts'
import { HUB_LIMITS } from '../src/hub/limits.ts'
import { SessionState } from '../src/hub/state/session-state.ts'
import { TrackerState } from '../src/tracker/tracker-state.ts'
import type { OnUnfit } from '../src/unfit-values.ts'

/** Records and snapshots as the version before schemas wrote them, byte for byte. */
const STORED: Readonly<Record<string, { readonly records: readonly object[]; readonly snapshot: unknown }>> =
  JSON.parse(readFileSync(new URL('stored-before-schemas.json', import.meta.url), 'utf8'))

const AT = 1_700_000_000_000
const TRACKER_LIMITS = {
  maxTasks: 100,
  maxMessages: 100,
  maxChats: 100,
  maxAgents: 100,
  maxInbox: 100,
  maxExpected: 100,
  maxExpectedInbox: 100,
  maxPartBytes: 1_000_000,
}

type States = Readonly<Record<string, (unfit: OnUnfit) => ReplicaState<unknown>>>

const STATES: States = {
  session: (unfit) => new SessionState(HUB_LIMITS, unfit),
  tracker: (unfit) => new TrackerState(TRACKER_LIMITS, unfit),
  agents: (unfit) => new AgentState(unfit),
  grants: (unfit) => new GrantsState(() => AT, unfit),
}

it.each(Object.entries(STATES))(
  'the records and a snapshot of the %s of an older data folder are read unchanged',
  (name, make) => {
    const { records = [], snapshot } = STORED[name] ?? {}
    const issues: string[] = []
    const [folded, restored] = [make((issue) => void issues.push(issue)), make((issue) => void issues.push(issue))]
    for (const [i, payload] of records.entries()) folded.apply({ n: i + 1, id: `e${i}`, kind: 'k', at: AT, payload })
    expect(restored.restore(records.length, snapshot)).toBe(true)
    expect(issues).toEqual([])
    for (const state of [folded, restored]) expect(JSON.parse(JSON.stringify(state.snapshot()))).toEqual(snapshot)
  },
)
