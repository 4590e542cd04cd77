import { HoldfastError } from '@holdfast/contract'
import { messageOf } from '@holdfast/contract/words'
import type { Cause } from '../client-protocol.ts'
import type { Explainable } from '../connection/explain.ts'
import type { Status } from '../connection/status.ts'

export { messageOf, SENTENCES } from '@holdfast/contract/words'

/** As in `sentences.ts`, whose place this file takes in bundles for production and browsers: state, reason and attempt, and the cause. */
export function describe({ status, lastCause }: Explainable): string {
  return messageOf(wordsOf(status), lastCause !== undefined && describeCause(lastCause))
}

/** The kind of a cause, and the code, status or phase that says more. */
export function describeCause(cause: Cause): string {
  return `${cause.kind} ${detailOf(cause) ?? ''}`
}

export function describeOutage(outage: Explainable, _usually: string | undefined): string {
  return describe(outage)
}

function wordsOf(status: Status): string {
  const { state } = status
  if (state === 'closed')
    return `${state} ${'error' in status.outcome ? codeOf(status.outcome.error) : status.outcome.reason}`
  const reason = 'reason' in status ? ` ${status.reason}` : ''
  return `${state}${reason}${'attempt' in status ? ` ${status.attempt}` : ''}`
}

function detailOf(cause: Cause): unknown {
  switch (cause.kind) {
    case 'close':
      return cause.code
    case 'deadline':
      return cause.phase
    case 'liveness':
      return cause.rule
    case 'local':
      return cause.reason
    default:
      return ('status' in cause ? cause.status : undefined) ?? codeOf(cause.error)
  }
}

/** Errors of other makers may hold anything, so only their name is shown. */
function codeOf(error: unknown): string {
  if (error instanceof HoldfastError) return error.code
  return error instanceof Error ? error.name : typeof error
}
