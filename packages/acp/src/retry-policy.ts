import type { Cause, RetryContext, RetryDecision } from '@holdfast/core'
import { type Meaning, mistakeIn, retryPolicyBy, saysWhy } from '@holdfast/core/protocol'
import { AcpError, type AcpErrorDetails } from './errors.ts'

/** The gateways' code for credentials that have ended. */
const CREDENTIALS_ENDED = 4401

/**
 * ACP's codes beside the generic policy: a refused `initialize` is final, and 4401 requests the token again. The
 * connection never parks: make a new stream when one is over. `refreshable`: the token can be requested again.
 */
export function acpRetryPolicy(refreshable: boolean): (cause: Cause, context: RetryContext) => RetryDecision {
  return retryPolicyBy({ meaning: meaningInAcp, error: errorInAcp, refreshable, whenRefused: 'stop' })
}

function meaningInAcp(cause: Cause): Meaning | undefined {
  if (cause.kind === 'close' && cause.code === CREDENTIALS_ENDED) return { kind: 'credentials' }
  return 'error' in cause && cause.error instanceof AcpError ? { kind: 'refusal' } : undefined
}

function errorInAcp(cause: Cause, { kind }: Meaning, { word }: RetryContext): AcpError {
  const error = 'error' in cause ? cause.error : undefined
  if (error instanceof AcpError) return error
  const status = cause.kind === 'dial' && !saysWhy(error) ? cause.status : undefined
  const said = word === undefined || word.message === '' ? '' : ` (${word.message})`
  if (kind === 'credentials' || cause.kind === 'prepare' || status === 401 || status === 403) {
    return new AcpError('acp/token_refused', `The server refused the token${said}.`, detailsOf(cause), error)
  }
  const own = status === undefined ? mistakeIn('url', error) : undefined
  const what = own ?? (status === undefined ? closeOf(cause) : `The answer was HTTP ${status}${said}.`)
  return new AcpError('acp/refused', what, detailsOf(cause), error)
}

function closeOf(cause: Cause): string {
  if (cause.kind !== 'close') return 'The server refused for good.'
  return `The server closed with ${cause.code}${cause.reason === '' ? '' : ` (${cause.reason})`}.`
}

function detailsOf(cause: Cause): AcpErrorDetails {
  if (cause.kind === 'close') return { closeCode: cause.code, closeReason: cause.reason }
  return cause.kind === 'dial' ? { status: cause.status } : {}
}
