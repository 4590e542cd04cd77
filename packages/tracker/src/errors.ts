import { type ErrorDetails, HoldfastError } from '@holdfast/core'
import type { ProblemKind } from '@holdfast/core/client'

/** Every code of this package: what happened, and what the caller can do. Engine codes (`delivery/*`, `connection/*`) pass as they are. */
export const TRACKER_ERRORS = {
  'tracker/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'tracker/token_refused': 'The tracker refused the token. Obtain another one, then call connect().',
  'tracker/refused':
    'The tracker refused permanently. Read details.status or details.closeCode, and correct what they name.',
  'tracker/connect_timeout': 'The tracker did not authenticate the agent in time. Check the URL, then call connect().',
  'tracker/unreachable':
    'There has been no connection for a while; retries continue. The message has the cause and the next attempt. Act only if it names a mistake.',
  'tracker/handler_failed': 'The handler of an event threw. details says what became of the event; mend the handler.',
  'tracker/events_left_out':
    'Too many events wait for the handler, and this transport cannot be paused. The tracker sends them again: handle them faster.',
  'tracker/invalid_message':
    'A frame could not be read. It was skipped, and the client goes on. Check that both sides have the same version.',
  'tracker/callback_failed':
    'A callback of the application threw an error, which is the cause. The client goes on; mend the callback.',
} as const

export type TrackerErrorCode = keyof typeof TRACKER_ERRORS

/** What is known beside the code. All of it is safe to log: no bodies, no tokens. */
export interface TrackerErrorDetails extends ErrorDetails {
  readonly status?: number | undefined
  readonly closeCode?: number | undefined
  readonly closeReason?: string | undefined
  /** The event concerned. */
  readonly event?: string | undefined
  readonly eventId?: string | undefined
  readonly attempt?: number | undefined
  /** What follows: another attempt, a `nack` to the tracker, or nothing. */
  readonly next?: 'retry' | 'nack' | 'none' | undefined
  /** What became of the messages: `overflow`, `inDoubt`, `notSent`, `streamDropped`, … and the first ids of them. */
  readonly kind?: string | undefined
  readonly count?: number | undefined
  readonly ids?: readonly string[] | undefined
}

/** An error of a tracker agent. Branch on `code`; the engine's error is the `cause`. */
export class TrackerError extends HoldfastError {
  override readonly name = 'TrackerError'
  declare readonly code: TrackerErrorCode
  declare readonly details: TrackerErrorDetails

  constructor(code: TrackerErrorCode, message: string, details: TrackerErrorDetails = {}, cause?: unknown) {
    super(code, message, { details, cause })
  }
}

/** What harms one message, callback or attempt alone. */
export function trackerProblem(kind: ProblemKind, message: string, cause: unknown): TrackerError {
  return new TrackerError(`tracker/${kind}`, message, {}, cause)
}
