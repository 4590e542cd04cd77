import { type ErrorDetails, HoldfastError } from '@holdfast/core'
import type { ProblemKind } from '@holdfast/core/client'

/** Every code of this package: what happened, and what the caller can do. Engine codes (`delivery/*`, `connection/*`) pass as they are. */
export const ACP_STREAM_ERRORS = {
  'acp/invalid_option': 'An option has a value that is not allowed. Correct it; nothing was started.',
  'acp/not_initialized': 'The first message of a stream is the request `initialize`. Send it before anything else.',
  'acp/initialize_failed':
    'The server refused `initialize`; its answer is in the stream. Correct what it names, then create a new stream.',
  'acp/token_refused': 'The server refused the token. Obtain another one, then create a new stream.',
  'acp/refused':
    'The server refused permanently. Read details.status or details.closeCode, and correct what they name.',
  'acp/closed': 'The stream has ended. Create a new one.',
  'acp/outcome_unknown':
    'The link was lost after this request was sent, and the server does not support resume. It may have been carried out: check before you repeat it.',
  'acp/not_sent':
    'The message was never sent: it is too large, or the queue is full (details.reason). Send less at once; sending it again is safe.',
  'acp/unreachable':
    'There has been no connection for a while; retries continue. The message has the cause and the next attempt. Act only if it names a mistake.',
  'acp/invalid_message':
    'A frame could not be read. It was skipped, and the client goes on. Check that both sides have the same version.',
  'acp/callback_failed':
    'A callback of the application threw an error, which is the cause. The client goes on; mend the callback.',
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
