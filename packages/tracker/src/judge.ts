import { type Cause, CredentialsRefused, defaultJudge, type JudgeContext, type Verdict } from '@holdfast/core'
import { TrackerError, type TrackerErrorDetails } from './errors.ts'

/**
 * Retry or stop (tracker §3.1): a refused token is final, told by the tracker or by HTTP 401 and 403; other refusals
 * of the generic table are final too; everything else is retried.
 */
export function trackerJudge(cause: Cause, context: JudgeContext): Verdict {
  const error = 'error' in cause ? cause.error : undefined
  if (error instanceof TrackerError) return { act: 'stop', error }
  const verdict = defaultJudge(cause, context)
  const refusesToken = verdict.act === 'refresh' || (cause.kind === 'dial' && cause.status === 403)
  if (refusesToken || error instanceof CredentialsRefused) {
    const told = new TrackerError('tracker/token_refused', 'The tracker refused the token.', detailsOf(cause), error)
    return { act: 'stop', error: told }
  }
  if (verdict.act !== 'stop') return verdict
  return {
    act: 'stop',
    error: new TrackerError('tracker/refused', 'The tracker refused for good.', detailsOf(cause), verdict.error),
  }
}

function detailsOf(cause: Cause): TrackerErrorDetails {
  if (cause.kind === 'close') return { closeCode: cause.code, closeReason: cause.reason }
  return cause.kind === 'dial' ? { status: cause.status } : {}
}
