import type { Bounds } from './heartbeat-options.ts'
import type { DeadRule } from './liveness-types.ts'
import type { LoopTimer } from './loop-timer.ts'

/** A probe on the wire. */
export interface Probe {
  readonly at: number
  /** What was written before it. */
  readonly probeMark: number
  /** Something was written between it and the next one. */
  wroteAfter: boolean
  /** A single unanswered one kills: it was sent because nothing else may be concluded. */
  readonly decisive: boolean
  /** Put off only by what this side stood still. `NEVER`: its answer is waited for no longer. */
  deadlineAt: number
}

/** Everything that decides what a heartbeat does next. Immutable. Times are of the monotonic clock. */
export interface HeartbeatState {
  /** W: since when something written is unconfirmed. */
  readonly unprovenAt: number | undefined
  readonly wroteSinceProbe: boolean
  /** Those without an answer. Answers come in order, so each belongs to the oldest of these. */
  readonly probes: readonly Readonly<Probe>[]
  readonly probedAt: number
  /** Probes in a row whose time was over. */
  readonly missed: number
  /** Since when a probe that must be answered is not, though data flows in. */
  readonly owedSince: number | undefined
  readonly suspect: boolean
  /** A caller waits for the proof of what was written. */
  readonly probeRequested: boolean
  /** What is overdue was given the time of one more turn. */
  readonly extended: boolean
  readonly paused: boolean
  /** The page is not seen. */
  readonly hidden: boolean
  readonly over: boolean
  /** When `tick` is wanted. */
  readonly timer: LoopTimer | undefined
}

/** What a heartbeat hears. */
export type HeartbeatEvent =
  /** The first. */
  | 'opened'
  /** A frame of the peer's has come while the link was suspect. */
  | 'received'
  /** The answer to a probe. */
  | 'answered'
  /** All listeners were notified of the proof. */
  | 'proved'
  | 'wrote'
  | 'probeNow'
  /** Probe now, see `env.deadlineMs`. */
  | 'probe'
  | 'hidden'
  | 'shown'
  | 'paused'
  | 'resumed'
  /** The timer ran. */
  | 'tick'
  | 'stop'

/** What is done after a step, in order. The timer is armed by `state.timer`. */
export type HeartbeatEffect =
  | 'ask'
  /** The health of the link, as it is from here on. */
  | 'live'
  | 'suspect'
  /** Then the event `proved`. */
  | { readonly rttMs: number; readonly probeMark: number }
  | { readonly dead: DeadRule }

/** What a step knows of the world. */
export interface HeartbeatEnv {
  /** By the monotonic clock, in milliseconds. */
  readonly now: number
  /** By the wall clock, in milliseconds since 1970. */
  readonly epoch: number
  readonly bounds: Bounds
  /** R: when the last frame came. */
  readonly readAt: number
  /** For what was written up to now. */
  readonly probeMark: number
  /** The round trips of this link. */
  readonly rtts: { quantile(part: number): number | undefined }
  /** Of the event `probe`: how long its answer is waited for, and then nothing else counts. */
  readonly deadlineMs: number
}

/** What becomes of it. */
export interface HeartbeatStep {
  readonly state: HeartbeatState
  readonly effects: readonly HeartbeatEffect[]
}

/** Shared by links without a probe on the way: nearly all of them, nearly always. */
export const NO_PROBES: readonly never[] = []

/** Of a link that has just opened. */
export function initialHeartbeat(now: number): HeartbeatState {
  return {
    unprovenAt: undefined,
    wroteSinceProbe: false,
    probes: NO_PROBES,
    probedAt: now,
    missed: 0,
    owedSince: undefined,
    suspect: false,
    probeRequested: false,
    extended: false,
    paused: false,
    hidden: false,
    over: false,
    timer: undefined,
  }
}
