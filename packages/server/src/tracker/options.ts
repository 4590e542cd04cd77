import type { Clock, Logger, Random } from '@holdfast/contract'
import type { SessionLog } from '@holdfast/log'
import type { Directory } from '@holdfast/log/directory'
import type { TrackerProject } from '@holdfast/protocol/tracker'
import type { TrackerRelay } from './relay-loop.ts'
import type { TrackerStateLimits } from './tracker-state.ts'

/** Bounds of a tracker. */
export interface TrackerLimits extends TrackerStateLimits {
  /**
   * An agent without a heartbeat for this long counts as gone; one whose node crashed, when the node's lease ends. In
   * milliseconds.
   */
  readonly presenceWindowMs: number
  /** A snapshot of the state is stored at least every this many records. */
  readonly snapshotRecords: number
  readonly maxTextLength: number
}

/** The default bounds of a tracker. */
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
