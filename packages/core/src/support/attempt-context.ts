/** Why credentials and target are requested. */
export type DialReason = 'initial' | 'retry' | 'refused' | 'rotate'

/** The argument of target and credentials functions, and of every other function that is called for each attempt. */
export interface AttemptContext {
  /** Number of this dial in its outage, 1 for the first. */
  readonly attempt: number
  readonly reason: DialReason
  /** What ended the attempt before. */
  readonly previousError: unknown
  /** Aborted when the time for the call is over, or its result is no longer needed. One call may outlast several attempts. */
  readonly signal: AbortSignal
}
