import type { Cause, RetryContext, RetryDecision } from './client-protocol.ts'
import { coreError } from './errors.ts'

/**
 * What is different where a dial is one request with one answer: a clean end completes it, and a request that may have
 * an effect is not made again after it may have arrived. Undefined: as for any other transport.
 */
export function decideExchange(cause: Cause, exchange: RetryContext['exchange']): RetryDecision | undefined {
  if (exchange === undefined) return undefined
  if (cause.kind === 'close' && cause.clean) return { act: 'complete' }
  if (exchange === 'repeatable' || !mayHaveArrived(cause)) return undefined
  const error = 'error' in cause ? cause.error : undefined
  const what = 'The request may have arrived, and it is not one that may be repeated'
  return { act: 'stop', error: coreError('connection/not_repeated', what, { cause: error }) }
}

function mayHaveArrived(cause: Cause): boolean {
  switch (cause.kind) {
    case 'prepare':
    case 'local':
      return false
    case 'deadline':
      return cause.phase !== 'prepare'
    case 'dial': {
      const { status, unsent } = cause
      // Of what the table retries, 408, 425, 429 and 503 say that the request was not acted on (RFC 9110 §15.5, §15.6).
      return unsent !== true && (status === undefined || (status >= 500 && status !== 503))
    }
    case 'close':
      return cause.resumable !== true
    default:
      return true
  }
}
