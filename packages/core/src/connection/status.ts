import type { HoldfastError } from '@holdfast/contract'

/** Why a connection is over. */
export type Outcome =
  | { readonly reason: 'user' }
  /** Everything that was asked for has come. */
  | { readonly reason: 'complete' }
  /** The decision on the last cause was final. */
  | { readonly reason: 'terminal'; readonly error: HoldfastError }
  /** The retries of this outage are spent. */
  | { readonly reason: 'exhausted'; readonly error: HoldfastError }

/** Where a connection stands, why, and what comes next. Times are of the connection's clock, in milliseconds. */
export type Status =
  /** Created. `connect()` starts it. */
  | { readonly state: 'idle' }
  /** A timer moves it on at `until`, or an external trigger earlier. */
  | {
      readonly state: 'waiting'
      /** `hint`: the server asked for it. `governor`: the dial budget is spent. */
      readonly reason: 'backoff' | 'hint' | 'offline' | 'governor'
      readonly attempt: number
      readonly until: number
      /**
       * What answered would be final, and is taken for the weather because the connection was open before: a proxy whose
       * server restarts answers so. It is final when it is still so at `finalAt`.
       */
      readonly refusal?: { readonly error: HoldfastError; readonly finalAt: number } | undefined
    }
  /** Target and credentials functions are running. */
  | { readonly state: 'preparing'; readonly attempt: number }
  | { readonly state: 'dialing'; readonly attempt: number; readonly transport: string }
  /** Open, but not yet ours to use. */
  | { readonly state: 'handshaking'; readonly attempt: number; readonly step: string }
  | {
      readonly state: 'open'
      readonly since: number
      /** The server continued the session. */
      readonly resumed: boolean
      readonly epoch: string | undefined
      /** `suspect`: a probe is overdue. */
      readonly health: 'live' | 'suspect'
      /** Up long enough, with a confirmed round trip: the next outage starts counting at 1. */
      readonly stable: boolean
    }
  /**
   * Reads continue. A successor is being dialed (`drain`, `rotate`; `doubt`: nothing proves that the link lives after a
   * sleep or a change of network, and if anything comes from it first it stays), or the queue is
   * being flushed (`close`).
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
  /** No timers, sockets or listeners are left. `connect()` starts afresh. */
  | { readonly state: 'closed'; readonly outcome: Outcome }

export type ConnectionState = Status['state']

/** Why it is over; undefined when the user ended it, or when it is complete. */
export function finalError(status: Status): HoldfastError | undefined {
  return status.state === 'closed' && 'error' in status.outcome ? status.outcome.error : undefined
}
