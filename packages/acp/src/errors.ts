import { type ErrorDetails, HoldfastError } from '@holdfast/core'
import type { ProblemKind } from '@holdfast/core/client'

/** Every code of this package: what happened, and what the caller can do. Engine codes (`delivery/*`, `connection/*`) pass as they are. */
export const ACP_STREAM_ERRORS = {
  'acp/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'acp/not_initialized': 'The first message of a stream is the request `initialize`. Send it before anything else.',
  'acp/initialize_failed':
    'The server refused `initialize`; its answer is in the stream. Correct what it names, and make a new stream.',
  'acp/token_refused': 'The server refused the token. Obtain another one, then make a new stream.',
  'acp/refused': 'The server refused for good. Read details.status or details.closeCode.',
  'acp/closed': 'The stream is over. Make a new one.',
  'acp/outcome_unknown':
    'The link was lost behind this request, at a server that cannot carry it over: it may have been done. Look before it is asked again.',
  'acp/not_sent': 'A message was never sent: it was too large, or too many wait. details.reason says which.',
  'acp/unreachable':
    'There is no connection for a while, and it is tried again. The message says why and when; nothing has to be done unless it names a mistake.',
  'acp/invalid_message': 'A frame could not be read. It was skipped and the stream goes on.',
  'acp/callback_failed': 'A callback of the application threw. Nothing else was harmed.',
} as const

export type AcpErrorCode = keyof typeof ACP_STREAM_ERRORS

/** What is known beside the code. All of it is safe to log: no bodies, no tokens. */
export interface AcpErrorDetails extends ErrorDetails {
  readonly option?: string | undefined
  readonly status?: number | undefined
  readonly closeCode?: number | undefined
  readonly closeReason?: string | undefined
  readonly method?: string | undefined
  /** The engine's own code, such as `delivery/overflow`. */
  readonly reason?: string | undefined
}

/** An error of a stream. Branch on `code`; the engine's error is the `cause`. */
export class AcpError extends HoldfastError {
  override readonly name = 'AcpError'
  declare readonly code: AcpErrorCode
  declare readonly details: AcpErrorDetails

  constructor(code: AcpErrorCode, message: string, details: AcpErrorDetails = {}, cause?: unknown) {
    super(code, message, { details, cause })
  }
}

/** What harms one message, callback or attempt alone. */
export function acpProblem(kind: ProblemKind, message: string, cause: unknown): AcpError {
  return new AcpError(`acp/${kind}`, message, {}, cause)
}

/** Any error as one of ours; a stranger is the cause. */
export function toAcpError(error: unknown): AcpError {
  if (error instanceof AcpError) return error
  return new AcpError('acp/refused', error instanceof Error ? error.message : 'The stream failed.', {}, error)
}
