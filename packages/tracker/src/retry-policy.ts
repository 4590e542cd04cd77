import type { Cause, RetryContext, RetryDecision } from '@holdfast/core'
import { type Meaning, mistakeIn, retryPolicyBy, saysWhy } from '@holdfast/core/protocol'
import { TrackerError, type TrackerErrorDetails } from './errors.ts'

/**
 * The codes of tracker §3.1 beside the generic policy: a token that the tracker itself refuses is final. The connection
 * never parks: an agent with another token connects again. `refreshable`: the token can be requested again.
 */
export function trackerRetryPolicy(refreshable: boolean): (cause: Cause, context: RetryContext) => RetryDecision {
  return retryPolicyBy({ meaning: meaningInTracker, error: errorInTracker, refreshable, whenRefused: 'stop' })
}

function meaningInTracker(cause: Cause, { openedBefore, word }: RetryContext): Meaning | undefined {
  if ('error' in cause && cause.error instanceof TrackerError) return { kind: 'refusal' }
  const isFirstWord = cause.kind === 'dial' && cause.status === 401 && (!openedBefore || word !== undefined)
  return isFirstWord ? { kind: 'refusal' } : undefined
}

function errorInTracker(cause: Cause, { kind }: Meaning, { word }: RetryContext): TrackerError {
  const error = 'error' in cause ? cause.error : undefined
  if (error instanceof TrackerError) return error
  const status = cause.kind === 'dial' && !saysWhy(error) ? cause.status : undefined
  const said = word === undefined || word.message === '' ? '' : ` (${word.message})`
  if (kind === 'credentials' || cause.kind === 'prepare' || status === 401 || status === 403) {
    return new TrackerError('tracker/token_refused', `The tracker refused the token${said}.`, detailsOf(cause), error)
  }
  const own = status === undefined ? mistakeIn('url', error) : undefined
  const what = own ?? (status === undefined ? 'The tracker refused for good.' : `The answer was HTTP ${status}${said}.`)
  return new TrackerError('tracker/refused', what, detailsOf(cause), error)
}

function detailsOf(cause: Cause): TrackerErrorDetails {
  if (cause.kind === 'close') return { closeCode: cause.code, closeReason: cause.reason }
  return cause.kind === 'dial' ? { status: cause.status } : {}
}
