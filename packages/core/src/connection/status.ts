import type { HoldfastError } from '@holdfast/contract'

/** Why a connection is over. */
export type Outcome =
  | { readonly reason: 'user' }
  /** Everything that was requested has arrived. */
  | { readonly reason: 'complete' }
  /** The retry policy decided that the last cause is final. */
  | { readonly reason: 'terminal'; readonly error: HoldfastError }
  /** The retries of this outage are used up. */
  | { readonly reason: 'exhausted'; readonly error: HoldfastError }

/** The state of a connection, its cause, and what comes next. Times are of the connection's clock, in milliseconds. */
export type Status =
  /** Created. `connect()` starts it. */
  | { readonly state: 'idle' }
  /** It continues at `until`, or earlier at an external trigger. */
  | {
      readonly state: 'waiting'
      /** `hint`: the server asked for the delay. `governor`: the dial budget is spent. */
      readonly reason: 'backoff' | 'hint' | 'offline' | 'governor'
      readonly attempt: number
      readonly until: number
      /**
       * The answer would be final, but is treated as temporary because the connection was open before: a proxy whose
       * server restarts answers so. It is final when it is still the same at `finalAt`.
       */
      readonly refusal?: { readonly error: HoldfastError; readonly finalAt: number } | undefined
    }
  /** Target and credentials functions are running. */
  | { readonly state: 'preparing'; readonly attempt: number }
  | { readonly state: 'dialing'; readonly attempt: number; readonly transport: string }
  /** The transport is open; the protocol's handshake is running. */
  | { readonly state: 'handshaking'; readonly attempt: number; readonly step: string }
  | {
      readonly state: 'open'
      readonly since: number
      /** The server continued the session. */
      readonly resumed: boolean
      readonly epoch: string | undefined
      /** `suspect`: a probe is overdue. */
      readonly health: 'live' | 'suspect'
      /** Open for `stableAfterMs`, with a confirmed round trip: the next outage counts attempts from 1. */
      readonly stable: boolean
    }
  /**
   * Reads continue. A successor is being dialed (`drain`, `rotate`; `doubt`: after a sleep or a change of network the
   * link may be dead; if anything arrives on it first, it stays), or the queue is being flushed (`close`).
   */
  | {
      readonly state: 'draining'
      readonly reason: 'drain' | 'rotate' | 'close' | 'doubt'
      readonly deadline: number
    }
  /** Parked until `reauthenticate()`. */
  | { readonly state: 'authRequired'; readonly error: unknown; readonly attempt: number }
  /** Automatic retry has stopped; `connect()`, or for `budget` and `hidden` a wake signal, starts it again. */
  | { readonly state: 'suspended'; readonly reason: 'budget' | 'hidden' | 'user' }
  /** No timers, sockets or listeners are left. `connect()` starts from the beginning. */
  | { readonly state: 'closed'; readonly outcome: Outcome }

export type ConnectionState = Status['state']

/** Why it is over; undefined when the user ended it, or when it is complete. */
export function finalError(status: Status): HoldfastError | undefined {
  return status.state === 'closed' && 'error' in status.outcome ? status.outcome.error : undefined
}
