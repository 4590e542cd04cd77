/** Why credentials and target are asked for. */
export type DialReason = 'initial' | 'retry' | 'refused' | 'rotate'

/** What target and credentials functions are told, and every other one that is asked anew for each attempt. */
export interface AttemptContext {
  /** Number of this dial in its outage, 1 for the first. */
  readonly attempt: number
  readonly reason: DialReason
  /** What ended the attempt before. */
  readonly previousError: unknown
  /** Aborted when the time for the call is over, or nobody waits for it any more. Attempts come and go under one call. */
  readonly signal: AbortSignal
}
