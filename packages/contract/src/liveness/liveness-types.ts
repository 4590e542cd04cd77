import type { ChannelTraits } from '../channel/channel.ts'
import type { Clock } from '../clock.ts'

/** Which rule declared a link dead. */
export type DeadRule = 'read' | 'write' | 'probe'

/** The last round trips of a link. In milliseconds. */
export interface Rtts {
  add(ms: number): void
  /** The sample below which `part` of them lie; undefined before the first. */
  quantile(part: number): number | undefined
}

/** What a liveness rule may use, and where it reports. */
export interface LivenessHost<Out> {
  readonly clock: Clock
  readonly traits: ChannelTraits
  send(message: Out): void
  ping(): void
  /** The round trips of this link: a rule adds those that it measures. In milliseconds. */
  readonly rtts: Rtts
  /** Call it when a probe is sent. Returns a mark for everything written so far. */
  probing(): number
  /** The probe with this mark was answered: everything written before it has arrived. */
  confirmedUpTo(rttMs: number, probeMark: number): void
  health(health: 'live' | 'suspect'): void
  /**
   * Call it when the link may be dead and the rule has no probe: the machine has slept. Another link is dialed beside
   * this one; if anything arrives on this one first, this one stays.
   */
  doubtful(): void
  dead(rule: DeadRule): void
}

/** Watches one open channel. */
export interface LivenessWatch<In> {
  /** The rule can prove that writes arrive. */
  readonly proves: boolean
  /** Silence alone ends the connection. */
  readonly listens: boolean
  /** A message or frame arrived from the peer. */
  received(): void
  /** True when the message is the answer to a probe and nothing else. */
  answers(message: In): boolean
  pong(): void
  /** The app or the engine wrote something. */
  wrote(): void
  /** A caller waits for the confirmation of what was written: probe as soon as that makes sense. */
  probeNow(): void
  /** Probe now; only silence beyond `deadlineMs` of a running loop kills. A probe that is unanswered keeps its earlier end. */
  probe(deadlineMs: number): void
  /** Timers of a hidden page are slow: answers are waited for longer meanwhile. Probes go on as often. */
  hidden(hidden: boolean): void
  /** This side does not read: what the peer sent lies unread, so nothing may be concluded until it reads on. */
  paused(paused: boolean): void
  stop(): void
}

/** Starts watching a channel. */
export type LivenessRule<In, Out> = (host: LivenessHost<Out>) => LivenessWatch<In>

/**
 * How a dead link is detected. A protocol's rule that cannot work on a link (`transportPing()` on one without pings)
 * returns undefined: then the transport's own rule is used.
 */
export type Liveness<In, Out> = (host: LivenessHost<Out>) => LivenessWatch<In> | undefined

/** After a wake, a focus or a late timer: only this long a silence after a probe kills. In milliseconds. */
export const WAKE_PROBE_MS = 3_000
