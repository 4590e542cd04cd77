import type { Cause, RetryContext, RetryDecision } from '@holdfast/core'
import { type Meaning, mistakeIn, retryPolicyBy, saysWhy } from '@holdfast/core/protocol'
import { sessionsCloseMeaning } from '@holdfast/protocol/sessions'
import { SessionsError, type SessionsErrorCode, type SessionsErrorDetails } from './errors.ts'

/** Numbers of sessions §2. */
export interface SessionsRetry {
  /** Retries of a session that is not found, in one outage. */
  readonly missingRetries: number
  /** Retries of any other trouble, in one outage. */
  readonly retries: number
  /** The mean wait before a retry of a missing session; n times as long before the n-th. In milliseconds. */
  readonly missingDelayMs: number
  /** The token can be asked for again. */
  readonly refreshable: boolean
}

/** The engine draws a wait from the last 40 % of its window: a quarter to each side of the mean. */
const SESSIONS_JITTER = 0.4
/** From the mean wait to the window. */
const SESSIONS_WINDOW: number = 1 / (1 - SESSIONS_JITTER / 2)

/** No wait for a missing session is longer. */
const MAX_DELAY_MS = 30_000

/** Budgets of their own, which the engine counts and refills. */
const MISSING = 'missing'
const DROPPED = 'dropped'

/**
 * The codes of sessions §2 beside the generic policy: 4003 is final; 4001, and HTTP 404 of a session that never
 * existed, have a budget of their own; everything else is retried, within another budget where one was configured.
 */
export function sessionsRetryPolicy(retry: SessionsRetry): (cause: Cause, context: RetryContext) => RetryDecision {
  const policy = retryPolicyBy({
    meaning: (cause, context) => ofSessions(cause, context, retry),
    error: errorOf,
    refreshable: retry.refreshable,
    whenRefused: 'stop',
  })
  return (cause, context) => {
    const decision = policy(cause, context)
    // A session may have nothing to say for hours: silence after a good start does not use the retries up.
    if (decision.act !== 'retry' || decision.budget === MISSING || (cause.kind === 'liveness' && context.wasOpen)) {
      return decision
    }
    const spent = context.spent[DROPPED] ?? 0
    if (spent >= retry.retries)
      return stop('sessions/gave_up', `Gave up after ${counted(spent + 1, 'attempt')}.`, cause)
    return { act: 'retry', floorMs: decision.floorMs, budget: DROPPED }
  }
}

function ofSessions(cause: Cause, context: RetryContext, retry: SessionsRetry): Meaning | RetryDecision | undefined {
  if (cause.kind === 'close') {
    const meaning = sessionsCloseMeaning(cause.code)
    if (meaning === 'stop') return { kind: 'refusal' }
    if (meaning === 'missing') return missing(cause, context, retry)
    // What other protocols take for the end is a drop here (sessions §2).
    return cause.code === 1001 || cause.code === 1012 || cause.code === 1013 ? undefined : { kind: 'lost' }
  }
  if (cause.kind !== 'dial') return undefined
  const isPeer = context.word !== undefined || !context.openedBefore
  if (cause.status === 404 && isPeer) return missing(cause, context, retry)
  return cause.status === 401 && isPeer ? { kind: 'refusal' } : undefined
}

function missing(
  cause: Cause,
  { spent }: RetryContext,
  { missingDelayMs, missingRetries }: SessionsRetry,
): RetryDecision {
  const n = (spent[MISSING] ?? 0) + 1
  if (n > missingRetries) return stop('sessions/not_found', `Not found, ${counted(n, 'time')}.`, cause)
  return { act: 'retry', budget: MISSING, delayMs: Math.min(missingDelayMs * n * SESSIONS_WINDOW, MAX_DELAY_MS) }
}

function stop(code: SessionsErrorCode, message: string, cause: Cause): RetryDecision {
  const error = 'error' in cause ? cause.error : undefined
  return { act: 'stop', error: new SessionsError(code, message, detailsOf(cause), error) }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function errorOf(cause: Cause, { kind }: Meaning, { word }: RetryContext): SessionsError {
  const error = 'error' in cause ? cause.error : undefined
  const status = cause.kind === 'dial' && !saysWhy(error) ? cause.status : undefined
  const isToken = kind === 'credentials' || cause.kind === 'close' || cause.kind === 'prepare'
  if (isToken || status === 401 || status === 403) {
    const what = `The server refused the token${word ? ` (${word.message})` : ''}.`
    return new SessionsError('sessions/unauthorized', what, detailsOf(cause), error)
  }
  const own = status === undefined ? mistakeIn('url', error) : undefined
  const what = own ?? `The answer was HTTP ${status}${word ? ` (${word.message})` : ''}.`
  return new SessionsError('sessions/refused', what, detailsOf(cause), error)
}

function detailsOf(cause: Cause): SessionsErrorDetails {
  if (cause.kind === 'close') return { closeCode: cause.code, closeReason: cause.reason }
  return cause.kind === 'dial' ? { status: cause.status } : {}
}
