import type { Clock, Logger, Random } from '@holdfast/contract'
import type { SessionLog } from '@holdfast/log'
import type { Directory } from '@holdfast/log/directory'
import type { TrackerProject } from '@holdfast/protocol/tracker'
import type { TrackerRelay } from './relay-loop.ts'
import type { TrackerStateLimits } from './tracker-state.ts'

/** Bounds of a tracker. */
export interface TrackerLimits extends TrackerStateLimits {
  /** An agent that sent no heartbeat for so long is gone; one whose node died, with the node's lease. */
  readonly presenceWindowMs: number
  /** A snapshot of the state at least every so many records. */
  readonly snapshotRecords: number
  readonly maxTextLength: number
}

/** Bounds of a tracker that nobody gave others. */
export const TRACKER_LIMITS: TrackerLimits = {
  maxTasks: 10_000,
  maxMessages: 1_000,
  maxChats: 10_000,
  maxAgents: 1_000,
  maxInbox: 10_000,
  maxExpected: 1_000,
  maxExpectedInbox: 100,
  // Three parts: together below what a log takes as a snapshot (32 MiB).
  maxPartBytes: 8_388_608,
  // Two heartbeats of 30 s, and a little.
  presenceWindowMs: 75_000,
  snapshotRecords: 5_000,
  maxTextLength: 65_536,
}

/** Options of `openTracker()`. */
export interface TrackerOptions {
  /** Where everything is kept. The tracker does not close it. */
  readonly log: SessionLog
  /** The name of the tracker's own session in the log. @defaultValue 'tracker' */
  readonly session?: string | undefined
  readonly projects?: readonly TrackerProject[] | undefined
  /** @defaultValue 'lobby' */
  readonly lobbyChatId?: string | undefined
  /** This node of the cluster, where several trackers share the log. The tracker does not close it. */
  readonly cluster?: Directory | undefined
  /** Shows the work somewhere else. The tracker does not close it. */
  readonly relay?: TrackerRelay | undefined
  readonly limits?: Partial<TrackerLimits> | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly logger?: Logger | undefined
}
