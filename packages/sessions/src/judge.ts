import { type Cause, CredentialsRefused, defaultJudge, type JudgeContext, type Verdict } from '@holdfast/core'
import { sessionsCloseMeaning } from '@holdfast/protocol/sessions'
import { SessionsError, type SessionsErrorCode, type SessionsErrorDetails } from './errors.ts'

/** Numbers of sessions §2. */
export interface SessionsRetry {
  /** Retries of a session that is not found, in one outage. */
  readonly missingRetries: number
  /** Retries of any other trouble, in one outage. */
  readonly retries: number
  /** The mean wait before a retry; n times as long before the n-th of a missing session. In milliseconds. */
  readonly retryDelayMs: number
}

/** The engine draws a wait from the last 40 % of its window: a quarter to each side of the mean. */
export const SESSIONS_JITTER = 0.4
/** From the mean wait to the window. */
export const SESSIONS_WINDOW: number = 1 / (1 - SESSIONS_JITTER / 2)

type Meaning = 'unauthorized' | 'missing' | 'refused' | 'silent' | 'dropped'

const STATUS: Readonly<Record<number, Meaning>> = { 401: 'unauthorized', 403: 'unauthorized', 404: 'missing' }

/**
 * Retry or stop (sessions §2): 4003, HTTP 401 and 403 are final; 4001 and HTTP 404 have a budget of their own;
 * everything else, failed redials included, is retried from another. Both refill once a connection was stable.
 * One for each connection: it counts.
 */
export function sessionsJudge(retry: SessionsRetry): (cause: Cause, context: JudgeContext) => Verdict {
  let missing = 0
  let dropped = 0
  return (cause, context) => {
    if (context.failures === 0) [missing, dropped] = [0, 0]
    const verdict = defaultJudge(cause, context)
    switch (meaningOf(cause, verdict, context)) {
      case 'unauthorized':
        return stop('sessions/unauthorized', 'The server refused the token.', cause)
      case 'refused':
        return stop('sessions/refused', 'The server refused for good.', cause)
      case 'missing':
        missing += 1
        if (missing > retry.missingRetries) return stop('sessions/not_found', `Not found, ${missing} times.`, cause)
        return { act: 'retry', delayMs: retry.retryDelayMs * missing * SESSIONS_WINDOW }
      case 'silent':
        return { act: 'retry' }
      case 'dropped':
        dropped += 1
        if (dropped > retry.retries) return stop('sessions/gave_up', `Gave up after ${dropped} attempts.`, cause)
        return verdict.act === 'goaway' ? verdict : { act: 'retry', floorMs: floorOf(verdict) }
    }
  }
}

function meaningOf(cause: Cause, verdict: Verdict, context: JudgeContext): Meaning {
  switch (cause.kind) {
    case 'close': {
      const meaning = sessionsCloseMeaning(cause.code)
      return meaning === 'stop' ? 'unauthorized' : meaning
    }
    case 'prepare':
      return cause.error instanceof CredentialsRefused ? 'unauthorized' : 'dropped'
    case 'dial':
      return STATUS[cause.status ?? 0] ?? (verdict.act === 'stop' ? 'refused' : 'dropped')
    case 'liveness':
      // A session may have nothing to say for hours: silence after a good start does not use the retries up.
      return context.wasOpen ? 'silent' : 'dropped'
    default:
      return 'dropped'
  }
}

function floorOf(verdict: Verdict): number | undefined {
  return verdict.act === 'retry' ? verdict.floorMs : undefined
}

function stop(code: SessionsErrorCode, message: string, cause: Cause): Verdict {
  const error = 'error' in cause ? cause.error : undefined
  return { act: 'stop', error: new SessionsError(code, message, detailsOf(cause), error) }
}

function detailsOf(cause: Cause): SessionsErrorDetails {
  if (cause.kind === 'close') return { closeCode: cause.code, closeReason: cause.reason }
  return cause.kind === 'dial' ? { status: cause.status } : {}
}
